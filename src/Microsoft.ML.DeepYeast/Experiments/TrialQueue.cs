namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>
/// The trials of an experiment, and which of them is worth the time next: first what the portfolio has, then successive halving, and new trials drawn at random or near the best ones.
/// Several workers may call it at once.
/// </summary>
internal sealed class TrialQueue
{
    /// <summary>A training may take this share of the time; longer ones get fewer epochs.</summary>
    public const double LongestTraining = 0.3;

    // Until there is a network whose pace is known, this share of the time is kept for the last training.
    private const double KeptForRefit = 0.15;
    // What runs is told to stop when that time begins, and stops after the batch that it is at.
    private const double TimeToStop = 0.01;
    // Share of the time that a network is trained on drawn cells at first; and where its classes are the experiment's, so that it may learn more later, as long as that is not less than is needed to
    // see whether it leads. A second training has what is left but for the last share, if that is no less than twice the first.
    private const double ShareOfDrawing = 0.125, ShareToSeeWhetherItLeads = 0.06, KeptAfterDrawing = 0.04;
    // What comes after it is to judge its network, as that of the first was, and baselines on its features.
    private const double TimesOfJudging = 1.5;
    private static readonly TimeSpan s_leastToSeeWhetherItLeads = TimeSpan.FromSeconds(30);
    // Share of new trials that are drawn from anywhere; the others are drawn near one of the best.
    private const double ShareFromAnywhere = 0.35;
    // One in so many is good enough to draw near, once there are as many.
    private const int TrialsPerParent = 4;

    private readonly object _gate = new();
    private readonly DeepYeastExperimentSettings _settings;
    private readonly SuccessiveHalving _halving;
    private readonly TrialPace _pace;
    private readonly double _cellsPerEpoch, _cellsOfRefit, _heldCells;
    private readonly int _seed;
    private readonly List<Trial> _trials = [];
    private readonly HashSet<string> _testing = [];
    private readonly Dictionary<string, double> _rates;
    private readonly DrawingPhase _drawing;
    private readonly bool _hasOneFold;
    private bool _hasBegun;

    /// <param name="settings">What is tried.</param>
    /// <param name="cells">On which cells.</param>
    /// <param name="halving">Who goes on.</param>
    /// <param name="pace">How long trainings take.</param>
    /// <param name="seed">Seed of what is drawn.</param>
    /// <param name="earlier">Trials of earlier runs.</param>
    /// <param name="rates">What range tests of earlier runs suggest, by network and optimizer; 0 where they suggest nothing.</param>
    /// <param name="drawing">How far the training on drawn cells is.</param>
    public TrialQueue(
        DeepYeastExperimentSettings settings, ExperimentCells cells, SuccessiveHalving halving, TrialPace pace, int seed, IEnumerable<Trial> earlier, IReadOnlyDictionary<string, double> rates, DrawingPhase drawing)
    {
        (_settings, _halving, _pace, _seed, _drawing) = (settings, halving, pace, seed, drawing);
        _cellsPerEpoch = cells.CellsPerEpoch;
        _cellsOfRefit = settings.Refit && cells.HoldsOutTrainingCells ? cells.Training.Cells.Count : 0;
        (_heldCells, _hasOneFold) = (cells.HeldOut.Classes.Length, cells.Folds.Count == 1);
        _rates = new(rates);
        _trials.AddRange(earlier);
        // Trials that began with the network of the first training go on from it.
        if (_trials.Any(trial => trial.Record.Settings?.StartingPoint == TrialSettings.Drawn || (trial.Record.Input == BaselineInput.NetworkFeatures && !HasGiven)))
            drawing.Settle();
        Add(TrialPortfolio.First(settings, settings.StartingNetworkKnows(cells.Training.Labels)));
        AddThoseFromDrawn();
    }

    /// <summary>Trials that have a result or have failed, in the order of their numbers.</summary>
    public IReadOnlyList<Trial> Ended
    {
        get
        {
            lock (_gate)
                return [.. _trials.Where(HasEnded).OrderBy(trial => trial.Number)];
        }
    }

