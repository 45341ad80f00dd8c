using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The same on an NVIDIA GPU as on the CPU; inconclusive where there is none.</summary>
[TestClass]
[TestCategory("Gpu")]
public sealed class GpuTests
{
    private const int ClassCount = 4;

    [TestInitialize]
    public void RequireGpu()
    {
        TorchLibrary.EnsureLoaded();
        if (!cuda.is_available())
            Assert.Inconclusive("There is no CUDA GPU.");
    }

    [TestMethod]
    [DataRow(nameof(DeepYeast.Networks.DeepYeast))]
    [DataRow(nameof(DeepYeast.Networks.ResNet50))]
    [DataRow(nameof(DeepYeast.Networks.MobileNet))]
    [DataRow(nameof(DeepYeast.Networks.DenseNet40_BC))]
    public void Transform_EachPrecision_ScoresAsTheCpuDoes(string architecture)
    {
        var mlContext = new MLContext(seed: 1);
        Network network = Network.Initialize(Architectures.Build(architecture, CellShape.DeepYeast, ClassCount), new Random(1));
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(70);
        IDataView cells = mlContext.Transforms.DeepYeastPreprocess().Fit(drawn).Transform(drawn);
        using DeepYeastPredictionTransformer model = mlContext.Transforms.DeepYeastClassify(network, classNames: ["a", "b", "c", "d"]).Fit(cells);
        model.Device = ComputeDevice.Cpu;
        float[] expected = Scores();
        model.Device = ComputeDevice.Cuda();

        var distances = new Dictionary<Precision, double>();
        foreach (Precision precision in (Precision[])[Precision.Auto, Precision.TensorFloat32, Precision.Mixed])
        {
            model.Precision = precision;
            distances[precision] = Scores().Zip(expected, (own, cpu) => Math.Abs(own - cpu)).Max();
        }

        Assert.IsLessThan(1e-5, distances[Precision.Auto], "Auto, which is exact");
        Assert.IsLessThan(5e-3, distances[Precision.TensorFloat32], "TensorFloat32");
        Assert.IsLessThan(5e-2, distances[Precision.Mixed], "Mixed");
        if (architecture == nameof(DeepYeast.Networks.DeepYeast))   // what others give without training is hardly more than their last bias
        {
            Assert.IsGreaterThan(10 * distances[Precision.Auto], distances[Precision.TensorFloat32], "TensorFloat32 rounds.");
            Assert.IsGreaterThan(10 * distances[Precision.Auto], distances[Precision.Mixed], "Mixed rounds.");
        }

        float[] Scores() => [.. model.Transform(cells).GetColumn<float[]>("Score").SelectMany(scores => scores)];
    }

    [TestMethod]
    [DataRow(nameof(DeepYeast.Networks.DeepYeast))]
    [DataRow(nameof(DeepYeast.Networks.ResNet50))]
    [DataRow(nameof(DeepYeast.Networks.MobileNet))]
    [DataRow(nameof(DeepYeast.Networks.DenseNet40_BC))]
    public void GradientStep_Full_GivesTheGradientsOfFloat64(string architecture)
    {
        Network network = Network.Initialize(Architectures.Build(architecture, CellShape.DeepYeast, ClassCount), new Random(1));

        (double exactLoss, double[] exact) = Step(network, float64);
        (double loss, double[] gradients) = Step(network, float32);

        Assert.AreEqual(exactLoss, loss, 1e-5 * exactLoss);
        Assert.IsLessThan(2e-2, Distance(exact, gradients));   // what float32 is off on a CPU, too, through 50 layers
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(16)]
    public void Convolution_Mixed_IsThatOfFloat32(int channels)
    {
        foreach ((int filters, int size, int stride) in new[] { (1, 3, 1), (13, 3, 2), (16, 3, 1), (16, 1, 2), (26, 5, 1) })
            BFloat16ConvolutionTests.AssertLikeFloat32(CUDA, $"{channels} -> {filters}, size {size}, stride {stride}", channels, net => net.Conv2D("conv", filters, size, stride));
        foreach ((int size, int stride) in new[] { (3, 1), (3, 2) })
            BFloat16ConvolutionTests.AssertLikeFloat32(CUDA, $"{channels}, size {size}, stride {stride}", channels, net => net.DepthwiseConv2D("conv", size, stride));
    }

