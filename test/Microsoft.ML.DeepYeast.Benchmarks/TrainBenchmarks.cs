using System.Diagnostics;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Training.</summary>
internal static class TrainBenchmarks
{
    private const int BatchSize = 64;
    private const int ClassCount = 12;
    private const double LearningRate = 1e-3;

    // Where the library would compute by itself.
    private static Device BestDevice => cuda.is_available() ? CUDA : CPU;

    /// <summary>Steps of the library against the same network as a TorchSharp user would first write it, on the GPU where there is one.</summary>
    public static Comparison Step(Func<CellShape, int, NetworkGraph> architecture, Precision precision, int steps, bool sameHeap = false)
    {
        Device device = BestDevice;
        NetworkGraph graph = architecture(CellShape.DeepYeast, ClassCount);
        var ours = new Steps(graph, precision, device);
        Tensor cells = rand([BatchSize, 2, 64, 64], device: device), classes = arange(BatchSize, device: device) % ClassCount;
        Module<Tensor, Tensor> plain = PlainNetwork.Create(graph).to(device);
        var adam = optim.Adam(plain.parameters(), lr: LearningRate);
        return new($"{steps} steps of {graph.Name} in {precision} precision on {device} against plain TorchSharp (modules, channels first, float32, torch's Adam{(sameHeap ? ", memory kept as the library has it" : "")})", steps * BatchSize,
            () => ours.Take(cells, classes, steps), Theirs, ours, plain, adam, cells, classes) { TheirsOnSystemHeap = !sameHeap };

        void Theirs()
        {
            plain.train();
            for (int i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                adam.zero_grad();
                Tensor loss = functional.cross_entropy(plain.call(cells), classes);
                loss.backward();
                adam.step();
                loss.item<float>();
            }
        }
    }

    /// <summary>Steps with Muon against steps with Adam, in the batches that learn from drawn cells in an experiment.</summary>
    public static Comparison Muon(Func<CellShape, int, NetworkGraph> architecture, int steps)
    {
        const int batch = BatchSize / 2;
        Device device = BestDevice;
        NetworkGraph graph = architecture(CellShape.DeepYeast, ClassCount);
        Steps muon = new(graph, Precision.Auto, device, new MuonOptimizer()), adam = new(graph, Precision.Auto, device);
        Tensor cells = rand([batch, 2, 64, 64], device: device), classes = arange(batch, device: device) % ClassCount;
        return new($"{steps} steps of {graph.Name} with Muon on {device} against those with Adam", steps * batch,
            () => muon.Take(cells, classes, steps), () => adam.Take(cells, classes, steps), muon, adam, cells, classes);
    }

    /// <summary>
    /// What of a step is not the work of libtorch's kernels, at most: the time of the same operations on a network of a 64th of the width and two cells, whose
    /// kernels have next to nothing to do, in percent of that of the whole step.
    /// </summary>
    public static IMeasurement Overhead(bool quick)
    {
        const double narrow = 1.0 / 64;
        int steps = quick ? 1 : 5;
        Device device = BestDevice;
        Steps whole = Create(quick ? 0.1 : 1), least = Create(narrow);
        Tensor cells = rand([BatchSize, 2, 64, 64], device: device), classes = arange(BatchSize, device: device) % ClassCount, few = cells.narrow(0, 0, 2), fewClasses = classes.narrow(0, 0, 2);
        return new Quantity($"of a step of DeepYeast on {device} is not the work of libtorch's kernels, at most", "%",
            () => 100 * Comparison.Seconds(() => least.Take(few, fewClasses, steps)) / Comparison.Seconds(() => whole.Take(cells, classes, steps)), whole, least, cells, classes, few, fewClasses);

        Steps Create(double width) => new(Networks.DeepYeast(CellShape.DeepYeast, ClassCount, width), Precision.Auto, device);
    }

    /// <summary>Epochs of Fit, with augmentation, against a loop without ML.NET that has every trick of the library.</summary>
    public static IMeasurement Fit(bool quick) => new EpochsOfFit(quick ? 128 : 512, (shape, classes) => Networks.DeepYeast(shape, classes, quick ? 0.1 : 1));

