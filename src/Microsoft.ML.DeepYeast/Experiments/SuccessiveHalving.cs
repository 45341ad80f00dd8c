namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>
/// Which trial deserves more training: asynchronous successive halving (Li et al., arXiv:1810.05934). A trial is paused at each rung; of all that have reached
/// a rung the best share goes on to the next as soon as it is known to be among the best, without waiting for others.
/// </summary>
/// <param name="reductionFactor">One in so many goes on, at least 2; or 1: there is but one rung, the end.</param>
internal sealed class SuccessiveHalving(int reductionFactor)
{
    private const int MostRungs = 3;

    /// <summary>Number of rungs; the last is the end of the training.</summary>
    public int RungCount => reductionFactor == 1 ? 1 : MostRungs;

    /// <summary>The epoch after which a training of so many epochs is paused at a rung.</summary>
    public int EpochsAt(int rung, int epochs) => Math.Max(1, (int)Math.Round(epochs / Math.Pow(reductionFactor, RungCount - 1 - rung)));

    /// <summary>The trial that goes on now, from the highest rung where there is one; null if a new one is to begin.</summary>
    /// <param name="trials">All trials of networks.</param>
    /// <param name="isBetter">Whether one figure is better than another.</param>
    public Trial? FindPromotable(IEnumerable<Trial> trials, Func<double, double, bool> isBetter)
    {
        Trial[] all = [.. trials.Where(trial => !trial.HasFailed)];
        for (int rung = RungCount - 2; rung >= 0; rung--)
        {
            Trial[] reached = [.. all.Where(trial => trial.At(rung) is not null)];
            Array.Sort(reached, (x, y) => isBetter(x.At(rung)!.Value, y.At(rung)!.Value) ? -1 : isBetter(y.At(rung)!.Value, x.At(rung)!.Value) ? 1 : x.Number.CompareTo(y.Number));
            if (reached.Take(reached.Length / reductionFactor).FirstOrDefault(trial => trial.Rung == rung && trial is { IsRunning: false, IsPostponed: false }) is { } best)
                return best;
        }
        return null;
    }
}