    [TestMethod]
    public void Pick_FromTheHost_IsThatOfCellsOnTheGpu()
    {
        using var scope = NewDisposeScope();
        Tensor cells = randint(0, 256, [300, 8, 8, 2], uint8), classes = arange(300) % ClassCount;
        using var resident = new TrainingCells(cells.cuda(), classes.cuda(), CUDA);
        using var staged = new TrainingCells(cells.clone(), classes.clone(), CUDA);
        int[] rows = [.. Enumerable.Range(0, 128).Select(i => i * 7 % 300)];

        (Tensor expectedCells, Tensor expectedClasses) = resident.Pick(resident.Rows(rows).narrow(0, 0, 64), augmenter: null);
        (Tensor pickedCells, Tensor pickedClasses) = staged.Pick(staged.Rows(rows).narrow(0, 0, 64), augmenter: null);

        Assert.IsTrue(staged.AreStaged && !resident.AreStaged);
        Assert.AreEqual(DeviceType.CUDA, pickedCells.device_type);
        Assert.AreEqual(DeviceType.CUDA, pickedClasses.device_type);
        Assert.IsTrue(expectedCells.equal(pickedCells).all().item<bool>());
        Assert.IsTrue(expectedClasses.equal(pickedClasses).all().item<bool>());
        Assert.AreSequenceEqual(expectedCells.stride(), pickedCells.stride());
    }

    [TestMethod]
    public void Place_MoreThanAnyGpuHas_IsTheHost()
    {
        Assert.AreEqual(DeviceType.CPU, TrainingCells.Place(1L << 42, CUDA).type);
        Assert.AreEqual(DeviceType.CUDA, TrainingCells.Place(1L << 28, CUDA).type);
    }

    [TestMethod]
    [DataRow(Precision.Auto)]
    [DataRow(Precision.TensorFloat32)]
    [DataRow(Precision.Full)]
    public void Fit_EveryOption_LearnsAndGivesAModelThatTheCpuScoresAlike(Precision precision)
    {
        var mlContext = new MLContext(seed: 1);
        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext, count: 120, change: options =>
        {
            options.Device = ComputeDevice.Cuda();
            options.Precision = precision;
            options.Epochs = 20;
            options.Augmentation = CellAugmentation.RoundCells with { MaximumShift = 1 };
            options.MixupAlpha = 0.2;
            options.LabelSmoothing = 0.02;
            options.GradientClipNorm = 5;
            options.WeightAverageDecay = 0.9;
            options.ClassWeights = ClassWeights.Balanced;
            options.Optimizer = new AdamOptimizer { WeightDecay = 0.01 };
            options.ValidationFraction = 0.2;
        });
        IDataView cells = Tiny.Cells(mlContext, 60, seed: 2);

        float[] gpu = [.. Tiny.Scores(model.Transform(cells)).SelectMany(scores => scores)];
        model.Device = ComputeDevice.Cpu;
        float[] cpu = [.. Tiny.Scores(model.Transform(cells)).SelectMany(scores => scores)];

        for (int i = 0; i < cpu.Length; i++)
            Assert.AreEqual(cpu[i], gpu[i], 1e-5, $"score {i}");
        Assert.IsGreaterThan(0.95, mlContext.MulticlassClassification.Evaluate(model.Transform(cells)).MicroAccuracy);
    }

    [TestMethod]
    public void Fit_ResumedOnTheGpu_ComesToItsEnd()
    {
        using var folder = new TemporaryFolder();
        var mlContext = new MLContext(seed: 1);
        using var cancelled = new CancellationTokenSource();
        void Checkpoints(DeepYeastTrainer.Options options)
        {
            options.Device = ComputeDevice.Cuda();
            options.CheckpointFolder = folder.Path;
            options.Epochs = 6;
        }
        Assert.ThrowsExactly<OperationCanceledException>(() => Tiny.Fit(mlContext, change: options =>
        {
            Checkpoints(options);
            options.CancellationToken = cancelled.Token;
            options.ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Training, Epoch: 3, Batch: 2 })
                    cancelled.Cancel();
            };
        }));

        var epochs = new HashSet<int>();
        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext, change: options =>
        {
            Checkpoints(options);
            options.Resume = true;
            options.ProgressCallback = report => epochs.Add(report.Phase == TrainingPhase.Training ? report.Epoch : 3);
        });

        Assert.AreSequenceEqual([3, 4, 5, 6], epochs.Order().ToArray());
        Assert.HasCount(6, model.History);
        Assert.IsTrue(model.History!.All(epoch => double.IsFinite(epoch.Loss)));
    }

    private static (double Loss, double[] Gradients) Step(Network network, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using ProductRounding.Scope exact = ProductRounding.Enter(exact: true);
        using var loaded = new TorchNetwork(network, CUDA, type: type);
        using var step = new GradientStep(loaded, new SgdOptimizer());
        Tensor cells = NetworkRun.Batch(CellShape.DeepYeast, NetworkRun.Randoms(32 * CellShape.DeepYeast.Size, seed: 3)).to(type).cuda();
        using var targets = new TrainingTargets(ClassCount, smoothing: 0, weights: null, CUDA);
        (Tensor loss, _) = step.Take(cells, targets.Create(arange(32, dtype: int64, device: CUDA) % ClassCount).to(type), new(BatchStatistics: true, null, null), learningRate: 0.1);
        return (loss.to(float64).item<double>(), [.. loaded.Gradients!.to(float64).cpu().data<double>()]);
    }

    private static double Distance(double[] expected, double[] actual)
        => Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(value => value * value));
}
