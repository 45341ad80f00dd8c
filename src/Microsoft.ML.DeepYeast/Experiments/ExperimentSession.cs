using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>One run of an experiment: workers that take jobs from the queue until the time is over, and then the last training.</summary>
internal sealed partial class ExperimentSession
{
    // So much of it a range test may.
    private const double LongestRangeTest = 0.03;
    // A training on drawn cells is planned for this share of the time that it may take at most; the long one at a pace measured over so many steps.
    private const double PlannedShare = 0.95;
    private const int StepsBeforeLongTraining = 50;
    private const int MostWorkers = 4;
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(1), s_waitInterval = TimeSpan.FromSeconds(0.1), s_saveInterval = TimeSpan.FromSeconds(5);

    private readonly IHostEnvironment _environment;
    private readonly Run _run;
    private readonly DeepYeastExperimentSettings _settings;
    private readonly ExperimentCells _cells;
    private readonly ExperimentFolder _folder;
    private readonly ExperimentClock _clock;
    private readonly string _labelColumnName;
    private readonly int _seed;
    private readonly SuccessiveHalving _halving;
    private readonly TrialPace _pace;
    private readonly DrawnNetwork? _drawn;
    private readonly object _gate = new();
    private readonly object _telling = new();   // while the user's handler has a trial, the others train on
    private readonly Dictionary<string, RunningTrial> _running = [];
    private readonly int _workers, _threads;
    private Exception? _fault;   // what ends the experiment, and not only a trial
    private bool _isFaultOfUser;

    /// <param name="environment">The experiment's.</param>
    /// <param name="run">The log.</param>
    /// <param name="settings">Checked settings.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="folder">Where everything is kept.</param>
    /// <param name="clock">The time.</param>
    /// <param name="labelColumnName">Name of the label.</param>
    /// <param name="seed">Seed of what is drawn.</param>
    public ExperimentSession(
        IHostEnvironment environment, Run run, DeepYeastExperimentSettings settings, ExperimentCells cells, ExperimentFolder folder, ExperimentClock clock, string labelColumnName, int seed)
    {
        (_environment, _run, _settings, _cells, _folder, _clock, _labelColumnName, _seed) = (environment, run, settings, cells, folder, clock, labelColumnName, seed);
        (_halving, _pace) = (new(settings.ReductionFactor), new(folder.State.Paces));
        torch.Device device = settings.Device.Resolve(environment);
        _workers = settings.MaxConcurrentTrials ?? (device.type == DeviceType.CPU ? Math.Min(MostWorkers, Environment.ProcessorCount) : 1);
        _threads = Math.Max(1, Environment.ProcessorCount / _workers);
        if (settings.PretrainOnDrawnCells && settings.Trainers.Contains(ExperimentTrainer.DeepYeastPooled) && cells.Training.Shape == CellShape.DeepYeast)
        {
            _drawn = new(folder.DrawnFolder, cells.Training.Labels);
            _drawn.Load(CreateContext("Drawn cells").Context);
        }
        Baselines = new(cells, settings, labelColumnName, _drawn, seed);
        var drawing = new DrawingPhase(_drawn is not null, _drawn?.KnowsClasses ?? false, _drawn?.Networks.Count ?? 0, folder.State.Drawings.Count == DrawnNetwork.MostTrainings);
        Queue = new(settings, cells, _halving, _pace, seed, folder.LoadTrials(cells.HeldOut), folder.State.LearningRates, drawing);
        foreach (Trial trial in Queue.Ended.Where(trial => trial.HasFailed || Queue.IsComplete(trial)))   // where an earlier run was ended before it did
            folder.DeleteCheckpoints(trial.Number, cells.Folds.Count);
    }

    public TrialQueue Queue { get; }

    /// <summary>Called with a trial that has a new result or has failed, and what it had come to then; one at a time.</summary>
    public Action<Trial, TrialState>? TrialEnded { get; init; }

