using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Evaluation;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What a page reports.</summary>
/// <param name="Options">How it is shown.</param>
/// <param name="Classifier">The step of the model that classifies.</param>
/// <param name="Evaluation">The figures of the test cells.</param>
/// <param name="Cells">The cells that are shown.</param>
/// <param name="Network">What the network makes of them.</param>
internal sealed record CellReport(CellReportOptions Options, DeepYeastPredictionTransformer Classifier, CellEvaluation Evaluation, CellPicker Cells, ShownNetwork Network)
{
    private sealed class KnownClass
    {
        public required string Name { get; init; }
    }

    /// <summary>Scores the test cells, in one pass, and writes the page.</summary>
    public static CellEvaluation Write(IHostEnvironment environment, ITransformer model, IDataView testCells, string path, CellReportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(testCells);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        options.Validate();
        CellEvaluationOptions evaluated = options.ToEvaluationOptions();
        evaluated.Validate();
        DeepYeastPredictionTransformer classifier = ModelSteps.FindLast<DeepYeastPredictionTransformer>(model);
        if (testCells.Schema.GetColumnOrNull(options.LabelColumnName) is null)
            throw ColumnErrors.Missing(testCells.Schema, "label", options.LabelColumnName);
        AtomicFile.RequireWritable(path);

        IDataView predictions = model.Transform(WithKeys(testCells, model, classifier, options.LabelColumnName));
        DataViewSchema.Column features = FeatureColumn.Check(predictions.Schema, classifier.FeatureColumnName, classifier.Model.Graph.InputShape);
        DataViewSchema.Column? file = predictions.Schema.GetColumnOrNull(options.PathColumnName) is { Type: TextDataViewType } column ? column : null;
        int seed = CellEvaluator.SeedOf(environment, options.Seed);
        var cells = new CellPicker(features, file, classifier.Model.Graph.ClassCount, options, seed);
        CellEvaluation evaluation = CellEvaluator.Evaluate(ScoredCells.Read(predictions, evaluated, cells), evaluated, seed);

        string page = new ReportPage(new(options, classifier, evaluation, cells, new(environment, classifier, options.CancellationToken))).Write();
        options.CancellationToken.ThrowIfCancellationRequested();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
        return evaluation;
    }

    /// <summary>The test cells with keys as labels, where they have text and no step of the model makes keys of it.</summary>
    private static IDataView WithKeys(IDataView testCells, ITransformer model, DeepYeastPredictionTransformer classifier, string label)
    {
        if (classifier.ClassNames is not { } names || testCells.Schema[label].Type is not TextDataViewType || model.GetOutputSchema(testCells.Schema)[label].Type is not TextDataViewType)
            return testCells;
        var mlContext = new MLContext();   // nothing here depends on its settings
        IDataView keys = mlContext.Data.LoadFromEnumerable(names.Select(name => new KnownClass { Name = name }));
        return mlContext.Transforms.Conversion.MapValueToKey(label, keyData: keys).Fit(testCells).Transform(testCells);
    }
}
