using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>The weights after the epoch with the highest validation accuracy, or of several the one with the lowest validation loss.</summary>
internal sealed class BestNetwork : IResumable
{
    private double _accuracy, _loss;

    /// <summary>The network; null before the first validation.</summary>
    public Network? Network { get; private set; }

    /// <summary>Number of its epoch.</summary>
    public int Epoch { get; private set; }

    /// <summary>Takes in an epoch that was validated.</summary>
    public void EndEpoch(EpochFigures figures, Func<Network> current)
    {
        (double accuracy, double loss) = (figures.ValidationAccuracy!.Value, figures.ValidationLoss!.Value);
        if (Network is not null && (accuracy < _accuracy || (accuracy == _accuracy && !(loss < _loss))))
            return;
        (Network, Epoch, _accuracy, _loss) = (current(), figures.Epoch, accuracy, loss);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Network is not null);
        if (Network is null)
            return;
        writer.Write(Epoch);
        writer.Write(_accuracy);
        writer.Write(_loss);
        NetworkStream.WriteSized(writer, Network);
    }

    public void Load(BinaryReader reader)
    {
        if (!reader.ReadBoolean())
            return;
        (Epoch, _accuracy, _loss) = (reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble());
        Network = NetworkStream.ReadSized(reader);
    }
}
