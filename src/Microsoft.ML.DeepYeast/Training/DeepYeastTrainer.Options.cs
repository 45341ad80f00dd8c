using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.DeepYeast;

public sealed partial class DeepYeastTrainer
{
    /// <summary>Settings of a <see cref="DeepYeastTrainer"/>. Values out of range make the trainer's constructor throw.</summary>
    public sealed class Options
    {
        /// <summary>Name of the label: a key column with at least 2 values. Rows with a missing label are skipped.</summary>
        public string LabelColumnName { get; set; } = Defaults.LabelColumnName;

        /// <summary>
        /// Name of the features: a vector of floats in [-1, 1] in (channel, row, column) order, as DeepYeastPreprocess gives it. Rows with
        /// values that are not finite are skipped.
        /// </summary>
        public string FeatureColumnName { get; set; } = Defaults.FeatureColumnName;

        /// <summary>
        /// The architecture: a function from the cells' shape and the number of classes to a graph. <see cref="Networks"/> has the library's own.
        /// Null takes that of <see cref="StartingNetwork"/>, and without one <see cref="Networks.DeepYeast(CellShape, int)"/>.
        /// </summary>
        public Func<CellShape, int, NetworkGraph>? Network { get; set; }

        /// <summary>
        /// The network whose weights the training begins with, from a weight file, a model file or a fitted transformer
        /// (<see cref="NetworkTransformer.Model"/>); null begins with weights drawn anew. Where its number of classes is not that of the
        /// label, its last dense layer is drawn anew with the right width; where it is, that layer is kept, whatever the keys were called: for other
        /// classes, or the same in another order, give <see cref="Network.ReplaceHead(int, int)"/> of it. It is not changed.
        /// </summary>
        public Network? StartingNetwork { get; set; }

        /// <summary>
        /// Name of a layer of <see cref="StartingNetwork"/> that, with all that it depends on, the training leaves as it is; its batch
        /// normalizations keep to their moving statistics, while its dropouts, as in Keras, still drop. Null trains every layer.
        /// </summary>
        public string? FreezeThrough { get; set; }

        /// <summary>How often the training goes over all cells, at least 1. With <see cref="CosineSchedule"/> the step size falls to zero over these epochs.</summary>
        [Range(5, 100, init: Defaults.Epochs, logBase: true)]
        public int Epochs { get; set; } = Defaults.Epochs;

        /// <summary>
        /// Cells a gradient step, at least 2, since one cell alone has no batch variance. On a GPU, and with many thousand cells, 64 is faster.
        /// </summary>
        [Range(16, 256, init: Defaults.BatchSize, logBase: true)]
        public int BatchSize { get; set; } = Defaults.BatchSize;

        /// <summary>How gradients become new weights: Adam unless you say otherwise.</summary>
        public Optimizer Optimizer { get; set; } = new AdamOptimizer();

        /// <summary>The optimizer's largest step size, above 0; <see cref="Schedule"/> says how it goes from there.</summary>
        [Range(1e-4, 1e-2, init: Defaults.LearningRate, logBase: true)]
        public double LearningRate { get; set; } = Defaults.LearningRate;

        /// <summary>How the step size goes over the training: up over the first steps and down along a cosine, unless you say otherwise.</summary>
        public LearningRateSchedule Schedule { get; set; } = new CosineSchedule();

        /// <summary>Ends the training once validation no longer becomes better; null for all epochs in any case. Needs validation cells.</summary>
        public EarlyStopping? EarlyStopping { get; set; }

        /// <summary>Which epoch's weights Fit gives, where there are validation cells.</summary>
        public ModelSelection Selection { get; set; } = ModelSelection.Best;

        /// <summary>
        /// What is done at random to each training cell in each epoch; nothing by default. Trainings of many epochs gain from it.
        /// </summary>
        public CellAugmentation Augmentation { get; set; } = Defaults.Augmentation;

        /// <summary>
        /// Alpha of mixup, 0 or more: each training cell is the mixture of two, with shares from Beta(alpha, alpha), and its target is mixed alike
        /// (arXiv:1710.09412). 0 for none, which is the default; the reference's recipe has 0.2. The accuracy that training reports is then that of mixtures.
        /// </summary>
        [Range(0.0, 0.4, init: 0.0)]
        public double MixupAlpha { get; set; }

        /// <summary>Share of each target that is spread evenly over all classes, in [0, 1); 0 for none.</summary>
        [Range(0.0, 0.2, init: 0.0)]
        public double LabelSmoothing { get; set; }

        /// <summary>How much an error on a cell of each class counts.</summary>
        public ClassWeights ClassWeights { get; set; } = ClassWeights.None;

        /// <summary>The longest gradient of a step, as the root of its sum of squares, above 0; a longer one is scaled down. Null for any length.</summary>
        public double? GradientClipNorm { get; set; }

        /// <summary>
        /// Share of the moving average of the weights that a step keeps, in [0, 1); 0 for no average. With one, it is the average that is validated
        /// and that Fit gives.
        /// </summary>
        public double WeightAverageDecay { get; set; }

