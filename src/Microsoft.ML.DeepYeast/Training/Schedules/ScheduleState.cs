namespace Microsoft.ML.DeepYeast.Training;

/// <summary>A schedule at work in one training.</summary>
internal abstract class ScheduleState : IResumable
{
    /// <summary>The step size of a step, counted from 0.</summary>
    public abstract double At(long step);

    /// <summary>Takes in the figures of an epoch.</summary>
    public virtual void EndEpoch(EpochFigures figures)
    {
    }

    public virtual void Save(BinaryWriter writer)
    {
    }

    public virtual void Load(BinaryReader reader)
    {
    }
}
