using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>Makes of trials what users see of them.</summary>
internal sealed class RunDetails(
    MLContext mlContext, CellPipeline pipeline, ExperimentCells cells, ExperimentFolder folder, ExperimentSession session, IDataView prepared)
{
    /// <summary>All trials that were begun: the best first, those that failed last.</summary>
    public IReadOnlyList<DeepYeastRunDetail> All()
        => [.. session.Queue.Ranking.Concat(session.Queue.Begun.Where(trial => trial.HasFailed)).Select(trial => Plain(this, trial, isRefitted: false))];

    /// <summary>A trial of an experiment.</summary>
    /// <param name="details">Makes it.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="isRefitted">Whether its model is the one that was trained on all cells.</param>
    public static DeepYeastRunDetail Plain(RunDetails details, Trial trial, bool isRefitted)
    {
        (TrialRecord record, HeldOutFigures? figures) = (trial.Record, trial.Figures);
        return new(
            details.ContentsOf(trial), new(() => details.ModelOf(record, isRefitted)), new(() => details.MetricsOf(figures, fold: null)), new(() => details.EstimatorOf(record)));
    }

    /// <summary>A trial of an experiment with cross-validation.</summary>
    /// <inheritdoc cref="Plain"/>
    public static DeepYeastCrossValidationRunDetail CrossValidated(RunDetails details, Trial trial, bool isRefitted)
    {
        (TrialRecord record, HeldOutFigures? figures) = (trial.Record, trial.Figures);
        return new(
            details.ContentsOf(trial), new(() => details.ModelOf(record, isRefitted)), new(() => details.MetricsOf(figures, fold: null)), new(() => details.EstimatorOf(record)),
            new(() => figures is null ? [] : [.. Enumerable.Range(0, details.FoldCount).Select(fold => new DeepYeastFoldResult(details.ModelOf(record, fold), details.MetricsOf(figures, fold)!))]));
    }

    private int FoldCount { get; } = cells.Folds.Count;

    private int[] FoldSizes { get; } = [.. cells.Folds.Select(fold => fold.HeldRows.Length)];

    private HeldOutCells HeldOut { get; } = cells.HeldOut;

    private ClassLabels Labels { get; } = cells.Training.Labels;

    private DeepYeastRunDetail.Contents ContentsOf(Trial trial)
    {
        TrialRecord record = trial.Record;
        return new(
            record.Number, trial.Name, record.Settings, trial.Latest?.Value ?? double.NaN, trial.Latest?.Interval, record.Runtime, trial.Latest?.Epochs ?? 0, session.Queue.IsComplete(trial),
            [.. record.Results.DistinctBy(result => result.Epochs).Select(result => new RunFigure(result.Epochs, result.Value, result.Interval, result.At))],
            record.Error is null ? null : trial.Exception ?? new InvalidOperationException(record.Error));
    }

    private ITransformer? ModelOf(TrialRecord record, bool isRefitted) => record.Results.Count == 0 ? null
        : isRefitted ? pipeline.Around(ModelFile.Load(mlContext.Model, folder.RefittedModel), prepared)
        : ModelOf(record, fold: 0);

    private ITransformer ModelOf(TrialRecord record, int fold) => pipeline.Around(ModelFile.Load(mlContext.Model, folder.ModelOf(record.Number, fold)), prepared);

    private IEstimator<ITransformer> EstimatorOf(TrialRecord record)
    {
        if (record.Settings is null)
            return pipeline.Around(session.Baselines.PipelineOf(mlContext, record));
        DeepYeastTrainer.Options options = session.OptionsOf(record);
        (options.Threads, options.CancellationToken) = (null, default);
        return pipeline.Around(mlContext.MulticlassClassification.Trainers.DeepYeast(options));
    }

    /// <summary>ML.NET's figures of the held-out cells of one fold, or of all.</summary>
    private MulticlassClassificationMetrics? MetricsOf(HeldOutFigures? figures, int? fold)
    {
        if (figures is null)
            return null;
        int start = fold is null ? 0 : FoldSizes.Take(fold.Value).Sum(), count = fold is null ? HeldOut.Classes.Length : FoldSizes[fold.Value], classes = HeldOut.ClassCount;
        IEnumerable<ScoredRow> rows = Enumerable.Range(start, count).Select(cell => new ScoredRow
        {
            Label = (uint)HeldOut.Classes[cell],
            Score = figures.Scores[(cell * classes)..((cell + 1) * classes)],
            PredictedLabel = (uint)figures.PredictedClassOf(cell),
        });
        var definition = SchemaDefinition.Create(typeof(ScoredRow));
        Labels.Define(definition[nameof(ScoredRow.Label)]);
        Labels.Define(definition[nameof(ScoredRow.PredictedLabel)]);
        definition[nameof(ScoredRow.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        return mlContext.MulticlassClassification.Evaluate(mlContext.Data.LoadFromEnumerable(rows, definition));
    }

    // Keys from 0, as ML.NET has them in memory.
    private sealed class ScoredRow
    {
        public uint Label { get; init; }

        public float[] Score { get; init; } = [];

        public uint PredictedLabel { get; init; }
    }
}
