using System.Diagnostics;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Trains a network on cells that lie on its device: epochs of shuffled batches, statistics, validation, reports.</summary>
internal sealed class TrainingLoop : IDisposable
{
    // Cells from which batch-norm statistics are re-estimated.
    private const int ReestimationCells = 512;

    private readonly TorchNetwork _network;
    private readonly DeepYeastTrainer.Options _options;
    private readonly TrainingCells _cells;
    private readonly int[] _trainingRows;
    private readonly (TrainingCells Cells, int[] Rows)? _validation;
    private readonly RandomStreams _random;
    private readonly Generator _generator;
    private readonly CellAugmenter _augmenter;
    private readonly GradientStep _gradientStep;
    private readonly TrainingTargets _targets;
    private readonly Mixup? _mixup;
    private readonly WeightAverage? _average;
    private readonly LearningRateSchedule _schedule;
    private readonly Run _run;
    private readonly Stopwatch _clock;
    private readonly IReadOnlyList<(int Start, int Count)> _batches;
    private int[] _order = [];   // the training rows in the epoch's order
    private long _step;
    private double _learningRate;

    /// <param name="network">The network, which is changed.</param>
    /// <param name="options">The trainer's settings.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="trainingRows">Rows of <paramref name="cells"/> to train on.</param>
    /// <param name="validation">Cells, and rows of them, to validate on; null for none.</param>
    /// <param name="random">What is drawn at random.</param>
    /// <param name="run">The log, and whether the training is cancelled.</param>
    /// <param name="clock">Runs since Fit began.</param>
    public TrainingLoop(
        TorchNetwork network, DeepYeastTrainer.Options options, TrainingCells cells, int[] trainingRows,
        (TrainingCells Cells, int[] Rows)? validation, RandomStreams random, Run run, Stopwatch clock)
    {
        (_network, _options, _cells, _trainingRows, _validation, _random, _run, _clock)
            = (network, options, cells, trainingRows, validation, random, run, clock);
        _generator = new Generator(0, network.Device);
        _augmenter = new(options.Augmentation, _generator);
        _gradientStep = new(network, options.Optimizer, options.GradientClipNorm);
        int classCount = network.Graph.ClassCount;
        long[] classes = cells.Classes();
        _targets = new(classCount, options.LabelSmoothing, options.ClassWeights.For([.. trainingRows.Select(row => classes[row])], classCount), network.Device);
        _mixup = options.MixupAlpha > 0 ? new(options.MixupAlpha, trainingRows) : null;
        _average = options.WeightAverageDecay > 0 ? new(network.Parameters, options.WeightAverageDecay) : null;
        _batches = Batches.Cut(trainingRows.Length, options.BatchSize);
        _schedule = new(options.LearningRate, (long)_batches.Count * options.Epochs);
    }

