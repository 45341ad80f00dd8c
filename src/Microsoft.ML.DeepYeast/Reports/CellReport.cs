using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Evaluation;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What is reported of a model and its test cells.</summary>
/// <param name="Options">How it is shown.</param>
/// <param name="Evaluation">The figures of the test cells.</param>
/// <param name="Cells">The cells that are shown; null where the model reads none that can be.</param>
/// <param name="Network">What the network makes of them; null where the model has none, and only together with cells.</param>
internal sealed record CellReport(CellReportOptions Options, CellEvaluation Evaluation, CellPicker? Cells, ShownNetwork? Network)
{
    /// <summary>Scores the test cells, in one pass, and writes the page on a model with a network.</summary>
    public static CellEvaluation Write(IHostEnvironment environment, ITransformer model, IDataView testCells, string path, CellReportOptions? options)
    {
        options ??= new();
        CellEvaluationOptions evaluated = Validate(testCells, path, options);
        return Write(environment, model, ModelSteps.FindLast<DeepYeastPredictionTransformer>(model), testCells, path, options, evaluated, before: null);
    }

    /// <summary>Checks what does not hang on the model.</summary>
    public static CellEvaluationOptions Validate(IDataView testCells, string path, CellReportOptions options)
    {
        ArgumentNullException.ThrowIfNull(testCells);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options.Validate();
        CellEvaluationOptions evaluated = options.ToEvaluationOptions();
        evaluated.Validate();
        return evaluated;
    }

    /// <summary>Scores the test cells, in one pass, and writes the page.</summary>
    /// <param name="environment">Where networks are computed.</param>
    /// <param name="model">The whole pipeline.</param>
    /// <param name="classifier">The step of it that classifies; null where that is no network.</param>
    /// <param name="testCells">The test cells.</param>
    /// <param name="path">Name of the file.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="evaluated">The same for the evaluation.</param>
    /// <param name="before">Makes what stands on the page before the model; null for nothing.</param>
    public static CellEvaluation Write(
        IHostEnvironment environment, ITransformer model, DeepYeastPredictionTransformer? classifier, IDataView testCells, string path, CellReportOptions options,
        CellEvaluationOptions evaluated, Func<HtmlWriter, IReportPart>? before)
    {
        if (testCells.Schema.GetColumnOrNull(options.LabelColumnName) is null)
            throw ColumnErrors.Missing(testCells.Schema, "label", options.LabelColumnName);
        AtomicFile.RequireWritable(path);

        IDataView predictions = model.Transform(WithKeys(testCells, model, classifier, options.LabelColumnName));
        int seed = CatalogEnvironment.SeedOf(environment, options.Seed);
        CellPicker? cells = CreatePicker(predictions.Schema, classifier, options, evaluated, seed);
        CellEvaluation evaluation = CellEvaluator.Evaluate(ScoredCells.Read(predictions, evaluated, cells), evaluated, seed);

        var html = new HtmlWriter();
        var report = new CellReport(options, evaluation, cells, classifier is null ? null : new(environment, classifier, options.CancellationToken));
        string page = ReportPage.Write(html, options.Title, [.. before is null ? Array.Empty<IReportPart>() : [before(html)], new CellSections(html, report)]);
        options.CancellationToken.ThrowIfCancellationRequested();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
        return evaluation;
    }

    private static CellPicker? CreatePicker(DataViewSchema schema, DeepYeastPredictionTransformer? classifier, CellReportOptions options, CellEvaluationOptions evaluated, int seed)
    {
        DataViewSchema.Column features;
        CellShape shape;
        if (classifier is not null)
            (features, shape) = (FeatureColumn.Check(schema, classifier.FeatureColumnName, classifier.Model.Graph.InputShape), classifier.Model.Graph.InputShape);
        // What another model learns from is no cell, but the column that it was made of has the library's name for it.
        else if (schema.GetColumnOrNull(DeepYeastTrainer.Defaults.FeatureColumnName) is { Type: VectorDataViewType { Dimensions.Length: 3 } vector } && vector.ItemType == NumberDataViewType.Single)
            (features, shape) = FeatureColumn.Find(schema, DeepYeastTrainer.Defaults.FeatureColumnName);
        else
            return null;
        DataViewSchema.Column? file = schema.GetColumnOrNull(options.PathColumnName) is { Type: TextDataViewType } column ? column : null;
        return new(features, shape, file, ScoreColumns.Find(schema, evaluated.ScoreColumnName, orDoubles: true).ClassNames.Count, options, seed);
    }

    /// <summary>The test cells with keys as labels, where they have text and no step of the model makes keys of it.</summary>
    private static IDataView WithKeys(IDataView testCells, ITransformer model, DeepYeastPredictionTransformer? classifier, string label)
    {
        if (classifier?.ClassNames is not { } names || testCells.Schema[label].Type is not TextDataViewType || model.GetOutputSchema(testCells.Schema)[label].Type is not TextDataViewType)
            return testCells;
        return LabelColumn.MapToKeys(new MLContext(), label, names).Fit(testCells).Transform(testCells);   // nothing here depends on the context's settings
    }
}