    /// <summary>Called every second or so, on the thread that runs the experiment, with what is being trained.</summary>
    public Action<ExperimentPhase, IReadOnlyList<RunningTrial>>? Progress { get; init; }

    /// <summary>ML.NET's own trainers.</summary>
    public BaselineRunner Baselines { get; }

    /// <summary>A network's trial as options of a trainer, with the experiment's device and precision and the trial's seed.</summary>
    public DeepYeastTrainer.Options OptionsOf(TrialRecord record) => CreateRunner(_threads).OptionsOf(record.Settings!, record.Number);

    private TrialRunner CreateRunner(int threads) => new(_cells, _settings, _folder, _clock, _halving, _pace, Baselines, _labelColumnName, _drawn, _seed, threads);

    // ---- The search ------------------------------------------------------------------------------------------------------------

    /// <summary>Searches until the time is over, the experiment is cancelled, or there is nothing left to try.</summary>
    public void Search()
    {
        _run.Info($"Searching for {Math.Max(0, _clock.Left.TotalSeconds):F0} s, {_workers} trials at a time on {_threads} {(_threads == 1 ? "thread" : "threads")} each: {_cells.Training.Cells.Count:N0} cells of {_cells.Training.Labels.Count} classes, {(_cells.Folds.Count == 1 ? "a part of them" : $"{_cells.Folds.Count} parts in turn")} held out, {_cells.HeldOut.Classes.Length:N0} cells to judge by.");
        RunThreads(ExperimentPhase.Searching, _workers, Work);
        if (_clock.Left > TimeSpan.Zero && !_clock.User.IsCancellationRequested)
            _run.Info(FormattableString.Invariant($"The search ends with {_clock.Left.TotalSeconds:F0} s left: nothing more may begin, or can be finished before the last training."));
    }

    private void Work()
    {
        while (Take() is { } job)
        {
            if (job is WaitingJob)
            {
                _clock.End.WaitHandle.WaitOne(s_waitInterval);
                continue;
            }
            switch (job)
            {
                case TrialJob trial:
                    Run(trial);
                    break;
                case RangeTestJob test:
                    Run(test);
                    break;
                case DrawingJob drawing:
                    Run(drawing);
                    break;
            }
            _folder.Save(state => state with { Elapsed = _clock.Elapsed, LearningRates = Queue.LearningRates, Paces = _pace.Known });
        }
    }

    private ExperimentJob? Take()
    {
        lock (_gate)
        {
            if (_fault is not null || _clock.User.IsCancellationRequested)
                return null;
        }
        return Queue.Take(_clock.Left, _clock.Limit);
    }

