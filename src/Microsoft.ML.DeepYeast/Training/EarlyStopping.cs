using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>Ends a training once a figure of the validation cells has not become better for some epochs, as Keras's EarlyStopping does.</summary>
public sealed record EarlyStopping
{
    private const int DefaultPatience = 10;

    /// <summary>Epochs without a better figure after which the training ends, at least 1.</summary>
    public int Patience { get; init; } = DefaultPatience;

    /// <summary>By how much a figure must beat the best so far to count as better, 0 or more.</summary>
    public double MinimumImprovement { get; init; }

    /// <summary>Which figure.</summary>
    public MonitoredFigure Monitor { get; init; } = MonitoredFigure.ValidationAccuracy;

    internal void Validate()
    {
        if (Patience < 1)
            throw OutOfRange(nameof(Patience), Patience, "at least 1");
        if (MinimumImprovement is not (>= 0 and < double.PositiveInfinity))
            throw OutOfRange(nameof(MinimumImprovement), MinimumImprovement, "at least 0 and finite");
        if (!Enum.IsDefined(Monitor))
            throw OutOfRange(nameof(Monitor), Monitor, "ValidationAccuracy or ValidationLoss");
    }

    internal State Start() => new(this);

    private static ArgumentOutOfRangeException OutOfRange(string setting, object value, string range)
        => DeepYeastTrainer.Options.OutOfRange($"{nameof(DeepYeastTrainer.Options.EarlyStopping)}.{setting}", value, range);

    internal sealed class State(EarlyStopping settings) : IResumable
    {
        private readonly Improvement _improvement = new(settings.Monitor, settings.MinimumImprovement);

        /// <summary>Whether the training is over.</summary>
        public bool Stops { get; private set; }

        public void EndEpoch(EpochFigures figures) => Stops = _improvement.Take(figures) >= settings.Patience;

        public void Save(BinaryWriter writer)
        {
            _improvement.Save(writer);
            writer.Write(Stops);
        }

        public void Load(BinaryReader reader)
        {
            _improvement.Load(reader);
            Stops = reader.ReadBoolean();
        }
    }
}
