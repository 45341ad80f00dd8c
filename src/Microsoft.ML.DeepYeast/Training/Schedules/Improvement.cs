namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Counts the epochs since a figure was last better than before.</summary>
internal sealed class Improvement(MonitoredFigure monitor, double minimum) : IResumable
{
    // Keras, ReduceLROnPlateau: min_delta.
    public const double KerasPlateauDelta = 1e-4;

    private double _best = double.NegativeInfinity;
    private int _waited;

    /// <summary>Checks the settings of an option that counts so.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="patience">Epochs without a better figure that it waits for.</param>
    /// <param name="minimum">By how much a figure must be better.</param>
    /// <param name="monitor">Which figure.</param>
    public static void Validate(string option, int patience, double minimum, MonitoredFigure monitor)
    {
        if (patience < 1)
            throw DeepYeastTrainer.Options.OutOfRange($"{option}.Patience", patience, "at least 1");
        if (minimum is not (>= 0 and < double.PositiveInfinity))
            throw DeepYeastTrainer.Options.OutOfRange($"{option}.MinimumImprovement", minimum, "at least 0 and finite");
        if (!Enum.IsDefined(monitor))
            throw DeepYeastTrainer.Options.OutOfRange($"{option}.Monitor", monitor, "ValidationAccuracy or ValidationLoss");
    }

    /// <summary>Takes in the figures of an epoch, and gives the number of epochs since the best one.</summary>
    public int Take(EpochFigures figures)
    {
        double value = monitor == MonitoredFigure.ValidationAccuracy ? figures.ValidationAccuracy!.Value : -figures.ValidationLoss!.Value;
        if (value > _best + minimum)
            (_best, _waited) = (value, 0);
        else
            _waited++;
        return _waited;
    }

    /// <summary>Counts anew, from the same best.</summary>
    public void Forgive() => _waited = 0;

    public void Save(BinaryWriter writer)
    {
        writer.Write(_best);
        writer.Write(_waited);
    }

    public void Load(BinaryReader reader)
    {
        _best = reader.ReadDouble();
        _waited = reader.ReadInt32();
    }
}