    /// <summary>Trains for all epochs.</summary>
    public void Train()
    {
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            Figures training = TrainEpoch(epoch);
            _average?.Swap();
            bool reestimate = _options.Statistics == BatchNormalizationStatistics.Reestimated && (_validation is not null || epoch == _options.Epochs);
            if (reestimate)
                Reestimate(epoch, training);
            Figures? validation = _validation is { } held ? Validate(epoch, training, held) : null;

            var report = Report(TrainingPhase.EpochCompleted, epoch, _batches.Count, _batches.Count, _trainingRows.Length, 0, training) with
            {
                ValidationLoss = validation?.Loss,
                ValidationAccuracy = validation?.Accuracy,
            };
            Log(report);
            _options.ProgressCallback?.Invoke(report);
            if (epoch < _options.Epochs)
                _average?.Swap();
        }
        RequireFinite();
    }

    private Figures TrainEpoch(int epoch)
    {
        _order = [.. _trainingRows];
        _random.Create(RandomDraw.Order, epoch).Shuffle(_order);
        _mixup?.BeginEpoch(_random.Create(RandomDraw.MixupOrder, epoch));
        var figures = default(Figures);
        for (int i = 0; i < _batches.Count; i++)
        {
            _run.ThrowIfCancelled();
            (int start, int count) = _batches[i];
            using var scope = NewDisposeScope();
            _random.Restart(_generator, RandomDraw.Step, _step);
            (Tensor cells, Tensor targets) = Pick(_order.AsSpan(start, count));
            if (_mixup is not null)
            {
                (Tensor otherCells, Tensor otherTargets) = Pick(_mixup.Partners(start, count));
                Tensor shares = _mixup.DrawShares(count, _random.Create(RandomDraw.MixupShares, _step), _network.Device);
                (cells, targets) = (Mixup.Mix(cells, otherCells, shares), Mixup.Mix(targets, otherTargets, shares));
            }
            _learningRate = _schedule.At(_step);
            figures = figures.Add(Step(cells, targets, epoch, i + 1), count);
            Report(TrainingPhase.Training, epoch, i + 1, _batches.Count, start + count, _trainingRows.Length - start - count, figures, publish: true);
        }
        return figures;
    }

    /// <summary>One gradient step; the summed loss, and the number of cells whose likeliest target got the highest score, before it.</summary>
    private (double Loss, double Right) Step(Tensor cells, Tensor targets, int epoch, int batch)
    {
        (double loss, Tensor logits) = _gradientStep.Take(cells, targets, ForwardPass.Training(_generator), _learningRate);
        if (!double.IsFinite(loss))
            throw Diverged(FormattableString.Invariant($"The loss became {loss}"), _step + 1, epoch, batch);
        _step++;
        _average?.Update();
        return (loss * targets.shape[0], CountRight(logits, targets.argmax(1)));
    }

    // The loss of a step is that before its change, so a change that ruins the weights shows one step later: after the last one, here.
    private void RequireFinite()
    {
        if (!_network.IsFinite())
            throw Diverged("The weights are no longer finite", _step, _options.Epochs, _batches.Count);
    }

    private InvalidOperationException Diverged(string what, long step, int epoch, int batch) => new(FormattableString.Invariant(
        $"{what} at step {step} (epoch {epoch}, batch {batch}, learning rate {_learningRate:G3}). ") +
        "Try a learning rate a tenth of this, larger batches, or check that the features lie in [-1, 1].");

    /// <summary>Sets the moving statistics to the mean over batches of training cells as they are.</summary>
    private void Reestimate(int epoch, Figures training)
    {
        int[] rows = [.. _order.Take(Math.Max(ReestimationCells, _options.BatchSize))];
        long seen = 0;
        ForEachBatch(TrainingPhase.Reestimating, _cells, rows, epoch, training, (cells, _) =>
        {
            seen += cells.shape[0];
            _network.Forward(cells, ForwardPass.Reestimation(cells.shape[0], seen), logits: true);
        });
    }

    private Figures Validate(int epoch, Figures training, (TrainingCells Cells, int[] Rows) held)
    {
        var figures = default(Figures);
        ForEachBatch(TrainingPhase.Validating, held.Cells, held.Rows, epoch, training, (cells, classes) =>
        {
            Tensor logits = _network.Forward(cells, ForwardPass.Inference, logits: true);
            double loss = functional.cross_entropy(logits, classes, reduction: Reduction.Sum).item<float>();
            figures = figures.Add((loss, CountRight(logits, classes)), (int)classes.shape[0]);
        });
        return figures;
    }

    private void ForEachBatch(TrainingPhase phase, TrainingCells source, int[] rows, int epoch, Figures training, Action<Tensor, Tensor> action)
    {
        IReadOnlyList<(int Start, int Count)> batches = Batches.Cut(rows.Length, _options.BatchSize);
        for (int i = 0; i < batches.Count; i++)
        {
            _run.ThrowIfCancelled();
            (int start, int count) = batches[i];
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            (Tensor cells, Tensor classes) = source.Pick(Rows(rows.AsSpan(start, count)), augmenter: null);
            action(cells, classes);
            Report(phase, epoch, i + 1, batches.Count, start + count, rows.Length - start - count, training, publish: true);
        }
    }

    private (Tensor Cells, Tensor Targets) Pick(ReadOnlySpan<int> rows)
    {
        (Tensor cells, Tensor classes) = _cells.Pick(Rows(rows), _augmenter);
        return (cells, _targets.Create(classes));
    }

    private static double CountRight(Tensor logits, Tensor classes) => logits.argmax(1).eq(classes).sum().item<long>();

    private Tensor Rows(ReadOnlySpan<int> rows) => tensor(rows.ToArray(), dtype: int64).to(_network.Device);

    private TrainingProgress Report(TrainingPhase phase, int epoch, int batch, int batchCount, long done, long toDo, Figures training, bool publish = false)
    {
        var report = new TrainingProgress
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
            LearningRate = _learningRate,
            Elapsed = _clock.Elapsed,
        };
        if (publish)
            _options.ProgressCallback?.Invoke(report);
        return report;
    }

    private void Log(TrainingProgress report)
    {
        string validation = report.ValidationLoss is null ? "" : FormattableString.Invariant($", validation loss {report.ValidationLoss:F4}, accuracy {report.ValidationAccuracy:F4}");
        _run.Info(FormattableString.Invariant($"Epoch {report.Epoch} of {report.EpochCount}: loss {report.Loss:F4}, accuracy {report.Accuracy:F4}{validation}, {report.Elapsed.TotalSeconds:F1} s."));
    }

    public void Dispose()
    {
        _gradientStep.Dispose();
        _targets.Dispose();
        _average?.Dispose();
        _generator.Dispose();
    }

    /// <summary>Loss and accuracy, as sums over cells, so that a short batch weighs less.</summary>
    private readonly record struct Figures(double SummedLoss, double Right, long Cells)
    {
        public double Loss => SummedLoss / Cells;

        public double Accuracy => Right / Cells;

        public Figures Add((double Loss, double Right) batch, int cells) => new(SummedLoss + batch.Loss, Right + batch.Right, Cells + cells);
    }
}