    private void Run(TrialJob job)
    {
        Trial trial = job.Trial;
        ChildContext child = CreateContext($"Trial {trial.Number}");
        TrialRunner runner = CreateRunner(_threads);
        string name = $"{trial.Number}";
        runner.Progress = (fold, epoch, last) => Show(name, new(trial.Number, trial.Name, fold, _cells.Folds.Count, epoch, last, trial.Record.Settings?.Epochs ?? 0));
        runner.Progress(1, trial.Latest?.Epochs ?? 0, 0);
        TrialResult? before = trial.Latest;
        TrialState? news = null;
        try
        {
            if (!TryBegin(child.Context, runner, trial, job.Kept))
            {
                Queue.Postpone(trial);
                return;
            }
            CancellationToken cancellation = job.MustFinish ? _clock.User : _clock.End;
            using CancellationTokenRegistration cancelling = cancellation.Register(child.Cancel);
            TrialState reached = trial.IsNetwork ? runner.RunNetwork(child.Context, trial.State, job.Rung, job.Kept) : runner.RunBaseline(child.Context, trial.State, cancellation);
            Hide(name);
            // Before it is given back, since another worker may then write beside.
            if (Queue.IsComplete(reached.Record))
                _folder.DeleteCheckpoints(trial.Number, _cells.Folds.Count);
            else
                _folder.KeepNewestCheckpoints(trial.Number, _cells.Folds.Count);
            Queue.Complete(trial, reached);
            if (reached.Record.Latest != before)
            {
                news = reached;
                _run.Info(FormattableString.Invariant($"Trial {trial.Number} ({trial.Name}), {reached.Record.Latest!.Epochs} epochs: {_settings.OptimizingMetric} {reached.Record.Latest.Value:F4}."));
            }
        }
        catch (OutOfTimeException)
        {
            Queue.Postpone(trial);
        }
        catch (OperationCanceledException) when (_clock.End.IsCancellationRequested)
        {
            Queue.Release(trial);
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))
        {
            Hide(name);
            Queue.Fail(trial, e);
            _folder.Save(trial.Record);
            _folder.DeleteCheckpoints(trial.Number, _cells.Folds.Count);
            _run.Info($"Trial {trial.Number} ({trial.Name}) failed: {e.Message}");
            news = trial.State;
        }
        finally
        {
            Hide(name);
        }
        if (news is not null)
            Tell(trial, news);
    }

    /// <summary>Begins a trial, with no more epochs than there is time for.</summary>
    /// <returns>Whether there is time for it.</returns>
    private bool TryBegin(MLContext mlContext, TrialRunner runner, Trial trial, TimeSpan kept)
    {
        TrialSettings? settings = trial.Record.Settings;
        double secondsPerEpoch = settings is null ? 0 : runner.SecondsPerCell(mlContext, settings) * _cells.CellsPerEpoch;
        if (trial.HasBegun)   // its checkpoints are of so many epochs
            return true;
        if (settings is not null)
        {
            double left = (_clock.Left - kept).TotalSeconds;
            if (secondsPerEpoch > left && Queue.Ranking.Any(other => other.IsNetwork))
            {
                _run.Info(FormattableString.Invariant($"Trial {trial.Number} ({trial.Name}) is left for another run: an epoch takes some {secondsPerEpoch:F0} s, of which {Math.Max(0, left):F0} are left."));
                return false;
            }
            settings = settings with { Epochs = (int)Math.Clamp(TrialQueue.LongestTraining * _clock.Limit.TotalSeconds / secondsPerEpoch, 1, settings.Epochs) };
        }
        Queue.Begin(trial, settings);
        _folder.Save(trial.Record);
        return true;
    }

    /// <summary>Trains the cheapest baseline, whatever the time says, for where nothing else has come to anything.</summary>
    public void RunLastResort() => RunThreads(ExperimentPhase.Searching, workers: 1, () => Run(new TrialJob(Queue.AddLastResort(), 0, TimeSpan.Zero, MustFinish: true)));

    private void Run(RangeTestJob job)
    {
        string name = $"Range test of {job.Settings.Network} with {job.Settings.Optimizer}";
        Show(name, new(0, name, 1, 1, 0, 0, 0));
        double? rate = null;
        try
        {
            TrialRunner runner = CreateRunner(_threads);
            MLContext mlContext = CreateContext(name).Context;
            // A dear one costs more than it tells.
            if (runner.SecondsPerCell(mlContext, job.Settings) * TrialRunner.RangeTestSteps * job.Settings.BatchSize < LongestRangeTest * _clock.Limit.TotalSeconds)
                rate = runner.SuggestRate(mlContext, job.Settings);
            _run.Info($"{name}: {(rate is null ? "no suggestion" : FormattableString.Invariant($"suggests {rate:G3}"))}.");
        }
        catch (OperationCanceledException) when (_clock.End.IsCancellationRequested)
        {
            Queue.ReleaseRangeTest(job.Settings);
            return;
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))   // trials of it will say the same
        {
            _run.Warning($"{name} failed: {e.Message}");
        }
        finally
        {
            Hide(name);
        }
        Queue.CompleteRangeTest(job.Settings, rate);
    }

    private void Run(DrawingJob job)
    {
        const string name = "Drawn cells";
        ChildContext child = CreateContext(name);
        TrialRunner runner = CreateRunner(job.Alone ? Environment.ProcessorCount : _threads);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_clock.End);
        if (job.Time < ExperimentClock.Longest)
            end.CancelAfter(job.Time);
        bool succeeded = false;
        try
        {
            Show(name, new(0, name, 1, 1, 0, 0, 0));
            DeepYeastTrainer.Options options = runner.OptionsOf(DrawnNetwork.Settings, number: 0);
            options.ProgressCallback = report => Show(name, new(0, name, 1, 1, report.Epoch, report.EpochCount, report.EpochCount));
            (options.CancellationToken, options.OnCancellation) = (end.Token, CancellationOutcome.ReturnBest);
            IReadOnlyList<DrawingPlan> begun = _folder.State.Drawings;
            DrawingPlan? plan = begun.Count > _drawn!.Networks.Count ? begun[^1] : DrawnNetwork.PlanOf(
                job.Time.TotalSeconds * PlannedShare,
                runner.MeasurePace(child.Context, DrawnNetwork.Settings, job.Alone ? StepsBeforeLongTraining : TrialRunner.StepsOfMeasuredPace),
                _drawn.MeasureDrawing(child.Context, options.FeatureColumnName, end.Token));
            if (plan is not null)
            {
                _folder.Save(state => state with { Drawings = [.. begun.Take(_drawn.Networks.Count), plan] });
                succeeded = _drawn.TryTrain(child.Context, options, plan, _seed, _clock.End);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))
        {
            _run.Warning($"The training on drawn cells failed: {e.Message}");
            _drawn!.DeleteCheckpoints();
            _folder.Save(state => state with { Drawings = [.. state.Drawings.Take(_drawn.Networks.Count)] });
        }
        finally
        {
            Hide(name);
        }
        Queue.CompleteDrawing(succeeded);
    }

    // ---- Threads and reports ---------------------------------------------------------------------------------------------------

    /// <summary>Runs workers, and reports on this thread until they are done. What one of them throws ends all of them.</summary>
    private void RunThreads(ExperimentPhase phase, int workers, Action work)
    {
        Thread[] threads = [.. Enumerable.Range(1, workers).Select(number => new Thread(() => Guard(work)) { Name = $"Experiment, worker {number}", IsBackground = true })];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
        {
            do
                Guard(() => Report(phase));
            while (!thread.Join(s_reportInterval));
        }
        if (_fault is IOException or UnauthorizedAccessException && !_isFaultOfUser && Queue.Ranking.Count > 0)
        {
            _run.Warning($"The experiment ended early; it gives the best so far: {_fault.Message}");   // a full disk, above all: what was found stands
            _fault = null;
        }
        if (_fault is not null)
            ExceptionDispatchInfo.Throw(_fault);
    }

    private void Tell(Trial trial, TrialState state)
    {
        lock (_telling)
            CallUser(() => TrialEnded?.Invoke(trial, state));
    }

    /// <summary>Calls what the user gave: what that throws ends the experiment, whatever it is.</summary>
    private void CallUser(Action call)
    {
        try
        {
            call();
        }
        catch
        {
            lock (_gate)
                _isFaultOfUser = true;
            throw;
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            lock (_gate)
                _fault ??= e;
            _clock.Stop();
        }
    }

    private void Report(ExperimentPhase phase)
    {
        RunningTrial[] running;
        lock (_gate)
        {
            if (_fault is not null)
                return;
            running = [.. _running.Values.OrderBy(trial => trial.Number)];
        }
        CallUser(() => Progress?.Invoke(phase, running));
        if (_clock.Elapsed - _folder.State.Elapsed > s_saveInterval)
            _folder.Save(state => state with { Elapsed = _clock.Elapsed });
    }

    private void Show(string key, RunningTrial trial)
    {
        lock (_gate)
            _running[key] = trial;
    }

    private void Hide(string key)
    {
        lock (_gate)
            _running.Remove(key);
    }

    private ChildContext CreateContext(string name) => ChildContext.Create(_environment, _run, name);
}