        /// <summary>
        /// Seed of everything random: first weights, order, augmentation, dropout, validation split. Null takes the MLContext's seed, and
        /// without one a new seed each time, which is logged. The same seed on the same CPU gives the same weights bit for bit. A GPU sums in no fixed order, and there the training seeds libtorch's own generator of
        /// random numbers on GPUs, which all in the process share, anew at each step.
        /// </summary>
        public int? Seed { get; set; }

        /// <summary>
        /// Share of the training rows set aside, class by class, to validate on after each epoch, in [0, 1); 0 for none. Must be 0 where Fit gets validation data.
        /// </summary>
        public double ValidationFraction { get; set; }

        /// <summary>Where the moving statistics of batch normalizations come from.</summary>
        public BatchNormalizationStatistics Statistics { get; set; } = BatchNormalizationStatistics.Reestimated;

        /// <summary>
        /// Whether what the training gives scores each cell as the mean over its orientations; see <see cref="DeepYeastPredictionTransformer.TestTimeAugmentation"/>. The training itself, its validation included, looks
        /// at each cell once.
        /// </summary>
        public bool TestTimeAugmentation { get; set; }

        /// <summary>Where the training, and scoring with its result, computes.</summary>
        public ComputeDevice Device { get; set; } = ComputeDevice.Auto;

        /// <summary>What the training computes in. What it gives is scored in float32.</summary>
        public Precision Precision { get; set; } = Precision.Auto;

        /// <summary>
        /// CPU threads that the training computes with, at least 1; null for as many as there are cores. With another number sums are made in another order,
        /// so that the weights differ in their last bits.
        /// </summary>
        public int? Threads { get; set; }

        /// <summary>
        /// Called on the training thread while cells are read, after each batch and each epoch, and before a checkpoint is written; null for no reports. An exception that it throws ends the training.
        /// </summary>
        public Action<TrainingProgress>? ProgressCallback { get; set; }

        /// <summary>Ends Fit, as <see cref="OnCancellation"/> says; the MLContext stays usable.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>What Fit does once <see cref="CancellationToken"/> is cancelled.</summary>
        public CancellationOutcome OnCancellation { get; set; } = CancellationOutcome.Throw;

        /// <summary>
        /// Folder for checkpoints, from which <see cref="Resume"/> goes on after a crash or a cancellation; null for none. It is made where it is
        /// missing. The last two checkpoints are kept, each with the weights, what the optimizer remembers, the best weights so far and the
        /// history: five times the network's size at most. A training with other settings or data needs another folder.
        /// </summary>
        public string? CheckpointFolder { get; set; }

        /// <summary>Time between two checkpoints, 0 or more; 0 writes one after each batch. One is also written at the end and on cancellation.</summary>
        public TimeSpan CheckpointInterval { get; set; } = Defaults.CheckpointInterval;