    /// <summary>Trials with a figure, the best first; of equal ones the earlier.</summary>
    public IReadOnlyList<Trial> Ranking
    {
        get
        {
            lock (_gate)
                return Rank();
        }
    }

    /// <summary>Whether there was no time for some trial.</summary>
    public bool HasPostponed
    {
        get
        {
            lock (_gate)
                return _trials.Any(trial => trial.IsPostponed);
        }
    }

    /// <summary>What range tests suggest, by network and optimizer; 0 where they suggest nothing.</summary>
    public IReadOnlyDictionary<string, double> LearningRates
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, double>(_rates);
        }
    }

    /// <summary>Whether a trial has come to its end.</summary>
    public bool IsComplete(Trial trial) => IsComplete(trial.Record);

    /// <summary>Whether a trial that has come to this is at its end.</summary>
    public bool IsComplete(TrialRecord record) => record.Settings is null ? record.Latest is not null : record.Rung == _halving.RungCount - 1;

    /// <summary>The next job; null where there is none that fits into the time.</summary>
    /// <param name="left">Time that is left.</param>
    /// <param name="limit">Time of the whole experiment.</param>
    public ExperimentJob? Take(TimeSpan left, TimeSpan limit)
    {
        lock (_gate)
        {
            ExperimentJob? job = Choose(left, limit);
            // What others are at may be worth going on with, or show that there is time for more.
            if (job is null && left > TimeSpan.Zero && AnyoneWorks)
                return new WaitingJob();
            switch (job)
            {
                case TrialJob { Trial: var trial }:
                    if (trial.Number == 0)   // they are numbered in the order in which they begin
                        trial.State = trial.State with { Record = trial.Record with { Number = NextNumber } };
                    (trial.IsRunning, _hasBegun) = (true, true);
                    break;
                case RangeTestJob { Settings: var settings }:
                    _testing.Add(RateKey(settings));
                    break;
                case DrawingJob:
                    _drawing.Begin();
                    break;
            }
            return job;
        }
    }

    /// <summary>Takes in what a trial has reached.</summary>
    public void Complete(Trial trial, TrialState state)
    {
        lock (_gate)
            (trial.State, trial.IsRunning) = (state, false);
    }

    /// <summary>Takes in that a trial has failed.</summary>
    public void Fail(Trial trial, Exception exception)
    {
        lock (_gate)
            (trial.State, trial.Exception, trial.IsRunning) = (trial.State with { Record = trial.Record with { Error = exception.Message } }, exception, false);
    }

    /// <summary>Takes in that a trial was left before it reached anything.</summary>
    public void Release(Trial trial)
    {
        lock (_gate)
            trial.IsRunning = false;
    }

    /// <summary>Takes in that there is no time for a trial, or none to take it further, so that it is left for another run.</summary>
    public void Postpone(Trial trial)
    {
        lock (_gate)
            (trial.IsRunning, trial.IsPostponed) = (false, true);
    }

    /// <summary>Takes in how a trial is trained, now that it begins.</summary>
    public void Begin(Trial trial, TrialSettings? settings)
    {
        lock (_gate)
            (trial.State, trial.HasBegun) = (trial.State with { Record = trial.Record with { Settings = settings } }, true);
    }

    /// <summary>The cheapest baseline, for where nothing else has come to anything: there must be a model.</summary>
    public Trial AddLastResort()
    {
        lock (_gate)
        {
            var trial = new Trial(TrialPortfolio.Baselines([ExperimentTrainer.SdcaMaximumEntropy], BaselineInput.Statistics).Single() with { Number = NextNumber }) { IsRunning = true };
            _trials.Add(trial);
            return trial;
        }
    }

    /// <summary>Takes in that a range test was ended before it could suggest anything.</summary>
    public void ReleaseRangeTest(TrialSettings settings)
    {
        lock (_gate)
            _testing.Remove(RateKey(settings));
    }

    /// <summary>Takes in what a range test suggests; null for nothing.</summary>
    public void CompleteRangeTest(TrialSettings settings, double? rate)
    {
        lock (_gate)
        {
            _testing.Remove(RateKey(settings));
            _rates[RateKey(settings)] = rate ?? 0;
        }
    }

    /// <summary>Takes in that the training on drawn cells is over.</summary>
    /// <param name="succeeded">Whether there is a network.</param>
    public void CompleteDrawing(bool succeeded)
    {
        lock (_gate)
        {
            _drawing.End(succeeded);
            AddThoseFromDrawn();
        }
    }

    // ---- Under the gate --------------------------------------------------------------------------------------------------------

    private ExperimentJob? Choose(TimeSpan left, TimeSpan limit)
    {
        // Whatever the time says, there must be a model.
        if (!_hasBegun && !_trials.Any(trial => trial.Latest is not null) && Waiting().FirstOrDefault() is { } first)
            return new TrialJob(first, 0, TimeSpan.Zero, MustFinish: true);
        if (left <= TimeSpan.Zero)
            return null;

        bool hasNetwork = _trials.Any(trial => trial.IsNetwork && (trial.IsRunning || trial.Latest is not null));
        int spared = _drawing.State == DrawingState.Running ? 1 : 0;   // for what begins with its network
        bool mayBegin = _settings.MaxModels is not { } most || _trials.Count(trial => trial.IsRunning || HasEnded(trial)) < most - spared;
        TimeSpan kept = TimeForRefit(limit);
        left -= kept;
        if (_drawing.State == DrawingState.RunningAlone)
            return new WaitingJob();
        if (left <= TimeSpan.Zero)
            return null;
        if (mayBegin && hasNetwork && _drawing.State == DrawingState.Waiting && 2 * ShareOfDrawing * limit < left)
            return new DrawingJob(TimeOfFirstDrawing(limit), Alone: false);
        if (_drawing.State == DrawingState.Judging && ChooseWhileJudging(mayBegin, left - TimeAfterDrawing(limit), 2 * ShareOfDrawing * limit) is { } toJudge)
            return toJudge;

        // The best that can still be finished is, in the end; others begin as long as it can wait.
        int end = _halving.RungCount - 1;
        Trial? unfinished = Rank().FirstOrDefault(trial => trial is { IsNetwork: true, IsRunning: false, IsPostponed: false, HasFailed: false, Rung: >= 0 } && !IsComplete(trial) && TimeTo(trial, end) < left);
        bool canWait = TimeOfFirstRung() + (unfinished is null ? TimeSpan.Zero : TimeTo(unfinished, end)) < left;
        if (Waiting().FirstOrDefault(trial => (mayBegin || trial.HasBegun) && (!trial.IsNetwork || !hasNetwork || canWait)) is { } next)
            return new TrialJob(next, 0, kept);
        if (_halving.FindPromotable(_trials.Where(trial => trial.IsNetwork), (figure, other) => _settings.OptimizingMetric.IsBetter(figure, other)) is { } promotable && TimeTo(promotable, promotable.Rung + 1) < left)
            return new TrialJob(promotable, promotable.Rung + 1, kept);
        if (mayBegin && canWait && (HasGiven || _settings.Trainers.Any(ExperimentTrainers.IsNetwork)))
            return Draw(kept);
        return unfinished is null ? null : new TrialJob(unfinished, unfinished.Rung + 1, kept);
    }

    /// <summary>
    /// What the network of the first training on drawn cells asks for: to be judged as it is, and then, if nothing that has learned from the cells is better, to learn from more drawn ones. Null once that is
    /// settled otherwise, or where another worker judges it and there is no time for more.
    /// </summary>
    private ExperimentJob? ChooseWhileJudging(bool mayBegin, TimeSpan left, TimeSpan least)
    {
        Trial asItIs = DrawnAsItIs;
        bool hasTime = mayBegin && (_drawing.SecondHasBegun ? left > TimeSpan.Zero : left >= least);
        if (asItIs.IsRunning)
            return hasTime ? new WaitingJob() : null;   // what begins beside it would keep the next training waiting
        if (!HasEnded(asItIs) && mayBegin)
            return new TrialJob(asItIs, 0, TimeSpan.Zero);
        if (hasTime && (_drawing.SecondHasBegun || NoneHasLearnedBetter(asItIs)))
            return AnyoneWorks ? new WaitingJob() : new DrawingJob(left, Alone: true);
        _drawing.Settle();
        AddThoseFromDrawn();
        return null;
    }

    private Trial DrawnAsItIs => _trials.First(trial => trial.Record.Ready == ReadyNetwork.Drawn);

    private bool AnyoneWorks => _testing.Count > 0 || _drawing.State == DrawingState.Running || _trials.Any(trial => trial.IsRunning);

    private bool NoneHasLearnedBetter(Trial asItIs)
        => asItIs.Latest is { } latest && !_trials.Any(trial => trial is { Record.Ready: null, Latest: { } other } && _settings.OptimizingMetric.IsBetter(other.Value, latest.Value));

    /// <summary>Trials that are to begin, in the order in which they do.</summary>
    private IEnumerable<Trial> Waiting()
        => _trials.Where(trial => trial is { IsRunning: false, IsPostponed: false, HasFailed: false, Rung: < 0 } && !IsComplete(trial)).OrderByDescending(trial => trial.HasBegun);   // by an earlier run

    /// <summary>A new trial, or first the range test that it needs.</summary>
    private ExperimentJob Draw(TimeSpan kept)
    {
        int number = NextNumber;
        var random = new Random(unchecked(_seed * 1_000_003 + number));   // a string of trials for each seed, whatever was tried on the way
        var space = new TrialSpace(_settings.Trainers, HasGiven, _drawing.State == DrawingState.Done);
        Trial[] parents = [.. Rank().Where(trial => trial.IsNetwork).OrderByDescending(trial => trial.Rung)];
        while (true)
        {
            TrialSettings settings;
            if (_settings.ReductionFactor > 1 && parents.Length >= TrialsPerParent && random.NextDouble() >= ShareFromAnywhere)
                settings = space.DrawNear(parents[random.Next(parents.Length / TrialsPerParent)].Record.Settings!, random);
            else
            {
                settings = space.Draw(random);
                if (_rates.TryGetValue(RateKey(settings), out double rate) || _testing.Contains(RateKey(settings)))   // what is being tested suggests nothing yet
                    space.DrawRate(settings, rate > 0 ? rate : settings.UsualRate, random);
                else
                    return new RangeTestJob(new() { StartingPoint = settings.StartingPoint, Network = settings.Network, Optimizer = settings.Optimizer });
            }
            TrialRecord record = TrialPortfolio.Of(settings) with { Number = number };
            if (_trials.Any(other => IsOfTheSameKind(other.Record, record)))
                continue;
            var trial = new Trial(record);
            _trials.Add(trial);
            return new TrialJob(trial, 0, kept);
        }
    }

    private List<Trial> Rank()
    {
        // A trial that failed as it went on stands with what it had reached.
        return [.. _settings.OptimizingMetric.Rank(_trials.Where(trial => trial.Latest is not null).OrderBy(trial => trial.Number), trial => trial.Latest!.Value)];
    }

    /// <summary>Adds trials before those that wait.</summary>
    private void Add(IEnumerable<TrialRecord> records)
    {
        int at = 0;
        foreach (TrialRecord record in records.Where(record => !_trials.Any(trial => IsOfTheSameKind(trial.Record, record))))
            _trials.Insert(at++, new(record));
    }

    private void AddThoseFromDrawn() => Add(_drawing.State switch
    {
        DrawingState.Judging => [TrialPortfolio.AsItIs(ReadyNetwork.Drawn)],
        DrawingState.Done =>
        [
            .. _drawing.SecondIsDone ? [TrialPortfolio.AsItIs(ReadyNetwork.DrawnOfMoreCells)] : Array.Empty<TrialRecord>(),
            .. HasGiven ? [] : TrialPortfolio.Baselines(_settings.Trainers, BaselineInput.NetworkFeatures),
            .. TrialPortfolio.From(TrialSettings.Drawn),
        ],
        _ => [],
    });

    private static bool IsOfTheSameKind(TrialRecord one, TrialRecord other)
    {
        return KindOf(one) == KindOf(other);

        // The number of epochs is fitted to the time.
        static (ExperimentTrainer?, BaselineInput?, ReadyNetwork?, TrialSettings?) KindOf(TrialRecord record)
            => (record.Trainer, record.Input, record.Ready, record.Settings is { } settings ? settings with { Epochs = 1 } : null);
    }

    // The first free one: a run may have been ended before it had written down what it began.
    private int NextNumber => Enumerable.Range(1, _trials.Count + 1).Except(_trials.Select(trial => trial.Number)).First();

    private bool HasGiven => _settings.StartingNetwork is not null;

    private static bool HasEnded(Trial trial) => trial.Latest is not null || trial.HasFailed;

    private static string RateKey(TrialSettings settings) => $"{settings.StartingPoint}, {settings.Network}, {settings.Optimizer}";

    // ---- How long things take --------------------------------------------------------------------------------------------------

    private TimeSpan TimeTo(Trial trial, int rung)
        => Time(trial, (_halving.EpochsAt(rung, trial.Record.Settings!.Epochs) - (trial.Latest?.Epochs ?? 0)) * _cellsPerEpoch) + (rung - trial.Rung) * TimeToScore(trial);

    /// <summary>The middle of what those whose pace is known took or will take to the first rung.</summary>
    private TimeSpan TimeOfFirstRung()
    {
        TimeSpan[] known = [.. _trials.Where(trial => trial.IsNetwork && _pace.SecondsPerCell(trial.Record.Settings!) is not null)
            .Select(trial => Time(trial, _halving.EpochsAt(0, trial.Record.Settings!.Epochs) * _cellsPerEpoch) + TimeToScore(trial)).Order()];
        return known.Length == 0 ? TimeSpan.Zero : known[known.Length / 2];
    }

    private TimeSpan TimeForRefit(TimeSpan limit)
    {
        List<Trial> ranking = Rank();
        if (_cellsOfRefit == 0 || ranking.FirstOrDefault() is { Record.Ready: not null })
            return TimeSpan.Zero;
        // Where a baseline leads, a network may overtake it at the last moment; but where a single part is held out, its model of the other parts will do then.
        if (_hasOneFold && ranking.FirstOrDefault() is { IsNetwork: false } baseline)
            return 2 * baseline.Record.Runtime + TimeToStop * limit;
        if (ranking.FirstOrDefault(trial => trial.IsNetwork) is not { Record.Settings: { } settings } best || _pace.SecondsPerCell(settings) is null)
            return limit * KeptForRefit;
        // No more than was planned for the trial, which may go more slowly beside others.
        TimeSpan time = Time(best, settings.Epochs * _cellsOfRefit), planned = limit * (LongestTraining * _cellsOfRefit / _cellsPerEpoch);
        return time < planned ? time : planned;
    }

    private TimeSpan TimeOfFirstDrawing(TimeSpan limit)
    {
        long most = (ShareOfDrawing * limit).Ticks, toSee = Math.Max((ShareToSeeWhetherItLeads * limit).Ticks, s_leastToSeeWhetherItLeads.Ticks);
        return new(_drawing.KnowsClasses ? Math.Min(toSee, most) : most);
    }

    private TimeSpan TimeAfterDrawing(TimeSpan limit) => new(Math.Max((KeptAfterDrawing * limit).Ticks, (TimesOfJudging * DrawnAsItIs.Record.Runtime).Ticks));

    private TimeSpan TimeToScore(Trial trial) => TimeSpan.FromSeconds(_pace.SecondsPerScoredCell(trial.Record.Settings!) * _heldCells);

    private TimeSpan Time(Trial trial, double cells) => TimeSpan.FromSeconds((_pace.SecondsPerCell(trial.Record.Settings!) ?? 0) * cells);
}
