using System.Diagnostics;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Trains a network on cells that lie on its device: epochs of shuffled batches, statistics, validation, checkpoints, reports.</summary>
internal sealed class TrainingLoop : IDisposable
{
    // Between two readings of a GPU's figures within an epoch, each of which waits for it.
    private static readonly TimeSpan FiguresInterval = TimeSpan.FromSeconds(1);

    // So small that no weight changes.
    private const double TinyRate = 1e-30;

    // Cells from which batch-norm statistics are re-estimated.
    private const int ReestimationCells = 512;

    private readonly TorchNetwork _network;
    private readonly DeepYeastTrainer.Options _options;
    private readonly TrainingCells _cells;
    private readonly int[] _trainingRows;
    private readonly (TrainingCells Cells, int[] Rows)? _validation;
    private readonly RandomStreams _random;
    private readonly TorchRandom _drawn;
    private readonly CellAugmenter _augmenter;
    private readonly GradientStep _gradientStep;
    private readonly TrainingTargets _targets;
    private readonly Mixup? _mixup;
    private readonly WeightAverage? _average;
    private readonly ScheduleState _schedule;
    private readonly EarlyStopping.State? _earlyStopping;
    private readonly BestNetwork _best = new();
    private readonly TrainingPosition _position = new();
    private readonly TrainingRecord _record;
    private readonly Pace _pace = new();
    private readonly Run _run;
    private readonly IReadOnlyList<(int Start, int Count)> _batches;
    private (CheckpointStore Store, int Seed, IReadOnlyDictionary<string, string> Settings)? _checkpoints;
    private readonly SummedFigures _training, _validated;
    private int[] _order = [];           // the training rows in the epoch's order
    private Tensor? _rows;               // the same as a tensor
    private Tensor? _partners, _shares;  // what mixup mixes them with, and how much of each stays
    private double _learningRate;
    private int _lastEpoch;
    private TimeSpan _figuresRead;

    /// <param name="network">The network, which is changed.</param>
    /// <param name="options">The trainer's settings.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="trainingRows">Rows of <paramref name="cells"/> to train on.</param>
    /// <param name="validation">Cells, and rows of them, to validate on; null for none.</param>
    /// <param name="classWeights">How much an error on each class counts; null for 1.</param>
    /// <param name="random">What is drawn at random.</param>
    /// <param name="run">The log, and whether the training is cancelled.</param>
    /// <param name="clock">Runs since Fit began.</param>
    public TrainingLoop(
        TorchNetwork network, DeepYeastTrainer.Options options, TrainingCells cells, int[] trainingRows, (TrainingCells Cells, int[] Rows)? validation,
        double[]? classWeights, RandomStreams random, Run run, Stopwatch clock)
    {
        (_network, _options, _cells, _trainingRows, _validation, _random, _run) = (network, options, cells, trainingRows, validation, random, run);
        _record = new(clock);
        (_training, _validated) = (new(network.Device), new(network.Device));
        _drawn = new(network.Device);
        _augmenter = new(options.Augmentation, _drawn);
        _gradientStep = new(network, options.Optimizer, options.GradientClipNorm);
        _targets = new(network.Graph.ClassCount, options.LabelSmoothing, classWeights, network.Device);
        _mixup = options.MixupAlpha > 0 ? new(options.MixupAlpha, trainingRows) : null;
        _average = options.WeightAverageDecay > 0 ? new(network.Parameters, options.WeightAverageDecay) : null;
        _batches = Batches.Cut(trainingRows.Length, options.BatchSize);
        _schedule = options.Schedule.Start(options.LearningRate, (long)_batches.Count * options.Epochs);
        _earlyStopping = options.EarlyStopping?.Start();
    }

    /// <summary>Whether statistics are re-estimated after each epoch; else, where they are at all, after the last.</summary>
    private bool ChecksEachEpoch => _validation is not null;

