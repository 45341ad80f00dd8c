using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>How long an experiment searches, what it tries, and by which figure it chooses.</summary>
public sealed class DeepYeastExperimentSettings
{
    // That of ML.NET's own experiments.
    private const uint SecondsOfADay = 24 * 60 * 60;
    // Li et al., arXiv:1810.05934, take 4, and 3 in its predecessor; with few trials the smaller one loses fewer good ones.
    private const int DefaultReductionFactor = 3;

    /// <summary>Seconds that the whole experiment may take, with the last training; earlier runs of the same <see cref="CacheDirectoryName"/> count as well. At least 1.</summary>
    public uint MaxExperimentTimeInSeconds { get; set; } = SecondsOfADay;

    /// <summary>Number of trials after which no other begins, at least 1; null for as many as there is time for.</summary>
    public int? MaxModels { get; set; }

    /// <summary>The figure of the validation cells that chooses.</summary>
    public ExperimentMetric OptimizingMetric { get; set; } = ExperimentMetric.MicroAccuracy;

    /// <summary>What is tried; at least one.</summary>
    public ICollection<ExperimentTrainer> Trainers { get; private set; } = [.. Enum.GetValues<ExperimentTrainer>()];

    /// <summary>
    /// A network whose weights trainings may begin with, and whose features the baselines may learn from; null for none. It reads cells of the experiment's shape and is tried besides
    /// <see cref="Trainers"/>. Trainings that begin with it get a new head, unless <see cref="StartingNetworkClassNames"/> are the classes of the experiment. It must not have learned from any of the experiment's cells, as
    /// the best of an earlier experiment with them has: whatever begins with it would then do too well on those held out, and be chosen for it.
    /// </summary>
    public Network? StartingNetwork { get; set; }

    /// <summary>
    /// What the outputs of <see cref="StartingNetwork"/> stand for, in their order, as <see cref="DeepYeastPredictionTransformer.ClassNames"/> says it; null where that is not known. If the experiment's labels are text and have
    /// the same classes, the network is also judged as it is, and trainings keep its head. Labels that are keys already must have them in the same order for it.
    /// </summary>
    public IReadOnlyList<string>? StartingNetworkClassNames { get; set; }

    /// <summary>
    /// Whether a network is first trained on drawn cells, for trainings to begin with: for up to an eighth of the time, and on up to 120,000 cells, which take a gigabyte. Where all classes are ones
    /// that can be drawn (<see cref="LocalizationClasses"/>) it is also judged as it is, and if nothing that has learned from the cells is better, trained on more drawn ones for most of the time that
    /// is left. Cells of 2 x 64 x 64 only. It is of the architecture of DeepYeastPooled, which must be among <see cref="Trainers"/>.
    /// </summary>
    public bool PretrainOnDrawnCells { get; set; } = true;

    /// <summary>One in so many trainings goes on after a ninth and after a third of its epochs (for 3, the default), at least 2; or 1 for a random search: each one is trained to its end.</summary>
    public int ReductionFactor { get; set; } = DefaultReductionFactor;

    /// <summary>
    /// Whether the best is trained once more at the end, on all cells, those by which it was chosen included. Rows that were given for validation alone are never trained on. A part of the
    /// time is kept for it.
    /// </summary>
    public bool Refit { get; set; } = true;

    /// <summary>
    /// Folder where trials, models and checkpoints are kept, so that an experiment that was killed goes on where it stopped when it is executed again. Null for a temporary folder, which
    /// is deleted when the result is disposed.
    /// </summary>
    public string? CacheDirectoryName { get; set; }

    /// <summary>Ends the experiment early: it gives the best model so far.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Name of the features, where the prepared rows have them: a vector of floats in [-1, 1], (channel, row, column).</summary>
    public string FeatureColumnName { get; set; } = DeepYeastTrainer.Defaults.FeatureColumnName;

    /// <summary>Seed of what is drawn at random. Null takes the MLContext's seed, and without one 0. With a time limit the same seed need not give the same trials.</summary>
    public int? Seed { get; set; }

