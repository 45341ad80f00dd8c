using System.Diagnostics;
using Microsoft.ML.Data;
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

    // Cells that are drawn, which take a gigabyte; with more time a training goes over them several times, up to where it hardly learns any more.
    private const int MostCells = 120_000, MostEpochs = 25;
    private const int FewestCells = 1_000;
    // How long drawing takes is measured on so many, after some that are not.
    private const int CellsOfMeasuredDrawing = 512, CellsBeforeMeasuredDrawing = 256;
    private const uint Salt = 0xD5A27EED;
    private readonly string _folder;
    private readonly List<Network> _networks = [];
    private readonly List<TrainingHistory> _histories = [];
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
    public static TrialSettings Settings { get; } = new() { Dropout = 0, BatchSize = 32, Optimizer = "Muon", LearningRate = 8e-3, WeightDecay = 1e-4, MixupAlpha = 0 };

    /// <summary>The network after each training so far.</summary>
    public IReadOnlyList<Network> Networks => _networks;

    /// <summary>The figures of each training so far.</summary>
    public IReadOnlyList<TrainingHistory> Histories => _histories;

    /// <summary>The newest; null before the first training.</summary>
    public Network? Latest => _networks.Count == 0 ? null : _networks[^1];

    /// <summary>Loads the networks that an earlier run has trained.</summary>
    public void Load(MLContext mlContext)
    {
        while (_networks.Count < MostTrainings && File.Exists(ModelPath(_networks.Count)))
        {
            ExperimentFolder.DeleteIfThere(CheckpointsOf(_networks.Count));   // of a run that was ended before it did
            Add(DeepYeastPredictionTransformer.Of(ModelFile.Load(mlContext.Model, ModelPath(_networks.Count))));
        }
    }

    /// <summary>How it is trained in a given time: on as many different cells as there can be, and as often as it then takes. Null where there is too little time.</summary>
    /// <param name="seconds">The time.</param>
    /// <param name="perVisit">Seconds that the training takes for a cell and epoch.</param>
    /// <param name="perDrawing">Seconds until another cell is drawn, and laid where the training finds it.</param>
    public static DrawingPlan? PlanOf(double seconds, double perVisit, double perDrawing)
    {
        int epochs = (int)Math.Clamp(Math.Ceiling((seconds / MostCells - perDrawing) / perVisit), 1, MostEpochs);
        int cells = (int)Math.Min(MostCells, seconds / (perDrawing + epochs * perVisit));
        return cells < FewestCells ? null : new(cells, epochs);
    }

    /// <summary>Seconds until a cell is drawn and read.</summary>
    /// <exception cref="OperationCanceledException">There was no time for it.</exception>
    public double MeasureDrawing(MLContext mlContext, string featureColumnName, CancellationToken cancellation)
    {
        IDataView drawn = Draw(mlContext, CellsBeforeMeasuredDrawing + CellsOfMeasuredDrawing, seed: 0), cells = Prepare(mlContext, featureColumnName).Fit(drawn).Transform(drawn);
        Stopwatch? watch = null;
        foreach (float[] _ in cells.GetColumn<float[]>(featureColumnName).Skip(CellsBeforeMeasuredDrawing - 1))   // from where the last of these is read: they are drawn in blocks
        {
            cancellation.ThrowIfCancellationRequested();
            watch ??= Stopwatch.StartNew();
        }
        return watch!.Elapsed.TotalSeconds / CellsOfMeasuredDrawing;
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
        IDataView drawn = Draw(mlContext, plan.Cells, SeedOf(seed, training));
        var pipeline = Prepare(mlContext, options.FeatureColumnName).Append(mlContext.MulticlassClassification.Trainers.DeepYeast(options));
        DeepYeastPredictionTransformer model = pipeline.Fit(drawn).LastTransformer;
        if (model.History.Count < plan.Epochs && pause.IsCancellationRequested)
            return false;
        mlContext.Model.SaveAtomically(model, drawn.Schema, ModelPath(training));
        Add(model);
        ExperimentFolder.DeleteIfThere(CheckpointsOf(training));
        return true;
    }

    /// <summary>Deletes what the next training has left, which did not come to its end.</summary>
    public void DeleteCheckpoints() => ExperimentFolder.DeleteIfThere(CheckpointsOf(_networks.Count));

    private void Add(DeepYeastPredictionTransformer model)
    {
        _networks.Add(model.Model);
        _histories.Add(model.History);
    }

    private IDataView Draw(MLContext mlContext, int count, int seed) => mlContext.Data.CreateSyntheticYeastCells(count, seed, _localizations);

    private EstimatorChain<DeepYeastPreprocessingTransformer> Prepare(MLContext mlContext, string featureColumnName)
        => LabelColumn.MapToKeys(mlContext, nameof(SyntheticYeastCells.Row.Label), _localizations).Append(mlContext.Transforms.DeepYeastPreprocess(featureColumnName));

    private string CheckpointsOf(int training) => Path.Combine(_folder, FormattableString.Invariant($"checkpoints-{training + 1}"));

    private string ModelPath(int training) => Path.Combine(_folder, FormattableString.Invariant($"model-{training + 1}.zip"));

    /// <summary>
    /// The seed of the cells that are drawn, far from the experiment's own and those beside it: whoever draws the experiment's cells with its seed must not have them among these.
    /// </summary>
    /// <param name="seed">The experiment's.</param>
    /// <param name="training">Which training, from 0: each has cells of its own.</param>
    internal static int SeedOf(int seed, int training) => (int)(new Xoshiro(((ulong)(uint)seed << 32) | (Salt + (uint)training)).Next() >> 32);
}
