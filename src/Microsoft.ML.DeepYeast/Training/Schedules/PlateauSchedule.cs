using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// The full rate, made smaller each time that a figure of the validation cells has not become better for some epochs: what Keras calls
/// ReduceLROnPlateau. The reference's recipes have these defaults.
/// </summary>
public sealed record PlateauSchedule : LearningRateSchedule
{
    // tanelp/deepyeast, examples/train_deepyeast.py.
    private const double ReferenceFactor = 0.1;
    private const int ReferencePatience = 5;
    private const double ReferenceMinimumRate = 1e-5;

    /// <summary>What the rate is multiplied by, in (0, 1).</summary>
    public double Factor { get; init; } = ReferenceFactor;

    /// <summary>Epochs without a better figure after which the rate falls, at least 1.</summary>
    public int Patience { get; init; } = ReferencePatience;

    /// <summary>The rate does not fall below this, 0 or more and below <see cref="DeepYeastTrainer.Options.LearningRate"/>.</summary>
    public double MinimumRate { get; init; } = ReferenceMinimumRate;

    /// <summary>By how much a figure must beat the best so far to count as better, 0 or more.</summary>
    public double MinimumImprovement { get; init; } = Improvement.KerasPlateauDelta;

    /// <summary>Which figure.</summary>
    public MonitoredFigure Monitor { get; init; } = MonitoredFigure.ValidationAccuracy;

    internal override bool NeedsValidation => true;

    internal override void Validate(double peak)
    {
        if (Factor is not (> 0 and < 1))
            throw OutOfRange(nameof(Factor), Factor, "in (0, 1)");
        if (MinimumRate is not (>= 0 and < double.PositiveInfinity))
            throw OutOfRange(nameof(MinimumRate), MinimumRate, "at least 0 and finite");
        if (MinimumRate >= peak)
            throw OutOfRange(nameof(MinimumRate), MinimumRate, FormattableString.Invariant($"below option {nameof(DeepYeastTrainer.Options.LearningRate)}, which is {peak}, or the rate can never fall"));
        Improvement.Validate(nameof(DeepYeastTrainer.Options.Schedule), Patience, MinimumImprovement, Monitor);
    }

    internal override ScheduleState Start(double peak, long stepCount) => new State(this, peak);

    private sealed class State(PlateauSchedule settings, double peak) : ScheduleState
    {
        private readonly Improvement _improvement = new(settings.Monitor, settings.MinimumImprovement);
        private double _rate = peak;

        public override double At(long step) => _rate;

        public override void EndEpoch(EpochFigures figures)
        {
            // Keras leaves the count of bad epochs running once the rate is at its floor.
            if (_improvement.Take(figures) < settings.Patience || _rate <= settings.MinimumRate)
                return;
            _rate = Math.Max(_rate * settings.Factor, settings.MinimumRate);
            _improvement.Forgive();
        }

        public override void Save(BinaryWriter writer)
        {
            writer.Write(_rate);
            _improvement.Save(writer);
        }

        public override void Load(BinaryReader reader)
        {
            _rate = reader.ReadDouble();
            _improvement.Load(reader);
        }
    }
}
