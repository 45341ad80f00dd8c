namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Half a cosine from the full rate down to zero over the whole training (Loshchilov and Hutter, arXiv:1608.03983, without restarts), after
/// a straight rise over the first steps, while the moments of the optimizer are still poor.
/// </summary>
internal sealed class LearningRateSchedule(double peak, long stepCount)
{
    private const double WarmUpShare = 0.05;

    private readonly double _warmUp = Math.Max(1, WarmUpShare * stepCount);

    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < _warmUp)
            return peak * (step + 1) / (_warmUp + 1);
        double share = (step - _warmUp) / Math.Max(1, stepCount - _warmUp);
        return peak * 0.5 * (1 + Math.Cos(Math.PI * share));
    }
}