    /// <summary>Where networks are computed.</summary>
    public ComputeDevice Device { get; set; } = ComputeDevice.Auto;

    /// <summary>What trainings compute in.</summary>
    public Precision Precision { get; set; } = Precision.Auto;

    /// <summary>Trials that are worked on side by side, at least 1; null for one a core, up to four, on a CPU, and one on a GPU. The cores are shared among them.</summary>
    public int? MaxConcurrentTrials { get; set; }

    /// <summary>Called every second or so with what goes on (while cells are read every some hundred rows), on one thread at a time; null for no reports. What it throws ends the experiment.</summary>
    public Action<ExperimentProgress>? ProgressCallback { get; set; }

    /// <summary>Whether settings that are known to work are tried before others are drawn; for comparisons of searches.</summary>
    internal bool BeginsWithRecipes { get; set; } = true;

    /// <summary>Whether the starting network's outputs stand for these classes.</summary>
    internal bool StartingNetworkKnows(ClassLabels labels) => StartingNetworkClassNames is { } names && labels is { AreText: true, Names: { } classes } && names.SequenceEqual(classes);

    internal DeepYeastExperimentSettings Copy()
    {
        var copy = (DeepYeastExperimentSettings)MemberwiseClone();
        copy.Trainers = [.. Trainers];
        copy.StartingNetworkClassNames = StartingNetworkClassNames is null ? null : [.. StartingNetworkClassNames];
        return copy;
    }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(FeatureColumnName);
        if (MaxExperimentTimeInSeconds == 0)
            throw DeepYeastTrainer.Options.OutOfRange(nameof(MaxExperimentTimeInSeconds), MaxExperimentTimeInSeconds, "at least 1");
        if (MaxModels < 1)
            throw DeepYeastTrainer.Options.OutOfRange(nameof(MaxModels), MaxModels, "at least 1, or null for no limit");
        if (!Enum.IsDefined(OptimizingMetric))
            throw DeepYeastTrainer.Options.OutOfRange(nameof(OptimizingMetric), OptimizingMetric, string.Join(", ", Enum.GetNames<ExperimentMetric>()));
        if (Trainers.Count == 0 && StartingNetwork is null)
            throw new ArgumentException($"Option {nameof(Trainers)} is empty, so there is nothing to try. Leave at least one in it.");
        foreach (ExperimentTrainer trainer in Trainers)
        {
            if (!Enum.IsDefined(trainer))
                throw DeepYeastTrainer.Options.OutOfRange(nameof(Trainers), trainer, string.Join(", ", Enum.GetNames<ExperimentTrainer>()));
        }
        StartingNetwork?.Graph.RequireClassifier(nameof(StartingNetwork));
        if (StartingNetworkClassNames is not null)
        {
            if (StartingNetwork?.Graph.ClassCount != StartingNetworkClassNames.Count)
            {
                throw new ArgumentException(
                    $"Option {nameof(StartingNetworkClassNames)} has {StartingNetworkClassNames.Count} names, but {(StartingNetwork is null ? $"option {nameof(StartingNetwork)} is null" : $"the starting network has {StartingNetwork.Graph.ClassCount} classes")}. Give a name for each of its classes, in the order of its outputs, or null.");
            }
            ClassLabels.CheckNames(StartingNetworkClassNames);
        }
        if (ReductionFactor < 1)
            throw DeepYeastTrainer.Options.OutOfRange(nameof(ReductionFactor), ReductionFactor, "at least 1");
        if (CacheDirectoryName is not null)
            ArgumentException.ThrowIfNullOrWhiteSpace(CacheDirectoryName);
        if (MaxConcurrentTrials < 1)
            throw DeepYeastTrainer.Options.OutOfRange(nameof(MaxConcurrentTrials), MaxConcurrentTrials, "at least 1, or null");
        Precision.Validate(nameof(Precision));
    }
}
