using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>Trains and judges one trial at a time, for one of those that work side by side.</summary>
internal sealed class TrialRunner(
    ExperimentCells cells, DeepYeastExperimentSettings settings, ExperimentFolder folder, ExperimentClock clock, SuccessiveHalving halving, TrialPace pace, BaselineRunner baselines,
    string labelColumnName, DrawnNetwork? drawn, int seed, int threads)
{
    /// <summary>Gradient steps of a range test.</summary>
    public const int RangeTestSteps = 60;

    /// <summary>Gradient steps over which a pace is measured.</summary>
    public const int StepsOfMeasuredPace = 9;

    /// <summary>Called as a trial goes on: fold from 1, epoch, last epoch.</summary>
    public Action<int, int, int>? Progress { get; set; }

    // ---- Networks --------------------------------------------------------------------------------------------------------------

    /// <summary>Trains a network to a rung of the halving on every fold, and judges it.</summary>
    /// <param name="mlContext">Where it is trained.</param>
    /// <param name="state">What it has come to.</param>
    /// <param name="rung">The rung.</param>
    /// <param name="kept">Time at the end of the experiment that is left alone.</param>
    /// <exception cref="OutOfTimeException">The time ran out before there was anything to judge.</exception>
    public TrialState RunNetwork(MLContext mlContext, TrialState state, int rung, TimeSpan kept)
    {
        var watch = Stopwatch.StartNew();
        TrialRecord record = state.Record;
        TrialSettings trial = record.Settings!;
        int last = halving.EpochsAt(rung, trial.Epochs), done = last;
        var models = new List<(ITransformer Model, DataViewSchema Input)>();
        var scores = new List<float>();
        int toScore = cells.HeldOut.Classes.Length;
        for (int fold = 0; fold < cells.Folds.Count; fold++)
        {
            int number = fold + 1;
            ExperimentCells.Fold rows = cells.Folds[fold];
            // A training ends early enough for what is left to be judged.
            using var end = CancellationTokenSource.CreateLinkedTokenSource(clock.End);
            TimeSpan left = clock.Left - kept - TimeSpan.FromSeconds(pace.SecondsPerScoredCell(trial) * toScore);
            if (left <= TimeSpan.Zero)
                throw new OutOfTimeException();
            if (left < ExperimentClock.Longest)
                end.CancelAfter(left);
            DeepYeastTrainer.Options options = OptionsOf(trial, record.Number);
            (options.CheckpointFolder, options.Resume, options.CancellationToken, options.OnCancellation) = (folder.CheckpointsOf(record.Number, fold), true, end.Token, number < cells.Folds.Count ? CancellationOutcome.Throw : CancellationOutcome.ReturnBest);
            options.ProgressCallback = report => Progress?.Invoke(number, Math.Min(report.Epoch, last), last);
            DeepYeastPredictionTransformer model;
            try
            {
                model = mlContext.MulticlassClassification.Trainers.DeepYeast(options).Fit(cells.Training, rows.TrainingRows, last);
            }
            catch (OperationCanceledException e) when (end.IsCancellationRequested)
            {
                throw new OutOfTimeException(e);
            }
            done = Math.Min(done, model.History.Count);
            if (SecondsOfAnEpoch(model.History) is { } seconds)
                pace.AddTraining(trial, seconds / rows.TrainingRows.Length);
            var scoring = Stopwatch.StartNew();
            IDataView held = HeldView(mlContext, fold);
            scores.AddRange(ScoresOf(model.Transform(held), clock.User));
            model.Dispose();   // of native memory; it can still be saved
            models.Add((model, held.Schema));
            pace.AddScoring(trial, scoring.Elapsed.TotalSeconds / rows.HeldRows.Length);
            toScore -= rows.HeldRows.Length;
        }
        return Judge(mlContext, state, done < last ? null : rung, done, models, [.. scores], watch.Elapsed);
    }

    /// <summary>Trains a network on all cells.</summary>
    /// <exception cref="OperationCanceledException">The time ended it, with the rate still high.</exception>
    public DeepYeastPredictionTransformer RefitNetwork(MLContext mlContext, TrialRecord record, TrialSettings trial, int[] rows)
    {
        DeepYeastTrainer.Options options = OptionsOf(trial, record.Number);
        (options.CheckpointFolder, options.Resume, options.CancellationToken, options.OnCancellation) = (folder.RefitFolder, true, clock.End, CancellationOutcome.Throw);
        options.ProgressCallback = report => Progress?.Invoke(1, Math.Min(report.Epoch, trial.Epochs), trial.Epochs);
        return mlContext.MulticlassClassification.Trainers.DeepYeast(options).Fit(cells.Training, rows);
    }

    // Of the last epochs, whose times stand in the history whichever run they were trained in.
    private static double? SecondsOfAnEpoch(TrainingHistory history)
    {
        const int most = 5;
        int count = Math.Min(most, history.Count - 1);
        return count > 0 ? (history[^1].Elapsed - history[^(count + 1)].Elapsed).TotalSeconds / count : null;   // the first one is slower
    }

    /// <summary>The trial's training as a user would set it up.</summary>
    public DeepYeastTrainer.Options OptionsOf(TrialSettings trial, int number)
    {
        int seedOfTrial = unchecked(seed + number);
        DeepYeastTrainer.Options options = trial.ToOptions(StartingNetworkOf(trial, seedOfTrial));
        options.FeatureColumnName = settings.FeatureColumnName;
        options.LabelColumnName = labelColumnName;
        options.Seed = seedOfTrial;
        options.Device = settings.Device;
        options.Precision = settings.Precision;
        options.Threads = threads;
        return options;
    }

    /// <summary>Seconds that a training takes for a cell and epoch, measured where it is not known.</summary>
    public double SecondsPerCell(MLContext mlContext, TrialSettings trial)
    {
        if (pace.SecondsPerCell(trial) is not { } seconds)
        {
            seconds = MeasurePace(mlContext, trial, StepsOfMeasuredPace);
            pace.AddTraining(trial, seconds);
        }
        return seconds;
    }

    /// <summary>Measures the same over so many steps, for a training whose number of threads is its own.</summary>
    public double MeasurePace(MLContext mlContext, TrialSettings trial, int steps) => TrainerOf(mlContext, trial).MeasurePace(cells.Training, cells.Folds[0].TrainingRows, steps);

    /// <summary>The learning rate that a range test suggests; null where it suggests none.</summary>
    public double? SuggestRate(MLContext mlContext, TrialSettings trial)
        => TrainerOf(mlContext, trial).FindLearningRate(cells.Training, cells.Folds[0].TrainingRows, new() { StepCount = RangeTestSteps }).Suggestion;

    private DeepYeastTrainer TrainerOf(MLContext mlContext, TrialSettings trial)
    {
        DeepYeastTrainer.Options options = OptionsOf(trial, number: 0);
        options.CancellationToken = clock.End;
        return mlContext.MulticlassClassification.Trainers.DeepYeast(options);
    }

    // With a new head where it does not know the classes, also if it has as many.
    private Network? StartingNetworkOf(TrialSettings trial, int seed)
    {
        ClassLabels labels = cells.Training.Labels;
        (Network? network, bool knowsClasses) = trial.StartingPoint switch
        {
            TrialSettings.Given => (settings.StartingNetwork, settings.StartingNetworkKnows(labels)),
            TrialSettings.Drawn => (drawn?.Latest, drawn?.KnowsClasses ?? false),
            _ => (null, false),
        };
        return knowsClasses ? network : network?.ReplaceHead(labels.Count, seed);
    }

    // ---- Baselines -------------------------------------------------------------------------------------------------------------

    /// <summary>Trains one of ML.NET's own trainers on every fold, or takes a network as it is, and judges it.</summary>
    public TrialState RunBaseline(MLContext mlContext, TrialState state, CancellationToken cancellation)
    {
        TrialRecord record = state.Record;
        var watch = Stopwatch.StartNew();
        var models = new List<(ITransformer Model, DataViewSchema Input)>();
        var scores = new List<float>();
        for (int fold = 0; fold < cells.Folds.Count; fold++)
        {
            Progress?.Invoke(fold + 1, 0, 0);
            (ITransformer model, IDataView scored) = baselines.Fit(mlContext, record, cells.Folds[fold], threads, cancellation);
            scores.AddRange(ScoresOf(scored, cancellation));
            (model as IDisposable)?.Dispose();
            models.Add((model, HeldView(mlContext, fold).Schema));
        }
        return Judge(mlContext, state, rung: null, epochs: 0, models, [.. scores], watch.Elapsed);
    }

    // ---- Judging ---------------------------------------------------------------------------------------------------------------

    private IDataView HeldView(MLContext mlContext, int fold) => ExperimentCells.View(mlContext, cells.Held, cells.Folds[fold].HeldRows, settings.FeatureColumnName, labelColumnName);

    private TrialState Judge(
        MLContext mlContext, TrialState state, int? rung, int epochs, IReadOnlyList<(ITransformer, DataViewSchema)> models, float[] scores, TimeSpan runtime)
    {
        if (scores.Any(float.IsNaN))
            throw new InvalidOperationException("The model gives scores that are no numbers.");
        TrialRecord record = state.Record;
        var figures = new HeldOutFigures(cells.HeldOut, scores);
        var result = new TrialResult(rung, epochs, figures.Value(settings.OptimizingMetric), figures.Interval(settings.OptimizingMetric), clock.Elapsed);
        // What was cut short on the way to a rung counts only if it is better than what there was.
        if (rung is null && record.Latest is { } before && !settings.OptimizingMetric.IsBetter(result.Value, before.Value))
        {
            TrialRecord unchanged = record with { Runtime = record.Runtime + runtime };
            folder.Save(unchanged);
            return state with { Record = unchanged };
        }
        // A training of few epochs is at several rungs at once.
        IEnumerable<TrialResult> results = rung is not { } reached ? [result]
            : Enumerable.Range(reached, halving.RungCount - reached).Where(other => halving.EpochsAt(other, record.Settings!.Epochs) == epochs).Select(other => result with { Rung = other });
        TrialRecord judged = record with
        {
            // What was cut short is replaced by what came of it.
            Results = [.. record.Results.Where(earlier => earlier.Rung is not null), .. results],
            Runtime = record.Runtime + runtime,
        };
        return new(folder.Save(mlContext, judged, models, scores), figures);
    }

    private static IEnumerable<float> ScoresOf(IDataView predictions, CancellationToken cancellation) => predictions.GetColumn<float[]>(ScoreColumns.Score).SelectMany(scores =>
    {
        cancellation.ThrowIfCancellationRequested();
        return scores;
    });
}
