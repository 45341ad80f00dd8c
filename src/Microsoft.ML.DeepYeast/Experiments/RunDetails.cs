using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>Makes of trials what users see of them.</summary>
internal sealed class RunDetails(
    MLContext mlContext, CellPipeline pipeline, ExperimentCells cells, ExperimentFolder folder, ExperimentSession session, IDataView prepared)
{
    /// <summary>All trials that have a figure or have failed: the best first, those without a figure last.</summary>
    public IReadOnlyList<DeepYeastRunDetail> All()
        => [.. session.Queue.Ranking.Concat(session.Queue.Ended.Where(trial => trial.Latest is null)).Select(trial => Plain(this, trial, trial.State, isRefitted: false))];

    /// <summary>A trial of an experiment.</summary>
    /// <param name="details">Makes it.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="state">What it has come to.</param>
    /// <param name="isRefitted">Whether its model is the one that was trained on all cells.</param>
    public static DeepYeastRunDetail Plain(RunDetails details, Trial trial, TrialState state, bool isRefitted)
        => new(
            details.ContentsOf(trial, state), new(() => details.ModelOf(state.Record, isRefitted)), new(() => details.MetricsOf(state.Figures, fold: null)), new(() => details.EstimatorOf(state.Record)));

    /// <summary>A trial of an experiment with cross-validation.</summary>
    /// <inheritdoc cref="Plain"/>
    public static DeepYeastCrossValidationRunDetail CrossValidated(RunDetails details, Trial trial, TrialState state, bool isRefitted)
        => new(
            details.ContentsOf(trial, state), new(() => details.ModelOf(state.Record, isRefitted)), new(() => details.MetricsOf(state.Figures, fold: null)), new(() => details.EstimatorOf(state.Record)),
            new(() => state.Figures is null ? [] : [.. Enumerable.Range(0, details.FoldCount).Select(fold => new DeepYeastFoldResult(details.ModelOfFold(state.Record, fold), details.MetricsOf(state.Figures, fold)!))]));

    private int FoldCount { get; } = cells.Folds.Count;

    private int[] FoldSizes { get; } = [.. cells.Folds.Select(fold => fold.HeldRows.Length)];

    private HeldOutCells HeldOut { get; } = cells.HeldOut;

    private ClassLabels Labels { get; } = cells.Training.Labels;

    private DeepYeastRunDetail.Contents ContentsOf(Trial trial, TrialState state)
    {
        TrialRecord record = state.Record;
        // A training of few epochs has the same figure at several rungs; of one that was cut short soon after a rung the later one holds.
        RunFigure[] figures = [.. record.Results.GroupBy(result => result.Epochs).Select(same => same.Last()).Select(result => new RunFigure(result.Epochs, result.Value, result.Interval, result.At))];
        return new(
            record.Number, trial.Name, record.Settings, record.Ready is not null, record.Latest?.Value ?? double.NaN, record.Latest?.Interval, record.Runtime, record.Latest?.Epochs ?? 0, session.Queue.IsComplete(record), figures,
            record.Error is null ? null : trial.Exception ?? new InvalidOperationException(record.Error));
    }

    private ITransformer? ModelOf(TrialRecord record, bool isRefitted) => record.Latest is null ? null
        : isRefitted ? pipeline.Around(ModelFile.Load(mlContext.Model, folder.RefittedModel), prepared)
        : ModelOf(record, fold: 0);

    private ITransformer ModelOfFold(TrialRecord record, int fold) => ModelOf(record, fold)
        ?? throw new InvalidOperationException($"The models of trial {record.Number} after {record.Latest!.Epochs} epochs are gone: it has gone on since, or the experiment's result was disposed. Ask for them before.");

    private ITransformer? ModelOf(TrialRecord record, int fold)
        => File.Exists(folder.ModelOf(record, fold)) ? pipeline.Around(ModelFile.Load(mlContext.Model, folder.ModelOf(record, fold)), prepared) : null;

    private IEstimator<ITransformer> EstimatorOf(TrialRecord record)
    {
        if (record.Settings is null)
            return pipeline.Around(session.Baselines.PipelineOf(mlContext, record));
        DeepYeastTrainer.Options options = session.OptionsOf(record);
        options.Threads = null;
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
