namespace Microsoft.ML.DeepYeast;

/// <summary>What an experiment is doing.</summary>
public enum ExperimentPhase
{
    /// <summary>The cells are read.</summary>
    Reading,

    /// <summary>Trials are trained and judged.</summary>
    Searching,

    /// <summary>The best is trained once more, on all cells.</summary>
    Refitting,
}

/// <summary>How far an experiment is.</summary>
public sealed record ExperimentProgress
{
    /// <summary>What it is doing.</summary>
    public required ExperimentPhase Phase { get; init; }

    /// <summary>Time since it began, earlier runs of the same folder included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The time that it may take.</summary>
    public required TimeSpan TimeLimit { get; init; }

    /// <summary>Number of cells that were read.</summary>
    public required int CellsRead { get; init; }

    /// <summary>What is being trained now.</summary>
    public required IReadOnlyList<RunningTrial> Running { get; init; }

    /// <summary>All trials that have a figure, the best first, and then those that failed.</summary>
    public required IReadOnlyList<DeepYeastRunDetail> Runs { get; init; }
}

/// <summary>A trial that is being trained.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="TrainerName">What is trained.</param>
/// <param name="Fold">Number of the fold, from 1.</param>
/// <param name="FoldCount">Number of folds.</param>
/// <param name="Epoch">Number of the epoch, from 1; 0 for a baseline, or before the first.</param>
/// <param name="LastEpoch">The epoch after which the trial is paused or over; 0 for a baseline.</param>
/// <param name="EpochCount">Number of epochs of the whole training; 0 for a baseline.</param>
public sealed record RunningTrial(int Number, string TrainerName, int Fold, int FoldCount, int Epoch, int LastEpoch, int EpochCount);
