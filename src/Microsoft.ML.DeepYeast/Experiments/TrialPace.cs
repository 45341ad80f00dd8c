using System.Collections.Concurrent;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>How long trainings take: seconds a cell, by network and batch size, as measured last.</summary>
internal sealed class TrialPace
{
    private readonly ConcurrentDictionary<string, double> _secondsPerCell = new();

    /// <summary>Seconds that a training step takes for a cell; null where it was not measured.</summary>
    public double? SecondsPerCell(TrialSettings settings) => _secondsPerCell.TryGetValue(Key(settings), out double seconds) ? seconds : null;

    /// <summary>Takes a measurement in.</summary>
    public void Add(TrialSettings settings, double seconds, double cells) => _secondsPerCell[Key(settings)] = seconds / cells;

    private static string Key(TrialSettings settings) => $"{settings.Describe()}, {settings.BatchSize}";
}