    /// <summary>What a checkpoint holds beside the network, in the order of the file.</summary>
    private IEnumerable<IResumable> Parts
        => new IResumable?[] { _position, _record, _gradientStep.Memory, _average, _schedule, _earlyStopping, _best }.OfType<IResumable>();

    /// <summary>From now on the training puts checkpoints there.</summary>
    /// <param name="store">The folder.</param>
    /// <param name="seed">The seed of what is drawn at random.</param>
    /// <param name="settings">What else a training must have in common with this one to go on from one of them.</param>
    public void KeepCheckpoints(CheckpointStore store, int seed, IReadOnlyDictionary<string, string> settings) => _checkpoints = (store, seed, settings);

    /// <summary>Goes on where a checkpoint was written.</summary>
    /// <exception cref="InvalidOperationException">It is one of another training; the message says what differs.</exception>
    public void Resume(string path, int seed, IReadOnlyDictionary<string, string> settings)
    {
        _network.CopyFrom(Checkpoint.Read(path, manifest => TrainingFingerprint.RequireEqual(path, manifest, seed, settings), Parts));
        _learningRate = _position.Step == 0 ? 0 : _schedule.At(_position.Step - 1);
        _run.Info($"Going on from checkpoint '{path}': {_position.Step} steps done.");
    }

    /// <summary>Trains to the end: all epochs, or as long as there is hope, or until it is cancelled.</summary>
    /// <param name="lastEpoch">Stops after this epoch, with a checkpoint to go on from; null for none.</param>
    /// <returns>The network that was asked for, and the figures of each epoch.</returns>
    /// <exception cref="InvalidOperationException">The loss is no longer a number, or an option needs validation cells and there are none.</exception>
    public (Network Network, TrainingHistory History) Train(int? lastEpoch = null)
    {
        _options.CheckValidation(_validation is not null);
        _lastEpoch = Math.Min(lastEpoch ?? _options.Epochs, _options.Epochs);
        _pace.Skip();
        try
        {
            while (!IsOver && _position.Epoch <= _lastEpoch)
            {
                RunEpoch();
                WriteCheckpoint(force: IsOver || _position.Epoch > _lastEpoch);
            }
            _average?.Show(true);
            RequireFinite();
        }
        catch (OperationCanceledException) when (KeepsWhatWasLearned)
        {
            return StopEarly();
        }
        return Result();
    }

    /// <summary>Takes steps of ever larger rates, over as many epochs as it takes.</summary>
    public LearningRateRange FindLearningRate(LearningRateFinder finder) => finder.Run(TakeStep);