    /// <summary>What the checkpoints of a training take of its time at one a minute: DeepYeast with Adam and averaged weights, the largest that there are.</summary>
    public static IMeasurement Checkpoint(bool quick)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView features = CachedCells.Create(mlContext, BatchSize);
        return new Quantity("of the time of a training goes into its checkpoints, one a minute", "%", () =>
        {
            using var folder = new TemporaryFolder();
            var clock = new Stopwatch();
            mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
            {
                Network = (shape, classes) => Networks.DeepYeast(shape, classes, quick ? 0.1 : 1),
                Epochs = 1,
                WeightAverageDecay = 0.99,
                CheckpointFolder = folder.Path,
                ProgressCallback = report =>
                {
                    if (report.Phase == TrainingPhase.Saving)
                        clock.Restart();
                },
            }).Fit(features).Dispose();
            return 100 * clock.Elapsed.TotalSeconds / TimeSpan.FromMinutes(1).TotalSeconds;   // the last thing that a training does is a checkpoint
        });
    }

    /// <summary>Steps of the library on one batch.</summary>
    private sealed class Steps : IDisposable
    {
        private readonly Precision _precision;
        private readonly TorchNetwork _network;
        private readonly TrainingTargets _targets;
        private readonly GradientStep _step;
        private readonly TorchRandom _random;

        public Steps(NetworkGraph graph, Precision precision, Device device, Optimizer? optimizer = null)
        {
            _precision = precision.Resolve(device, training: true);
            _network = new(Network.Initialize(graph, new Random(1)), device, bfloat16: _precision == Precision.Mixed);
            _targets = new(ClassCount, smoothing: 0, weights: null, device);
            _step = new(_network, optimizer ?? new AdamOptimizer());
            _random = new(device, seed: 1);
        }

        /// <summary>Takes steps, and waits for the device.</summary>
        public void Take(Tensor cells, Tensor classes, int count)
        {
            using ProductRounding.Scope rounding = ProductRounding.Enter(_precision, _network.Device);
            for (int i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                (Tensor loss, _) = _step.Take(cells.ToChannelsLast(), _targets.Create(classes), ForwardPass.Training(_random), LearningRate);
                if (i == count - 1)
                    loss.item<float>();
            }
        }

        public void Dispose()
        {
            _step.Dispose();
            _network.Dispose();
            _targets.Dispose();
            _random.Dispose();
        }
    }

    /// <summary>One Fit; after each of its epochs the other loop runs one of its own.</summary>
    private sealed class EpochsOfFit(int cellCount, Func<CellShape, int, NetworkGraph> architecture) : IMeasurement
    {
        public Figure Measure(int rounds)
        {
            var mlContext = new MLContext(seed: 1);
            IDataView features = CachedCells.Create(mlContext, cellCount);
            using var loop = new TunedLoop(architecture(CellShape.DeepYeast, ClassCount), cellCount);
            var theirs = new List<double>();
            double[] ours = FitEpochs.Time(mlContext, features, rounds, new() { Network = architecture, BatchSize = BatchSize }, () => theirs.Add(Comparison.Seconds(loop.RunEpoch)));
            return Comparison.Ratio($"an epoch of Fit on {cellCount} cells, with augmentation, against the same steps in a loop without ML.NET", cellCount, ours, [.. theirs.Skip(1).Take(rounds)]);
        }

        public void Dispose()
        {
        }
    }

    /// <summary>What remains of a training without ML.NET: cells on the device, picked, changed and learned from, batch by batch.</summary>
    private sealed class TunedLoop : IDisposable
    {
        private readonly Tensor _cells, _classes;
        private readonly TorchNetwork _network;
        private readonly TrainingTargets _targets = new(ClassCount, smoothing: 0, weights: null, CPU);
        private readonly GradientStep _step;
        private readonly TorchRandom _random = new(CPU, seed: 1);
        private readonly CellAugmenter _augmenter;

        public TunedLoop(NetworkGraph graph, int count)
        {
            _cells = randint(0, 256, [count, 64, 64, 2], uint8);
            _classes = arange(count) % ClassCount;
            _network = new(Network.Initialize(graph, new Random(1)), CPU, bfloat16: Precision.Auto.Resolve(CPU, training: true) == Precision.Mixed);
            _step = new(_network, new AdamOptimizer());
            _augmenter = new(CellAugmentation.Reference, _random);
        }

        public void RunEpoch()
        {
            using Tensor order = randperm(_classes.shape[0]);
            for (long start = 0; start < order.shape[0]; start += BatchSize)
            {
                using var scope = NewDisposeScope();
                Tensor rows = order.narrow(0, start, Math.Min(BatchSize, order.shape[0] - start));
                Tensor cells = GreyLevels.ToFeatures(_augmenter.Move(_cells.index_select(0, rows)).to(float32)).permute(0, 3, 1, 2);
                _step.Take(cells, _targets.Create(_classes.index_select(0, rows)), ForwardPass.Training(_random), LearningRate);
            }
        }

        public void Dispose()
        {
            _cells.Dispose();
            _classes.Dispose();
            _step.Dispose();
            _network.Dispose();
            _targets.Dispose();
            _random.Dispose();
        }
    }
}
