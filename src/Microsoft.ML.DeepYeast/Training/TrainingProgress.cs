namespace Microsoft.ML.DeepYeast;

/// <summary>What a training is doing.</summary>
public enum TrainingPhase
{
    /// <summary>Reading cells from the data view.</summary>
    Reading,

    /// <summary>Going over the training cells; one report a batch.</summary>
    Training,

    /// <summary>Re-estimating batch-norm statistics from training cells, before a validation and at the end; one report a batch.</summary>
    Reestimating,

    /// <summary>Scoring the validation cells; one report a batch.</summary>
    Validating,

    /// <summary>Writing a checkpoint.</summary>
    Saving,

    /// <summary>An epoch is over; its figures are complete.</summary>
    EpochCompleted,
}

/// <summary>One report of a training to <see cref="DeepYeastTrainer.Options.ProgressCallback"/>.</summary>
public sealed record TrainingProgress
{
    /// <summary>What the training is doing.</summary>
    public required TrainingPhase Phase { get; init; }

    /// <summary>Number of the epoch, from 1; 0 while reading.</summary>
    public int Epoch { get; init; }

    /// <summary>Number of epochs.</summary>
    public required int EpochCount { get; init; }

    /// <summary>Batches done in this epoch and phase.</summary>
    public int Batch { get; init; }

    /// <summary>Batches in this epoch and phase.</summary>
    public int BatchCount { get; init; }

    /// <summary>Cells done in this epoch and phase; while reading, cells read so far.</summary>
    public long CellsDone { get; init; }

    /// <summary>Cells still to do in this epoch and phase; null where that is not known, as while reading.</summary>
    public long? CellsToDo { get; init; }

    /// <summary>
    /// Mean cross-entropy (natural logarithm) over the training cells of this epoch so far; NaN before the first batch. The gradient also has the
    /// L2 terms of layers that have them; this figure has not, so that networks compare.
    /// </summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Share of the training cells of this epoch so far whose class was right, in [0, 1]; NaN before the first batch.</summary>
    public double Accuracy { get; init; } = double.NaN;

    /// <summary>Mean cross-entropy over the validation cells, once an epoch is completed; null without validation cells.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation cells whose class was right, once an epoch is completed; null without validation cells.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>The optimizer's step size at the last batch.</summary>
    public double LearningRate { get; init; }

    /// <summary>Time since Fit began, and in the runs that it goes on from.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time to the end of the last epoch at the pace so far; null while that is not known. Early stopping may come before.</summary>
    public TimeSpan? TimeLeft { get; init; }
}
