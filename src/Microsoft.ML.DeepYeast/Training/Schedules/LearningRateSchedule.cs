using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// How the step size goes over a training: <see cref="CosineSchedule"/>, <see cref="ConstantSchedule"/> or <see cref="PlateauSchedule"/>.
/// </summary>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule()
    {
    }

    /// <summary>Whether it goes by the figures of validation cells.</summary>
    internal virtual bool NeedsValidation => false;

    /// <summary>Checks the settings.</summary>
    /// <param name="peak">The largest step size of the training, above 0.</param>
    internal virtual void Validate(double peak)
    {
    }

    /// <summary>Begins a training.</summary>
    /// <param name="peak">The largest step size.</param>
    /// <param name="stepCount">Gradient steps of the whole training.</param>
    internal abstract ScheduleState Start(double peak, long stepCount);

    private protected static ArgumentOutOfRangeException OutOfRange(string setting, object value, string range)
        => DeepYeastTrainer.Options.OutOfRange($"{nameof(DeepYeastTrainer.Options.Schedule)}.{setting}", value, range);
}
