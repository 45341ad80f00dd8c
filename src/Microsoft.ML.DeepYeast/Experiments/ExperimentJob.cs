namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>What a worker of an experiment does next.</summary>
internal abstract record ExperimentJob;

/// <summary>Trains a trial on.</summary>
/// <param name="Trial">The trial, which is the worker's until it is given back.</param>
/// <param name="Rung">The rung of the halving that it is trained to; for a baseline, which has none, 0.</param>
/// <param name="Kept">Time at the end that it must leave, for the last training.</param>
/// <param name="MustFinish">Whether a baseline is trained to its end even if that takes longer than there is time, since without it there would be no model; a network gives what it has learned by then.</param>
internal sealed record TrialJob(Trial Trial, int Rung, TimeSpan Kept, bool MustFinish = false) : ExperimentJob;

/// <summary>Runs a learning-rate range test, so that rates can be drawn near what it suggests.</summary>
/// <param name="Settings">A network and an optimizer, and the rest as it is by default: a width and a batch that are quick to test, whatever the trial has that asked first.</param>
internal sealed record RangeTestJob(TrialSettings Settings) : ExperimentJob;

/// <summary>Trains a network on drawn cells, for trials to begin with.</summary>
/// <param name="Time">The time that it may take.</param>
/// <param name="Alone">Whether it has all cores, and the other workers wait for it.</param>
internal sealed record DrawingJob(TimeSpan Time, bool Alone) : ExperimentJob;

/// <summary>Waits a moment and asks again.</summary>
internal sealed record WaitingJob : ExperimentJob;
