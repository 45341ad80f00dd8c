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

    internal void Validate() => Improvement.Validate(nameof(DeepYeastTrainer.Options.EarlyStopping), Patience, MinimumImprovement, Monitor);

    internal State Start() => new(this);

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
