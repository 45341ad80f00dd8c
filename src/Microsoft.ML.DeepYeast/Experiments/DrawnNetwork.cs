using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>
/// A network that is trained on drawn cells, for trials to begin with; and once more, on more of them, where the experiment's classes can be drawn and nothing that was trained on its cells is better.
/// </summary>
internal sealed class DrawnNetwork
{
    /// <summary>Number of trainings that there may be.</summary>
    public const int MostTrainings = 2;

    // Cells that are drawn; with more time a training goes over them several times, up to where it hardly learns any more.
    private const int MostCells = 40_000, MostEpochs = 25;
    private const int FewestCells = 1_000;
    private const uint Salt = 0xD5A27EED;
    private readonly string _folder;
    private readonly List<Network> _networks = [];
    private readonly IReadOnlyList<string> _localizations;

    /// <param name="folder">Where it is kept.</param>
    /// <param name="labels">The experiment's classes: where all of them can be drawn, they are, in their order.</param>
    public DrawnNetwork(string folder, ClassLabels labels)
    {
        _folder = folder;
        KnowsClasses = labels is { AreText: true, Names: { } names } && names.All(DrawnCell.Localizations.Contains);
        _localizations = KnowsClasses ? labels.Names! : LocalizationClasses.Main;
    }

    /// <summary>Whether the experiment's classes are ones that can be drawn.</summary>
    public bool KnowsClasses { get; }

    /// <summary>How it is trained, but for the number of epochs.</summary>
    public static TrialSettings Settings { get; } = new() { Dropout = 0, BatchSize = 32, LearningRate = 4e-3, WeightDecay = 1e-4, MixupAlpha = 0 };

    /// <summary>The network after each training so far.</summary>
    public IReadOnlyList<Network> Networks => _networks;

    /// <summary>The newest; null before the first training.</summary>
    public Network? Latest => _networks.Count == 0 ? null : _networks[^1];

    /// <summary>Loads the networks that an earlier run has trained.</summary>
    public void Load(MLContext mlContext)
    {
        while (_networks.Count < MostTrainings && File.Exists(ModelPath(_networks.Count)))
        {
            ExperimentFolder.DeleteIfThere(CheckpointsOf(_networks.Count));   // of a run that was ended before it did
            _networks.Add(mlContext.Model.LoadDeepYeastNetwork(ModelPath(_networks.Count)));
        }
    }

    /// <summary>How it is trained in a given time; null where there is too little of it.</summary>
    /// <param name="visits">Number of cells that there is time for, each as often as it is trained on.</param>
    public static DrawingPlan? PlanOf(double visits)
    {
        visits = Math.Min(visits, (double)MostCells * MostEpochs);
        int epochs = Math.Max(1, (int)Math.Ceiling(visits / MostCells));
        return visits < FewestCells ? null : new((int)(visits / epochs), epochs);
    }

    /// <summary>Trains it, from the network of the training before if there was one, or goes on where an earlier run was ended.</summary>
    /// <param name="mlContext">Where it is trained.</param>
    /// <param name="options">Options of <see cref="Settings"/>, on whose device it is trained with as many threads.</param>
    /// <param name="plan">How many cells, and how often.</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="pause">Where this ends the training, another run goes on with it; where something else does, the network is what it has learned by then.</param>
    /// <returns>Whether there is a network.</returns>
    public bool TryTrain(MLContext mlContext, DeepYeastTrainer.Options options, DrawingPlan plan, int seed, CancellationToken pause)
    {
        int training = _networks.Count;
        options.Epochs = plan.Epochs;
        if (Latest is not null)
            (options.Network, options.StartingNetwork) = (null, Latest);
        options.Augmentation = new() { HorizontalFlip = true, VerticalFlip = true, QuarterTurns = true };   // they are drawn off the middle as it is
        options.CheckpointFolder = CheckpointsOf(training);
        options.Resume = true;
        options.LabelColumnName = nameof(SyntheticYeastCells.Row.Label);
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(plan.Cells, SeedOf(seed, training), _localizations);
        var pipeline = LabelColumn.MapToKeys(mlContext, options.LabelColumnName, _localizations)
            .Append(mlContext.Transforms.DeepYeastPreprocess(options.FeatureColumnName))
            .Append(mlContext.MulticlassClassification.Trainers.DeepYeast(options));
        DeepYeastPredictionTransformer model = pipeline.Fit(drawn).LastTransformer;
        if (model.History.Count < plan.Epochs && pause.IsCancellationRequested)
            return false;
        mlContext.Model.SaveAtomically(model, drawn.Schema, ModelPath(training));
        _networks.Add(model.Model);
        ExperimentFolder.DeleteIfThere(CheckpointsOf(training));
        return true;
    }

    /// <summary>Deletes what the next training has left, which did not come to its end.</summary>
    public void DeleteCheckpoints() => ExperimentFolder.DeleteIfThere(CheckpointsOf(_networks.Count));

    private string CheckpointsOf(int training) => Path.Combine(_folder, FormattableString.Invariant($"checkpoints-{training + 1}"));

    private string ModelPath(int training) => Path.Combine(_folder, FormattableString.Invariant($"model-{training + 1}.zip"));

    /// <summary>
    /// The seed of the cells that are drawn, far from the experiment's own and those beside it: whoever draws the experiment's cells with its seed must not have them among these.
    /// </summary>
    /// <param name="seed">The experiment's.</param>
    /// <param name="training">Which training, from 0: each has cells of its own.</param>
    internal static int SeedOf(int seed, int training) => (int)(new Xoshiro(((ulong)(uint)seed << 32) | (Salt + (uint)training)).Next() >> 32);
}
