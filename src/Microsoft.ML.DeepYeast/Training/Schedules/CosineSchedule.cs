using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Half a cosine from the full rate down to zero over the whole training (Loshchilov and Hutter, arXiv:1608.03983, without restarts), after
/// a straight rise over the first steps, while the moments of the optimizer are still poor.
/// </summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    private const double DefaultWarmUpShare = 0.05;

    /// <summary>Share of the steps over which the rate rises, in [0, 1); one step at least.</summary>
    public double WarmUpShare { get; init; } = DefaultWarmUpShare;

    internal override void Validate(double peak)
    {
        if (WarmUpShare is not (>= 0 and < 1))
            throw OutOfRange(nameof(WarmUpShare), WarmUpShare, "in [0, 1)");
    }

    internal override ScheduleState Start(double peak, long stepCount) => new State(peak, stepCount, WarmUpShare);

    private sealed class State(double peak, long stepCount, double warmUpShare) : ScheduleState
    {
        private readonly double _warmUp = Math.Max(1, warmUpShare * stepCount);

        public override double At(long step)
        {
            if (step < _warmUp)
                return peak * (step + 1) / (_warmUp + 1);
            double share = (step - _warmUp) / Math.Max(1, stepCount - _warmUp);
            return peak * 0.5 * (1 + Math.Cos(Math.PI * share));
        }
    }
}
