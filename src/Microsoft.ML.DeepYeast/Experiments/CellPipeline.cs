using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The steps before a trainer: those that were given, and those that the columns still lack to have a key as label and cells as features.</summary>
internal sealed class CellPipeline
{
    private const string PredictedLabel = ScoreColumns.PredictedLabel;

    private readonly MLContext _mlContext;
    private readonly ITransformer? _given;

    private CellPipeline(MLContext mlContext, IEstimator<ITransformer> estimator, ITransformer? given, ITransformer transformer, bool mapsLabel)
        => (_mlContext, Estimator, _given, Transformer, MapsLabel) = (mlContext, estimator, given, transformer, mapsLabel);

    /// <summary>The steps, to be fitted.</summary>
    public IEstimator<ITransformer> Estimator { get; }

    /// <summary>The steps, fitted on the training rows.</summary>
    public ITransformer Transformer { get; }

    /// <summary>Whether one of them makes a key of the label, so that predicted keys are turned back at the end.</summary>
    public bool MapsLabel { get; }

    /// <summary>Fits the steps.</summary>
    /// <param name="mlContext">Where they are made.</param>
    /// <param name="trainData">The training rows.</param>
    /// <param name="labelColumnName">Name of the label.</param>
    /// <param name="featureColumnName">Name of the features.</param>
    /// <param name="preFeaturizer">Steps that come first; null for none.</param>
    /// <param name="classNames">An order of classes, which keys of text labels get if these are the same; null for the order in which they come.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no label, or nothing that cells can be made of.</exception>
    public static CellPipeline Fit(MLContext mlContext, IDataView trainData, string labelColumnName, string featureColumnName, IEstimator<ITransformer>? preFeaturizer, IReadOnlyList<string>? classNames)
    {
        var chain = new EstimatorChain<ITransformer>();
        DataViewSchema schema = trainData.Schema;
        ITransformer? first = preFeaturizer?.Fit(trainData);
        if (first is not null)
            (chain, schema) = (chain.Append(preFeaturizer!), first.GetOutputSchema(schema));

        var added = new EstimatorChain<ITransformer>();
        if (schema.GetColumnOrNull(labelColumnName) is not { } label)
            throw ColumnErrors.Missing(schema, "label", labelColumnName);
        IDataView rows = first is null ? trainData : first.Transform(trainData);
        bool mapsLabel = label.Type is not KeyDataViewType;
        if (mapsLabel)
            added = added.Append(MapLabel(mlContext, rows, label, classNames));
        if (schema.GetColumnOrNull(featureColumnName) is null)
            added = AppendFeatures(mlContext, added, schema, featureColumnName);
        ITransformer rest = added.Fit(rows);
        return new(mlContext, chain.Append(added), first, first is null ? rest : new TransformerChain<ITransformer>(first, rest), mapsLabel);
    }

    /// <summary>Rows as they are before a key is made of the label.</summary>
    public IDataView BeforeLabel(IDataView rows) => _given is null ? rows : _given.Transform(rows);

    /// <summary>The whole pipeline around a trainer.</summary>
    public IEstimator<ITransformer> Around(IEstimator<ITransformer> trainer)
    {
        IEstimator<ITransformer> chain = Estimator.Append(trainer);
        return MapsLabel ? chain.Append(_mlContext.Transforms.Conversion.MapKeyToValue(PredictedLabel)) : chain;
    }

    /// <summary>The whole fitted pipeline around what a trainer gave.</summary>
    /// <param name="trained">The trained steps.</param>
    /// <param name="prepared">Rows that went through the steps before.</param>
    public ITransformer Around(ITransformer trained, IDataView prepared) => MapsLabel
        ? new TransformerChain<ITransformer>(Transformer, trained, _mlContext.Transforms.Conversion.MapKeyToValue(PredictedLabel).Fit(trained.Transform(prepared)))
        : new TransformerChain<ITransformer>(Transformer, trained);

    private static IEstimator<ITransformer> MapLabel(MLContext mlContext, IDataView rows, DataViewSchema.Column label, IReadOnlyList<string>? classNames)
    {
        ValueToKeyMappingEstimator inOrderOfRows = mlContext.Transforms.Conversion.MapValueToKey(label.Name);
        if (classNames is null || label.Type is not TextDataViewType)
            return inOrderOfRows;
        IReadOnlyList<string> names = ClassLabels.Of(inOrderOfRows.Fit(rows).GetOutputSchema(rows.Schema)[label.Name]).Names!;
        return classNames.Count == names.Count && !classNames.Except(names).Any() ? LabelColumn.MapToKeys(mlContext, label.Name, classNames) : inOrderOfRows;
    }

    private static EstimatorChain<ITransformer> AppendFeatures(MLContext mlContext, EstimatorChain<ITransformer> chain, DataViewSchema schema, string featureColumnName)
    {
        const string image = DeepYeastPreprocessingEstimator.Defaults.InputColumnName, path = DeepYeastPreprocessingEstimator.Defaults.PathColumnName;
        if (schema.GetColumnOrNull(image) is null)
        {
            if (schema.GetColumnOrNull(path) is not { Type: TextDataViewType })
            {
                throw ColumnErrors.Mismatch(
                    $"There is no feature column '{featureColumnName}', and neither a column '{image}' nor '{path}' to make it of. The columns are: {string.Join(", ", schema.Where(column => !column.IsHidden).Select(column => $"'{column.Name}'"))}. " +
                    "Give the steps that make it as preFeaturizer, with DeepYeastPreprocess as the last one.");
            }
            chain = chain.Append<ITransformer>(mlContext.Transforms.LoadImages(image, imageFolder: null, path));
        }
        return chain.Append<ITransformer>(mlContext.Transforms.DeepYeastPreprocess(featureColumnName, image));
    }
}
