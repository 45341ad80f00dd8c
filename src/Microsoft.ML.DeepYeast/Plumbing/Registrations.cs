using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(DeepYeastPreprocessingTransformer), typeof(PreprocessingLoader), null, typeof(SignatureLoadModel),
    "DeepYeast preprocessing", DeepYeastPreprocessingTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(DeepYeastPredictionTransformer), typeof(PredictionLoader), null, typeof(SignatureLoadModel),
    "DeepYeast classifier", DeepYeastPredictionTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(DeepYeastFeaturesTransformer), typeof(FeaturesLoader), null, typeof(SignatureLoadModel),
    "DeepYeast features", DeepYeastFeaturesTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(DeepYeastExplanationTransformer), typeof(ExplanationLoader), null, typeof(SignatureLoadModel),
    "DeepYeast explanation", DeepYeastExplanationTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(CellImageLoadingTransformer), typeof(CellImageLoadingLoader), null, typeof(SignatureLoadModel),
    "DeepYeast cell images", CellImageLoadingTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(DeepYeastStatisticsTransformer), typeof(StatisticsLoader), null, typeof(SignatureLoadModel),
    "DeepYeast statistics", DeepYeastStatisticsTransformer.LoaderSignature)]

namespace Microsoft.ML.DeepYeast.Plumbing
{
    /// <summary>What Model.Load calls where a file names the preprocessing.</summary>
    internal static class PreprocessingLoader
    {
        public static DeepYeastPreprocessingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, DeepYeastPreprocessingTransformer.Format, reader => DeepYeastPreprocessingTransformer.Read(env, reader));
    }

    /// <summary>What Model.Load calls where a file names the feature extractor.</summary>
    internal static class FeaturesLoader
    {
        public static DeepYeastFeaturesTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, DeepYeastFeaturesTransformer.Format, reader => DeepYeastFeaturesTransformer.Read(env, reader));
    }

    /// <summary>What Model.Load calls where a file names the explanation.</summary>
    internal static class ExplanationLoader
    {
        public static DeepYeastExplanationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, DeepYeastExplanationTransformer.Format, reader => DeepYeastExplanationTransformer.Read(env, reader));
    }

    /// <summary>What Model.Load calls where a file names the loading of TIFFs.</summary>
    internal static class CellImageLoadingLoader
    {
        public static CellImageLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, CellImageLoadingTransformer.Format, reader => CellImageLoadingTransformer.Read(env, reader));
    }

    /// <summary>What Model.Load calls where a file names the statistics.</summary>
    internal static class StatisticsLoader
    {
        public static DeepYeastStatisticsTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, DeepYeastStatisticsTransformer.Format, reader => DeepYeastStatisticsTransformer.Read(env, reader));
    }

    /// <summary>What Model.Load calls where a file names the classifier.</summary>
    internal static class PredictionLoader
    {
        public static DeepYeastPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            => ComponentReader.Read(ctx, DeepYeastPredictionTransformer.Format, reader => DeepYeastPredictionTransformer.Read(env, reader));
    }
}

namespace Microsoft.ML.DeepYeast
{
    // The overload of PermutationFeatureImportance that takes any ITransformer looks for this internal interface.
    public sealed partial class DeepYeastPredictionTransformer : ISingleFeaturePredictionTransformer;
}
