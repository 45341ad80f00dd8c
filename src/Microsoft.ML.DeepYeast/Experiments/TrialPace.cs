using System.Collections.Concurrent;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>How long trainings and their judging take, by network and batch size, and trainings by optimizer as well, as measured last.</summary>
/// <param name="known">What an earlier run has measured.</param>
internal sealed class TrialPace(TrialPace.Seconds known)
{
    private readonly ConcurrentDictionary<string, double> _training = new(known.Training), _scoring = new(known.Scoring);

    /// <summary>What was measured so far.</summary>
    public Seconds Known => new(new Dictionary<string, double>(_training), new Dictionary<string, double>(_scoring));

    /// <summary>Seconds that a training takes for a cell and epoch; null where it was not measured.</summary>
    public double? SecondsPerCell(TrialSettings settings) => _training.TryGetValue(TrainingKey(settings), out double seconds) ? seconds : null;

    /// <summary>Seconds that scoring takes for a cell: where it was not measured as many as training, which computes more but in lower precision; 0 where neither was.</summary>
    public double SecondsPerScoredCell(TrialSettings settings) => _scoring.TryGetValue(Key(settings), out double seconds) ? seconds : SecondsPerCell(settings) ?? 0;

    /// <summary>Takes in how long a training took for a cell and epoch.</summary>
    public void AddTraining(TrialSettings settings, double secondsPerCell) => _training[TrainingKey(settings)] = secondsPerCell;

    /// <summary>Takes in how long scoring took for a cell.</summary>
    public void AddScoring(TrialSettings settings, double secondsPerCell) => _scoring[Key(settings)] = secondsPerCell;

    /// <summary>Seconds for a cell, by what they depend on.</summary>
    /// <param name="Training">Of a training, each epoch.</param>
    /// <param name="Scoring">Of scoring.</param>
    public sealed record Seconds(IReadOnlyDictionary<string, double> Training, IReadOnlyDictionary<string, double> Scoring)
    {
        /// <summary>Nothing measured yet.</summary>
        public static Seconds None { get; } = new(new Dictionary<string, double>(), new Dictionary<string, double>());
    }

    // A step of Muon takes several times that of Adam where kernels are large and maps are small.
    private static string TrainingKey(TrialSettings settings) => $"{Key(settings)}, {settings.Optimizer}";

    private static string Key(TrialSettings settings) => $"{settings.Describe()}, {settings.BatchSize}";
}
