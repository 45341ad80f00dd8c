namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Where a training stands: what is to be done next, and the figures of the epoch so far.</summary>
internal sealed class TrainingPosition : IResumable
{
    /// <summary>Number of the epoch, from 1.</summary>
    public int Epoch { get; private set; } = 1;

    /// <summary>Index of the next batch of the epoch.</summary>
    public int Batch { get; private set; }

    /// <summary>Gradient steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Figures of the epoch so far.</summary>
    public TrainingFigures Figures { get; set; }

    /// <summary>Goes on to the next batch.</summary>
    public void Advance()
    {
        Batch++;
        Step++;
    }

    /// <summary>Goes on to the next epoch.</summary>
    public void AdvanceEpoch()
    {
        Epoch++;
        Batch = 0;
        Figures = default;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(Batch);
        writer.Write(Step);
        writer.Write(Figures.SummedLoss);
        writer.Write(Figures.Right);
        writer.Write(Figures.Cells);
    }

    public void Load(BinaryReader reader)
    {
        (Epoch, Batch, Step) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        Figures = new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt64());
    }
}
