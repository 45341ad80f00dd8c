using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>A network that is trained on drawn cells, for trials to begin with.</summary>
internal sealed class DrawnNetwork
{
    // Cells that are drawn; with more time the training goes over them several times.
    private const int MostCells = 40_000;
    private const int FewestCells = 1_000;
    private const uint Salt = 0xD5A27EED;
    private const string ModelFileName = "model.zip", CheckpointFolderName = "checkpoints";

    private readonly string _folder;
    private readonly IReadOnlyList<string> _localizations;

    /// <param name="folder">Where it is kept.</param>
    /// <param name="labels">The experiment's classes: where all of them can be drawn, they are, in their order.</param>
    public DrawnNetwork(string folder, ClassLabels labels)
    {
        _folder = folder;
        KnowsClasses = labels.Names is { } names && names.All(DrawnCell.Localizations.Contains);
        _localizations = KnowsClasses ? labels.Names! : LocalizationClasses.Main;
    }

    /// <summary>Whether the experiment's classes are ones that can be drawn.</summary>
    public bool KnowsClasses { get; }

    /// <summary>How it is trained, but for the number of epochs.</summary>
    public static TrialSettings Settings { get; } = new() { BatchSize = 32, LearningRate = 2e-3, WeightDecay = 1e-4, MixupAlpha = 0 };

    /// <summary>The network; null before it is trained.</summary>
    public Network? Network { get; private set; }

    private string ModelPath => Path.Combine(_folder, ModelFileName);

    /// <summary>Loads the network, where an earlier run has trained it.</summary>
    public void TryLoad(MLContext mlContext)
    {
        if (File.Exists(ModelPath))
            Network = mlContext.Model.LoadDeepYeastNetwork(ModelPath);
    }

    /// <summary>How it is trained in a given time; null where there is too little of it.</summary>
    /// <param name="visits">Number of cells that there is time for, each as often as it is trained on.</param>
    public static DrawingPlan? PlanOf(double visits)
    {
        int epochs = Math.Max(1, (int)Math.Ceiling(visits / MostCells));
        return visits < FewestCells ? null : new((int)(visits / epochs), epochs);
    }

    /// <summary>Trains it, or goes on where an earlier run was ended.</summary>
    /// <param name="mlContext">Where it is trained.</param>
    /// <param name="options">Options of <see cref="Settings"/>, on whose device it is trained with as many threads.</param>
    /// <param name="plan">How many cells, and how often.</param>
    /// <param name="seed">The experiment's seed.</param>
    public void Train(MLContext mlContext, DeepYeastTrainer.Options options, DrawingPlan plan, int seed)
    {
        options.Epochs = plan.Epochs;
        options.CheckpointFolder = Path.Combine(_folder, CheckpointFolderName);
        options.Resume = true;
        options.LabelColumnName = nameof(SyntheticYeastCells.Row.Label);
        options.FeatureColumnName = DeepYeastTrainer.Defaults.FeatureColumnName;
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(plan.Cells, SeedOf(seed), _localizations);
        var pipeline = LabelColumn.MapToKeys(mlContext, options.LabelColumnName, _localizations)
            .Append(mlContext.Transforms.DeepYeastPreprocess(options.FeatureColumnName))
            .Append(mlContext.MulticlassClassification.Trainers.DeepYeast(options));
        DeepYeastPredictionTransformer model = pipeline.Fit(drawn).LastTransformer;
        mlContext.Model.SaveAtomically(model, drawn.Schema, ModelPath);
        Network = model.Model;
        DeleteCheckpoints();
    }

    /// <summary>Deletes what a training has left that did not come to its end.</summary>
    public void DeleteCheckpoints()
    {
        string checkpoints = Path.Combine(_folder, CheckpointFolderName);
        if (Directory.Exists(checkpoints))
            Directory.Delete(checkpoints, recursive: true);
    }

    /// <summary>
    /// The seed of the cells that are drawn, far from the experiment's own and those beside it: whoever draws the experiment's cells with its seed must not have them among these.
    /// </summary>
    internal static int SeedOf(int seed) => (int)(new Xoshiro(((ulong)(uint)seed << 32) | Salt).Next() >> 32);
}