        /// <summary>
        /// Whether to go on from the newest whole checkpoint in <see cref="CheckpointFolder"/>, if it has one. On the same machine, with the same
        /// number of threads, the weights become bit for bit those of a training that was never interrupted. Where the data or the settings are
        /// others Fit throws an <see cref="InvalidOperationException"/> that names them.
        /// </summary>
        public bool Resume { get; set; }

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(FeatureColumnName);
            if (Network is not null && StartingNetwork is not null)
                throw new ArgumentException($"Options {nameof(Network)} and {nameof(StartingNetwork)} are both set, but a starting network has an architecture of its own; set one of them.");
            if (FreezeThrough is not null)
                CheckFreeze();
            ArgumentNullException.ThrowIfNull(Optimizer);
            Optimizer.Validate();
            ArgumentNullException.ThrowIfNull(Augmentation);
            if (Epochs < 1)
                throw OutOfRange(nameof(Epochs), Epochs, "at least 1");
            if (BatchSize < 2)
                throw OutOfRange(nameof(BatchSize), BatchSize, "at least 2");
            if (LearningRate is not (> 0 and <= float.MaxValue))
                throw OutOfRange(nameof(LearningRate), LearningRate, "above 0 and finite in float32");
            RequireShare(nameof(ValidationFraction), ValidationFraction);
            ArgumentNullException.ThrowIfNull(ClassWeights);
            if (MixupAlpha is not (>= 0 and < double.PositiveInfinity))
                throw OutOfRange(nameof(MixupAlpha), MixupAlpha, "at least 0 and finite");
            RequireShare(nameof(LabelSmoothing), LabelSmoothing);
            RequireShare(nameof(WeightAverageDecay), WeightAverageDecay);
            if (GradientClipNorm is not (null or (> 0 and < double.PositiveInfinity)))
                throw OutOfRange(nameof(GradientClipNorm), GradientClipNorm, "above 0 and finite, or null");
            Augmentation.Validate();
            ArgumentNullException.ThrowIfNull(Schedule);
            Schedule.Validate(LearningRate);
            EarlyStopping?.Validate();
            if (!Enum.IsDefined(Selection))
                throw OutOfRange(nameof(Selection), Selection, "Best or Last");
            if (!Enum.IsDefined(OnCancellation))
                throw OutOfRange(nameof(OnCancellation), OnCancellation, "Throw or ReturnBest");
            if (CheckpointFolder is not null)
                ArgumentException.ThrowIfNullOrWhiteSpace(CheckpointFolder);
            if (CheckpointInterval < TimeSpan.Zero)
                throw OutOfRange(nameof(CheckpointInterval), CheckpointInterval, "at least 0");
            if (Resume && CheckpointFolder is null)
                throw new ArgumentException($"Option {nameof(Resume)} is true but option {nameof(CheckpointFolder)} is null: name the folder that has the checkpoints.");
            if (!Enum.IsDefined(Statistics))
                throw OutOfRange(nameof(Statistics), Statistics, "Reestimated or MovingAverage");
            if (WeightAverageDecay > 0 && Statistics == BatchNormalizationStatistics.MovingAverage)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"Option {nameof(WeightAverageDecay)} is {WeightAverageDecay} and option {nameof(Statistics)} is {BatchNormalizationStatistics.MovingAverage}, whose statistics are those of the last weights and do not fit averaged ones. Set one of them to its default."));
            }
            Precision.Validate(nameof(Precision));
            ComputeThreads.Validate(nameof(Threads), Threads);
        }

        private void CheckFreeze()
        {
            if (StartingNetwork is null)
                throw new ArgumentException($"Option {nameof(FreezeThrough)} is '{FreezeThrough}' but option {nameof(StartingNetwork)} is null: weights drawn anew are not worth keeping.");
            NetworkGraph graph = StartingNetwork.Graph;
            HashSet<string> frozen = graph.Through(FreezeThrough!);
            if (graph.Layers.All(layer => frozen.Contains(layer.Name) || !graph.GetWeights(layer.Name).Any(weight => weight.Trainable)))
                throw new ArgumentException($"Option {nameof(FreezeThrough)} is '{FreezeThrough}', behind which no layer has weights left to train. The head is '{graph.Head.Name}': name a layer before it.");
        }

        /// <exception cref="InvalidOperationException">An option goes by the figures of validation cells, and there are none.</exception>
        internal void CheckValidation(bool validates)
        {
            string? option = Schedule.NeedsValidation ? $"{nameof(Schedule)} is a {Schedule.GetType().Name}" : EarlyStopping is not null ? $"{nameof(EarlyStopping)} is set" : null;
            if (!validates && option is not null)
                throw new InvalidOperationException($"Option {option}, which goes by the figures of validation cells, but there are none. Set {nameof(ValidationFraction)}, or give Fit validation data.");
        }

        internal static void RequireShare(string option, double value)
        {
            if (value is not (>= 0 and < 1))
                throw OutOfRange(option, value, "in [0, 1)");
        }

        internal static ArgumentOutOfRangeException OutOfRange(string option, object value, string range)
            => new(option, value, FormattableString.Invariant($"Option {option} is {value} but must be {range}."));
    }

    internal static class Defaults
    {
        // ML.NET's own names, in its DefaultColumnNames.
        public const string LabelColumnName = "Label";
        public const string FeatureColumnName = "Features";
        // Measured on real cells (770 to train on, 5 proteins, 2 localizations): some hundred cells need many small steps, and in a training
        // this short augmentation costs more than it gains. More cells need no more epochs, and bear larger batches.
        public const int Epochs = 20;
        public const int BatchSize = 16;
        // Kingma and Ba, arXiv:1412.6980, algorithm 1: alpha; 2e-3 and 3e-3 gave less, and less evenly from seed to seed.
        public const double LearningRate = 1e-3;
        public static readonly CellAugmentation Augmentation = CellAugmentation.None;
        public static readonly TimeSpan CheckpointInterval = TimeSpan.FromMinutes(1);
    }
}

/// <summary>Where the moving mean and variance of a network's batch normalizations come from.</summary>
public enum BatchNormalizationStatistics
{
    /// <summary>
    /// From a sample of the training cells, without augmentation and dropout, before each validation and at the end (Wu and Johnson,
    /// arXiv:2105.07576). After a short training, Keras's moving averages lag far behind the weights.
    /// </summary>
    Reestimated,

    /// <summary>Keras's rule: moving averages over the training batches.</summary>
    MovingAverage,
}

/// <summary>Which of a training's weights are kept.</summary>
public enum ModelSelection
{
    /// <summary>Those after the epoch with the highest validation accuracy, of several the one with the lowest validation loss; without validation the last.</summary>
    Best,

    /// <summary>Those after the last epoch.</summary>
    Last,
}

/// <summary>What becomes of a training that is cancelled.</summary>
public enum CancellationOutcome
{
    /// <summary>Fit throws an <see cref="OperationCanceledException"/>.</summary>
    Throw,

    /// <summary>
    /// Fit gives the best weights so far: those of the best validated epoch, or without one the weights as they are. It throws where no step was done yet.
    /// </summary>
    ReturnBest,
}