    /// <summary>Takes a few steps that change next to nothing, to see how long one takes.</summary>
    /// <param name="steps">How many are measured.</param>
    /// <returns>Seconds a cell: the middle of several steps, after some that prepare what the first ones need.</returns>
    public double MeasurePace(int steps)
    {
        const int stepsBefore = 5;
        for (int i = 0; i < stepsBefore; i++)
            TakeStep(TinyRate);
        double[] seconds = [.. Enumerable.Range(0, steps).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            int count = _batches[_position.Batch % _batches.Count].Count;
            TakeStep(TinyRate);
            return Stopwatch.GetElapsedTime(start).TotalSeconds / count;
        }).Order()];
        return seconds[steps / 2];
    }

    private double TakeStep(double rate)
    {
        _run.ThrowIfCancelled();
        if (_position.Batch == _batches.Count)
            _position.AdvanceEpoch();
        if (_position.Batch == 0)
            BeginEpoch(_position.Epoch);
        Step(rate);
        return _training.Take().Loss;
    }

    private bool IsOver => _position.Epoch > _options.Epochs || _earlyStopping is { Stops: true };

    private bool KeepsWhatWasLearned
        => _options.OnCancellation == CancellationOutcome.ReturnBest && _options.CancellationToken.IsCancellationRequested && _position.Step > 0;

    private void RunEpoch()
    {
        int epoch = _position.Epoch;
        TrainingFigures? validation;
        try
        {
            TrainEpoch(epoch);
            validation = Check(epoch);
        }
        catch (OperationCanceledException)
        {
            _average?.Show(false);
            WriteCheckpoint(force: true);
            throw;
        }

        TrainingFigures training = _position.Figures;
        var figures = new EpochFigures(epoch, training.Loss, training.Accuracy, validation?.Loss, validation?.Accuracy, _learningRate, _record.Elapsed);
        _record.Add(figures);
        if (validation is not null)
        {
            if (_options.Selection == ModelSelection.Best)
                _best.EndEpoch(figures, _network.ToNetwork);
            _earlyStopping?.EndEpoch(figures);
        }
        _schedule.EndEpoch(figures);
        _position.AdvanceEpoch();
        if (!IsOver)
            _average?.Show(false);

        Log(figures);
        Report(TrainingPhase.EpochCompleted, epoch, _batches.Count, _batches.Count, _trainingRows.Length, 0, training, validation);
    }

    /// <summary>Re-estimates statistics where they are needed, and validates where there is something to validate on.</summary>
    private TrainingFigures? Check(int epoch)
    {
        _average?.Show(true);
        if (_options.Statistics == BatchNormalizationStatistics.Reestimated && (ChecksEachEpoch || epoch == _lastEpoch))
            Reestimate(epoch);
        return _validation is { } held ? Validate(epoch, held) : null;
    }

    private void TrainEpoch(int epoch)
    {
        BeginEpoch(epoch);
        for (int i = _position.Batch; i < _batches.Count; i++)
        {
            _run.ThrowIfCancelled();
            (int start, int count) = _batches[i];
            Step(_schedule.At(_position.Step));
            if (ReadsFigures(last: i + 1 == _batches.Count))
                ReadFigures();
            if (!double.IsFinite(_position.Figures.SummedLoss))
                throw Diverged(FormattableString.Invariant($"The loss became {_position.Figures.SummedLoss}"));
            _pace.Add(trained: true, count);
            Report(TrainingPhase.Training, epoch, i + 1, _batches.Count, start + count, _trainingRows.Length - start - count, _position.Figures);
            if (i + 1 < _batches.Count)
                WriteCheckpoint();
        }
    }

    private void BeginEpoch(int epoch)
    {
        _order = [.. _trainingRows];
        _random.Create(RandomDraw.Order, epoch).Shuffle(_order);
        Keep(ref _rows, _cells.Rows(_order));
        if (_mixup is null)
            return;
        Keep(ref _partners, _cells.Rows(_mixup.DrawPartners(_random.Create(RandomDraw.MixupOrder, epoch))));
        long firstStep = _position.Step - _position.Batch;
        float[] shares = [.. _batches.SelectMany((batch, i) => _mixup.DrawShares(batch.Count, _random.Create(RandomDraw.MixupShares, firstStep + i)))];
        Keep(ref _shares, tensor(shares, dtype: float32).to(_network.Device));

        static void Keep(ref Tensor? kept, Tensor value)
        {
            kept?.Dispose();
            kept = value.DetachFromDisposeScope();
        }
    }

    /// <summary>Takes the next step. The host does not wait for the device.</summary>
    private void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        (int start, int count) = _batches[_position.Batch];
        _random.Restart(_drawn, RandomDraw.Step, _position.Step);
        (Tensor cells, Tensor targets) = Pick(_rows!.narrow(0, start, count));
        if (_mixup is not null)
        {
            (Tensor otherCells, Tensor otherTargets) = Pick(_partners!.narrow(0, start, count));
            Tensor shares = _shares!.narrow(0, start, count);
            (cells, targets) = (Mixup.Mix(cells, otherCells, shares), Mixup.Mix(targets, otherTargets, shares));
        }
        _learningRate = learningRate;
        (Tensor loss, Tensor logits) = _gradientStep.Take(cells, _targets.Weigh(targets), ForwardPass.Training(_drawn), learningRate);
        _average?.Update();
        _training.Add(loss, logits.argmax(1).eq(targets.argmax(1)));
        _position.Advance();
    }

    // On a CPU there is nothing to wait for. A GPU is asked after the first and the last batch of an epoch and now and then, for reports.
    private bool ReadsFigures(bool last) => last || _position.Batch == 1 || _network.Device.type == DeviceType.CPU || _record.Elapsed - _figuresRead > FiguresInterval;

    private void ReadFigures()
    {
        _position.Figures += _training.Take();
        _figuresRead = _record.Elapsed;
    }

    // The loss of a step is that before its change, so a change that ruins the weights shows one step later: after the last one, here.
    private void RequireFinite()
    {
        if (!_network.IsFinite())
            throw Diverged("The weights are no longer finite");
    }

    private InvalidOperationException Diverged(string what)
    {
        (int epoch, int batch) = _position.Batch == 0 ? (_position.Epoch - 1, _batches.Count) : (_position.Epoch, _position.Batch);
        string when = _network.Device.type == DeviceType.CPU ? "at" : "at or before";
        string goOn = _checkpoints?.Store.FindNewest() is not var (path, _) ? ""
            : $" To go on from before with other options, give {nameof(Network)}.{nameof(Network.LoadCheckpoint)}(\"{path}\") as {nameof(DeepYeastTrainer.Options.StartingNetwork)}, null as {nameof(DeepYeastTrainer.Options.Network)}, and another {nameof(DeepYeastTrainer.Options.CheckpointFolder)}.";
        return new(FormattableString.Invariant($"{what} {when} step {_position.Step} (epoch {epoch}, batch {batch}, learning rate {_learningRate:G3}). ") +
            "Try a learning rate a tenth of this, larger batches, or check that the features lie in [-1, 1]." + goOn);
    }

    /// <summary>What there is when the training is cancelled: the best epoch so far, or without validation the weights as they are.</summary>
    private (Network Network, TrainingHistory History) StopEarly()
    {
        _average?.Show(true);
        if (_best.Network is null && _options.Statistics == BatchNormalizationStatistics.Reestimated)
            Reestimate(_position.Epoch, cancellable: false);
        if (_best.Network is null)
            RequireFinite();
        _run.Info($"Cancelled after {_position.Step} steps; gives {(_best.Network is null ? "the weights as they are" : $"those of epoch {_best.Epoch}")}.");
        return Result();
    }

    private (Network Network, TrainingHistory History) Result()
        => (_best.Network ?? _network.ToNetwork(), _record.ToHistory(_best.Network is not null ? _best.Epoch : _position.Batch == 0 && _record.Count > 0 ? _record.Count : null));

    private void WriteCheckpoint(bool force = false)
    {
        if (_checkpoints is not var (store, seed, settings) || !(force || store.IsDue(_record.Elapsed)))
            return;
        ReadFigures();
        if (!_network.IsFinite())
            return;
        int done = _batches.Take(_position.Batch).Sum(batch => batch.Count);
        Report(TrainingPhase.Saving, Math.Min(_position.Epoch, _options.Epochs), _position.Batch, _batches.Count, done, IsOver ? 0 : _trainingRows.Length - done, _position.Figures);
        store.Write(_record.Elapsed, new(_position.Step, _position.Epoch, seed, settings), _network.ToNetwork(), Parts);
        _pace.Skip();
    }

    /// <summary>Sets the moving statistics to the mean over batches of training cells as they are.</summary>
    private void Reestimate(int epoch, bool cancellable = true)
    {
        int[] rows = [.. _order.Take(ReestimationCount)];
        long seen = 0;
        ForEachBatch(TrainingPhase.Reestimating, _cells, rows, epoch, cancellable, (cells, _) =>
        {
            seen += cells.shape[0];
            _network.Forward(cells, ForwardPass.Reestimation(cells.shape[0], seen), logits: true);
        });
    }

    private TrainingFigures Validate(int epoch, (TrainingCells Cells, int[] Rows) held)
    {
        ForEachBatch(TrainingPhase.Validating, held.Cells, held.Rows, epoch, cancellable: true, (cells, classes) =>
        {
            Tensor logits = _network.Forward(cells, ForwardPass.Inference, logits: true);
            _validated.Add(functional.cross_entropy(logits, classes), logits.argmax(1).eq(classes));
        });
        return _validated.Take();
    }

    private void ForEachBatch(TrainingPhase phase, TrainingCells source, int[] rows, int epoch, bool cancellable, Action<Tensor, Tensor> action)
    {
        IReadOnlyList<(int Start, int Count)> batches = Batches.Cut(rows.Length, _options.BatchSize);
        using Tensor all = source.Rows(rows).DetachFromDisposeScope();
        for (int i = 0; i < batches.Count; i++)
        {
            if (cancellable)
                _run.ThrowIfCancelled();
            (int start, int count) = batches[i];
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            (Tensor cells, Tensor classes) = source.Pick(all.narrow(0, start, count), augmenter: null);
            action(cells, classes);
            _pace.Add(trained: false, count);
            Report(phase, epoch, i + 1, batches.Count, start + count, rows.Length - start - count, _position.Figures);
        }
    }

    private (Tensor Cells, Tensor Targets) Pick(Tensor rows)
    {
        (Tensor cells, Tensor classes) = _cells.Pick(rows, _augmenter);
        return (cells, _targets.Create(classes));
    }

    private int ReestimationCount => Math.Min(_trainingRows.Length, Math.Max(ReestimationCells, _options.BatchSize));

    private void Report(TrainingPhase phase, int epoch, int batch, int batchCount, long done, long toDo, TrainingFigures training, TrainingFigures? validation = null)
        => _options.ProgressCallback?.Invoke(new()
        {
            Phase = phase,
            Epoch = epoch,
            EpochCount = _options.Epochs,
            Batch = batch,
            BatchCount = batchCount,
            CellsDone = done,
            CellsToDo = toDo,
            Loss = training.Loss,
            Accuracy = training.Accuracy,
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
            LearningRate = _learningRate,
            Elapsed = _record.Elapsed,
            TimeLeft = TimeLeft(phase, epoch, toDo),
        });

    /// <summary>Time to the end of the last epoch at the pace so far, with what is re-estimated and validated on the way.</summary>
    private TimeSpan? TimeLeft(TrainingPhase phase, int epoch, long toDo)
    {
        long reestimated = _options.Statistics == BatchNormalizationStatistics.Reestimated ? ReestimationCount : 0, validated = _validation?.Rows.Length ?? 0;
        int epochsAfter = _options.Epochs - epoch;
        double training = (double)epochsAfter * _trainingRows.Length + (phase is TrainingPhase.Training or TrainingPhase.Saving ? toDo : 0);
        double seen = (double)epochsAfter * (ChecksEachEpoch ? reestimated + validated : 0) + (!ChecksEachEpoch && epochsAfter > 0 ? reestimated : 0)
            + phase switch
            {
                TrainingPhase.Training or TrainingPhase.Saving when !IsOver => ChecksEachEpoch || epochsAfter == 0 ? reestimated + validated : 0,
                TrainingPhase.Reestimating => toDo + validated,
                TrainingPhase.Validating => toDo,
                _ => 0,
            };
        return _pace.TimeFor(training, seen);
    }

    private void Log(EpochFigures figures)
    {
        string validation = figures.ValidationLoss is null ? "" : FormattableString.Invariant($", validation loss {figures.ValidationLoss:F4}, accuracy {figures.ValidationAccuracy:F4}");
        _run.Info(FormattableString.Invariant($"Epoch {figures.Epoch} of {_options.Epochs}: loss {figures.Loss:F4}, accuracy {figures.Accuracy:F4}{validation}, {figures.Elapsed.TotalSeconds:F1} s."));
    }

    public void Dispose()
    {
        _gradientStep.Dispose();
        _targets.Dispose();
        _average?.Dispose();
        _training.Dispose();
        _validated.Dispose();
        _rows?.Dispose();
        _partners?.Dispose();
        _shares?.Dispose();
        _drawn.Dispose();
    }
}
