using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Trains a convolutional network to tell classes of cells apart, in torch, on the GPU where there is one.
/// </summary>
/// <remarks>
/// <para>Made by <see cref="DeepYeastCatalog.DeepYeast(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string)"/>.</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Features (input)</term><description>Vector of floats in [-1, 1], (channel, row, column); a plain vector of 8192 is read as 2 x 64 x 64.</description></item>
/// <item><term>Label (input)</term><description>Key with at least 2 values.</description></item>
/// <item><term>Score (output)</term><description>Vector of floats: a probability for each class, in the order of the keys; they sum to 1.</description></item>
/// <item><term>PredictedLabel (output)</term><description>Key: the class with the highest score.</description></item>
/// </list>
/// <para>The features need no normalization. Fit reads the data once and keeps it in memory (or on the GPU): one byte a value where the
/// values are 8-bit grey levels scaled to [-1, 1], else four. Caching the data before the trainer gains nothing.</para>
/// </remarks>
public sealed partial class DeepYeastTrainer : ITrainerEstimator<DeepYeastPredictionTransformer, Network>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal DeepYeastTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options.Copy();
        _host = environment.Register(nameof(DeepYeastTrainer));
    }

    /// <summary>What ML.NET may know of the trainer: no normalization or caching wanted, validation data supported.</summary>
    public TrainerInfo Info => TrainerTraits.Info;

    /// <summary>Trains on all rows, or on those that <see cref="Options.ValidationFraction"/> leaves.</summary>
    /// <param name="input">Rows with the label and the features.</param>
    /// <returns>The transformer that adds <c>Score</c> and <c>PredictedLabel</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type; the message says which and what to do.</exception>
    /// <exception cref="ArgumentException">The cells are too small for the architecture.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are fewer than 2 usable rows; the network, the class weights or the augmentation do not fit the cells and classes; an option needs validation cells; the
    /// loss is no longer a number; the device is not there; or the checkpoints in the folder are those of another training. The message says what to do.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    /// <exception cref="IOException">The folder for checkpoints cannot be written to.</exception>
    /// <exception cref="DllNotFoundException">libtorch is not installed; the message says what to install.</exception>
    public DeepYeastPredictionTransformer Fit(IDataView input) => Fit(input, validationData: null);

    /// <summary>Trains, and validates after each epoch on rows of their own.</summary>
    /// <param name="trainData">Rows with the label and the features.</param>
    /// <param name="validationData">Rows that went through the same pipeline steps; their label must have the same keys. Null for none.</param>
    /// <returns>The transformer that adds <c>Score</c> and <c>PredictedLabel</c>.</returns>
    /// <exception cref="ArgumentException">Validation data is given and <see cref="Options.ValidationFraction"/> is not 0.</exception>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public DeepYeastPredictionTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        if (validationData is not null && _options.ValidationFraction > 0)
            throw new ArgumentException(FormattableString.Invariant($"Validation data is given and option {nameof(Options.ValidationFraction)} is {_options.ValidationFraction}; use one of them."), nameof(validationData));

        (Network network, TrainingHistory history) = Prepare(trainData, validationData, _options.CheckpointFolder, loop => loop.Train());
        return new(_host, network, _options.FeatureColumnName, ClassLabels.Of(trainData.Schema[_options.LabelColumnName]), _options.Device, history, _options.TestTimeAugmentation);
    }

    /// <summary>Runs a learning-rate range test with these options.</summary>
    internal LearningRateRange FindLearningRate(IDataView trainData, LearningRateFinder finder)
        => Prepare(trainData, validationData: null, checkpointFolder: null, loop => loop.FindLearningRate(finder));

    /// <summary>Runs a learning-rate range test on cells that are in memory already.</summary>
    internal LearningRateRange FindLearningRate(CellSet set, int[] rows, LearningRateFinder finder)
        => Prepare(set, rows, checkpointFolder: null, loop => loop.FindLearningRate(finder));

    /// <summary>How long a training on cells that are in memory takes, in seconds a cell and epoch.</summary>
    /// <param name="set">The cells, which stay the caller's.</param>
    /// <param name="rows">Which of them to train on.</param>
    /// <param name="steps">Gradient steps that are measured, after some that are not.</param>
    internal double MeasurePace(CellSet set, int[] rows, int steps) => Prepare(set, rows, checkpointFolder: null, loop => loop.MeasurePace(steps));

    /// <summary>Trains on cells that are in memory already, to the end of an epoch; with a folder for checkpoints another call goes on from there.</summary>
    /// <param name="set">The cells, which stay the caller's.</param>
    /// <param name="rows">Which of them to train on.</param>
    /// <param name="lastEpoch">The epoch to stop after, as if it were the last; null for all that the options say.</param>
    internal DeepYeastPredictionTransformer Fit(CellSet set, int[] rows, int? lastEpoch = null)
    {
        (Network network, TrainingHistory history) = Prepare(set, rows, _options.CheckpointFolder, loop => loop.Train(lastEpoch));
        return new(_host, network, _options.FeatureColumnName, set.Labels, _options.Device, history, _options.TestTimeAugmentation);
    }

    /// <summary>Checks the data, reads it, makes the network, and hands the loop that would train it to <paramref name="use"/>.</summary>
    /// <param name="trainData">The rows to train on.</param>
    /// <param name="validationData">Rows to validate on; null for none, or for a share of the training rows.</param>
    /// <param name="checkpointFolder">Where the loop puts checkpoints, and goes on from where that is asked for; null for none.</param>
    /// <param name="use">Gets the loop.</param>
    private T Prepare<T>(IDataView trainData, IDataView? validationData, string? checkpointFolder, Func<TrainingLoop, T> use)
    {
        (DataViewSchema.Column label, int classCount) = LabelColumn.Check(trainData.Schema, _options.LabelColumnName);
        (DataViewSchema.Column _, CellShape shape) = FeatureColumn.Find(trainData.Schema, _options.FeatureColumnName);
        NetworkGraph graph = CheckGraph(shape, classCount);
        if (validationData is not null)
            CheckValidation(validationData.Schema, label, shape);

        return Compute(checkpointFolder, session =>
        {
            var reader = new CellReader(session.Run, _options.FeatureColumnName, _options.LabelColumnName, graph.InputShape);
            using TrainingCells cells = reader.Read(trainData, session.Device, "training", rows => ReportReading(rows, session.Clock));
            using TrainingCells? separate = validationData is null ? null
                : reader.Read(validationData, session.Device, "validation", rows => ReportReading(rows, session.Clock));
            (int[] trainingRows, int[] heldRows) = ValidationSplit.Split(cells.Classes(), _options.ValidationFraction, session.Random.Create(RandomDraw.ValidationSplit));
            if (trainingRows.Length < 2)
            {
                string held = heldRows.Length == 0 ? "" : $", since option {nameof(Options.ValidationFraction)} sets {heldRows.Length} aside";
                throw new InvalidOperationException($"The training data has {trainingRows.Length} usable rows{held}, but training needs at least 2.");
            }
            if (_options.ValidationFraction > 0 && heldRows.Length == 0)
                session.Run.Warning(FormattableString.Invariant($"Option {nameof(Options.ValidationFraction)} is {_options.ValidationFraction}, which of {trainingRows.Length} rows sets none aside: there is no validation."));
            (TrainingCells, int[])? validation = separate is not null ? (separate, [.. Enumerable.Range(0, separate.Count)])
                : heldRows.Length > 0 ? (cells, heldRows) : null;
            return UseLoop(session, graph, ClassLabels.Of(label), cells, trainingRows, validation, use);
        });
    }

    private T Prepare<T>(CellSet set, int[] rows, string? checkpointFolder, Func<TrainingLoop, T> use)
    {
        NetworkGraph graph = CheckGraph(set.Shape, set.Labels.Count);
        return Compute(checkpointFolder, session => UseLoop(session, graph, set.Labels, set.Cells, rows, validation: null, use));
    }

    /// <summary>Takes the device, the threads and what else a training needs of libtorch for as long as <paramref name="use"/> computes.</summary>
    private T Compute<T>(string? checkpointFolder, Func<Session, T> use)
    {
        using var run = new Run(_host, "Training", _options.CancellationToken);
        CheckpointStore? checkpoints = checkpointFolder is null ? null : OpenCheckpoints(checkpointFolder, run);
        torch.Device device = _options.Device.Resolve(_host);
        using ComputeThreads.Scope threads = ComputeThreads.Take(_options.Threads);
        try
        {
            var clock = Stopwatch.StartNew();
            Precision precision = _options.Precision.Resolve(device, training: true);
            using ProductRounding.Scope rounding = ProductRounding.Enter(precision, device);
            CheckpointStore.Found? newest = _options.Resume ? checkpoints?.FindNewest() : null;
            int seed = _options.Seed ?? CatalogEnvironment.SettingsOf(_host).Seed ?? newest?.Manifest.Seed ?? Random.Shared.Next();
            using var scope = torch.NewDisposeScope();
            using var noInference = torch.inference_mode(false);   // whatever the caller's code has set
            return use(new(run, device, precision, checkpoints, newest, seed, clock));
        }
        finally
        {
            NativeHeap.Trim();
        }
    }

    private T UseLoop<T>(
        Session session, NetworkGraph graph, ClassLabels labels, TrainingCells cells, int[] trainingRows, (TrainingCells Cells, int[] Rows)? validation, Func<TrainingLoop, T> use)
    {
        string toValidateOn = validation is not { } held ? "" : held.Cells == cells ? $", {held.Rows.Length:N0} of the rows set aside to validate on" : $", {held.Rows.Length:N0} to validate on";
        session.Run.Info($"Training {graph.Name} ({graph.TrainableParameterCount:N0} parameters) on {session.Device} in {session.Precision} precision, seed {session.Seed}: {trainingRows.Length:N0} cells of {graph.ClassCount} classes{toValidateOn}.");
        long[] classes = cells.Classes();
        double[]? classWeights = _options.ClassWeights.For([.. trainingRows.Select(row => classes[row])], graph.ClassCount);

        using var network = new TorchNetwork(CreateNetwork(graph, session.Random.Create(RandomDraw.Weights)), session.Device, _options.FreezeThrough, bfloat16: session.Precision == Precision.Mixed);
        using var loop = new TrainingLoop(network, _options, cells, trainingRows, validation, classWeights, session.Random, session.Run, session.Clock);
        if (session.Checkpoints is not null)
        {
            Dictionary<string, string> settings = TrainingFingerprint.Of(_options, graph, labels, session.Precision, classWeights, cells, trainingRows, validation?.Cells);
            if (session.Newest is not null)
                loop.Resume(session.Newest.Path, session.Seed, settings);
            else if (_options.Resume)
                session.Run.Info($"There is no checkpoint in '{_options.CheckpointFolder}': the training begins anew.");
            loop.KeepCheckpoints(session.Checkpoints, session.Seed, settings);
        }
        return use(loop);
    }

    private CheckpointStore OpenCheckpoints(string folder, Run run)
    {
        var store = new CheckpointStore(folder, _options.CheckpointInterval, run);
        return _options.Resume || !store.HasAny ? store : throw new InvalidOperationException(
            $"Option {nameof(Options.CheckpointFolder)} is '{folder}', which has checkpoints of an earlier training. " +
            $"Set option {nameof(Options.Resume)} to go on from them, or choose another folder to begin anew.");
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _options.FeatureColumnName);
        return ScoreColumns.AppendTo(inputSchema, _options.LabelColumnName);
    }

    private NetworkGraph CheckGraph(CellShape shape, int classCount)
    {
        NetworkGraph graph = CreateGraph(shape, classCount);
        _options.Augmentation.Check(shape);
        _options.ClassWeights.Check(classCount);
        return graph;
    }

    private NetworkGraph CreateGraph(CellShape shape, int classCount)
    {
        if (_options.StartingNetwork is null)
        {
            Func<CellShape, int, NetworkGraph> architecture = _options.Network ?? Networks.DeepYeast;
            return Check(nameof(Options.Network), architecture(shape, classCount), shape, classCount);
        }
        NetworkGraph start = _options.StartingNetwork.Graph;
        return Check(nameof(Options.StartingNetwork), start.ClassCount == classCount ? start : start.ReplaceHead(classCount), shape, classCount);
    }

    private static NetworkGraph Check(string option, NetworkGraph? graph, CellShape shape, int classCount)
        => graph is { IsClassifier: true, TrainableParameterCount: > 0 } && graph.InputShape == shape && graph.ClassCount == classCount
            ? graph
            : throw new InvalidOperationException(
                $"Option {option} must give a network that ends with a softmax, for cells of {shape} with {classCount} classes, but gave " +
                (graph is null ? "null." : graph.TrainableParameterCount == 0 ? "one without weights to train." : $"one that ends with '{graph.Layers[^1].Name}' ({graph.Layers[^1].TypeName}), for cells of {graph.InputShape} with {graph.ClassCount} classes."));

    private Network CreateNetwork(NetworkGraph graph, Random random)
        => _options.StartingNetwork is not { } start ? Network.Initialize(graph, random)
            : start.Graph.ClassCount == graph.ClassCount ? start
            : start.ReplaceHead(graph.ClassCount, random);

    private void CheckValidation(DataViewSchema schema, DataViewSchema.Column label, CellShape shape)
    {
        FeatureColumn.Check(schema, _options.FeatureColumnName, shape);
        (DataViewSchema.Column column, _) = LabelColumn.Check(schema, _options.LabelColumnName);
        if (!ClassLabels.Of(label).Equals(ClassLabels.Of(column)))
        {
            throw ColumnErrors.Mismatch(
                $"Label column '{_options.LabelColumnName}' of the validation data has other keys than that of the training data. " +
                "Fit MapValueToKey on the training data and transform the validation data with the result.");
        }
    }

    private void ReportReading(long rows, Stopwatch clock)
        => _options.ProgressCallback?.Invoke(new() { Phase = TrainingPhase.Reading, EpochCount = _options.Epochs, CellsDone = rows, Elapsed = clock.Elapsed });

    /// <summary>What a training has at hand while it computes.</summary>
    private sealed record Session(
        Run Run, torch.Device Device, Precision Precision, CheckpointStore? Checkpoints, CheckpointStore.Found? Newest, int Seed, Stopwatch Clock)
    {
        public RandomStreams Random { get; } = new(Seed);
    }
}
