namespace Microsoft.ML.DeepYeast;

/// <summary>What an experiment found.</summary>
/// <typeparam name="TRun">What is known of each trial.</typeparam>
public sealed class DeepYeastExperimentResult<TRun> : IDisposable where TRun : DeepYeastRunDetail
{
    private readonly Action _dispose;

    internal DeepYeastExperimentResult(
        ExperimentMetric metric, IReadOnlyList<TRun> runs, TRun best, TRun? runnerUp, ConfidenceInterval? lead, bool wasRefitted, TimeSpan elapsed, Action dispose)
    {
        (OptimizingMetric, RunDetails, BestRun, RunnerUp, Lead, WasRefitted, Elapsed, _dispose) = (metric, runs, best, runnerUp, lead, wasRefitted, elapsed, dispose);
    }

    /// <summary>The figure by which it chose.</summary>
    public ExperimentMetric OptimizingMetric { get; }

    /// <summary>All trials, in the order in which they began.</summary>
    public IReadOnlyList<TRun> RunDetails { get; }

    /// <summary>Those that have a figure, the best first.</summary>
    public IReadOnlyList<TRun> Ranking => [.. OptimizingMetric.Rank(RunDetails.Where(run => !double.IsNaN(run.Metric)), run => run.Metric)];

    /// <summary>The trial with the best figure.</summary>
    public TRun BestRun { get; }

    /// <summary>The next one; null where there is no other.</summary>
    public TRun? RunnerUp { get; }

    /// <summary>
    /// The 95 % interval of the difference between the figures of the best and of the next one, on the same resamples of the held-out cells, so that it is above 0 (for
    /// <see cref="ExperimentMetric.LogLoss"/> below) where the best is better; null where there is no other, or with a single group or cell.
    /// </summary>
    public ConfidenceInterval? Lead { get; }

    /// <summary>Whether the held-out cells tell the best from the next one: whether <see cref="Lead"/> leaves 0 out. Trials that were chosen as the best of many do a little worse on other cells.</summary>
    public bool IsBestDistinguishable => Lead is { } lead && lead.Lower * lead.Upper > 0;

    /// <summary>Whether the best run's model was trained once more on all cells.</summary>
    public bool WasRefitted { get; }

    /// <summary>Time that the experiment took, earlier runs of the same folder included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Deletes the temporary folder, where the settings named none; models that were not loaded by then cannot be any more.</summary>
    public void Dispose() => _dispose();
}
