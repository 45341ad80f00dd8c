using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>The same step size from the first step to the last.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    internal override ScheduleState Start(double peak, long stepCount) => new State(peak);

    private sealed class State(double rate) : ScheduleState
    {
        public override double At(long step) => rate;
    }
}
