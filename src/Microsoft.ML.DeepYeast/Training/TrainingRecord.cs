using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>What a training writes down as it goes: its epochs and the time that it took, over all interruptions.</summary>
internal sealed class TrainingRecord(Stopwatch clock) : IResumable
{
    private TimeSpan _before;
    private IReadOnlyList<EpochFigures> _epochs = [];

    /// <summary>Time since Fit began, and in the runs that this one goes on from.</summary>
    public TimeSpan Elapsed => _before + clock.Elapsed;

    public void Add(EpochFigures figures) => _epochs = [.. _epochs, figures];

    /// <summary>Number of completed epochs.</summary>
    public int Count => _epochs.Count;

    public TrainingHistory ToHistory(int? bestEpoch) => new(_epochs, bestEpoch);

    public void Save(BinaryWriter writer)
    {
        writer.Write(Elapsed.Ticks);
        ToHistory(null).Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        _before = new TimeSpan(reader.ReadInt64()) - clock.Elapsed;
        _epochs = [.. TrainingHistory.Load(reader)];
    }
}
