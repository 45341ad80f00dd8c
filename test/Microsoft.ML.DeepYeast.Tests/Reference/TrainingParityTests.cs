using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Five steps from Keras's weights, dropout off, with Keras's moving averages, go where Keras's own steps go.</summary>
[TestClass]
public sealed class TrainingParityTests
{
    private const int Steps = 5;
    private const int BatchSize = 32;

    // Batch norms as in training, but no dropout.
    private static readonly ForwardPass s_pass = new(BatchStatistics: true, StatisticsShare: null, Dropout: null);

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Runs =>
        from name in new[] { "DeepYeast", "ResNet50", "MobileNet", "DenseNet40_BC" }
        from optimizer in new[] { "adam", "nesterov" }
        select new object[] { name, optimizer };

    [TestMethod]
    [DynamicData(nameof(Runs))]
    public void FiveSteps_Float32_StayAsCloseToFloat64AsKerasDoes(string name, string optimizer)
    {
        using var network = new TorchNetwork(KerasReference.Load(name), CPU);
        double[] losses = Train(network, optimizer == "adam" ? new AdamOptimizer() : new SgdOptimizer(), optimizer == "adam" ? 1e-3 : 0.01, KerasReference.ClassCount);

        string run = $"training/{optimizer}";
        double[] exact = KerasReference.Output(name, $"{run}/loss_float64").Values, keras = KerasReference.Output(name, $"{run}/loss").Values;
        Assert.IsLessThanOrEqualTo(1e-5, Math.Abs(losses[0] - keras[0]), "first loss");
        for (int step = 1; step < Steps; step++)
            AssertAsCloseAsKeras($"loss {step + 1}", Math.Abs(losses[step] - exact[step]), Math.Abs(keras[step] - exact[step]));

        double[] probabilities = KerasReference.Output(name, $"{run}/probabilities_float64").Values;
        AssertAsCloseAsKeras("probabilities", KerasReference.LargestDifference(probabilities, KerasReference.Infer(network)),
            KerasReference.LargestDifference(probabilities, KerasReference.Output(name, $"{run}/probabilities").Values));
    }

    [TestMethod]
    [DynamicData(nameof(Runs))]
    public void FiveSteps_Float64_HaveKerasLosses(string name, string optimizer)
    {
        using var network = new TorchNetwork(KerasReference.Load(name), CPU, type: ScalarType.Float64);
        double[] losses = Train(network, optimizer == "adam" ? new AdamOptimizer() : new SgdOptimizer(), optimizer == "adam" ? 1e-3 : 0.01, KerasReference.ClassCount);

        double difference = KerasReference.LargestDifference(KerasReference.Output(name, $"training/{optimizer}/loss_float64").Values, losses);
        TestContext.WriteLine($"{name} {optimizer}: losses differ by {difference:E1} at most.");
        Assert.IsLessThanOrEqualTo(1e-6, difference);
    }

    [TestMethod]
    public void FineTuning_FrozenThroughBn3_4_HasKerasLossesAndLeavesFrozenWeightsAlone()
    {
        Network start = WithHead(KerasReference.Load("DeepYeast"), KerasReference.Output("DeepYeast", "finetune/head_kernel").Values);
        using var network = new TorchNetwork(start, CPU, freezeThrough: "bn3_4");

        double[] losses = Train(network, new SgdOptimizer(), 1e-4, classCount: 4);

        double loss = KerasReference.LargestDifference(KerasReference.Output("DeepYeast", "finetune/loss_float64").Values, losses);
        double probability = KerasReference.LargestDifference(KerasReference.Output("DeepYeast", "finetune/probabilities_float64").Values, KerasReference.Infer(network));
        TestContext.WriteLine($"Fine-tuning: losses differ by {loss:E1} at most, probabilities by {probability:E1}.");
        Assert.IsLessThanOrEqualTo(1e-5, loss);
        Assert.IsLessThanOrEqualTo(1e-5, probability);

        Network end = network.ToNetwork();
        HashSet<string> frozen = start.Graph.Through("bn3_4");
        Assert.HasCount(26, frozen.Where(layer => start.Graph.GetWeights(layer).Count > 0 || layer.StartsWith("relu", StringComparison.Ordinal) || layer.StartsWith("pool", StringComparison.Ordinal) || layer == "input_1").ToArray());
        foreach (Layer layer in start.Graph.Layers)
        {
            foreach (WeightShape weight in start.Graph.GetWeights(layer.Name))
            {
                bool same = start.GetWeight(layer.Name, weight.Name).Span.SequenceEqual(end.GetWeight(layer.Name, weight.Name).Span);
                Assert.AreEqual(frozen.Contains(layer.Name), same, $"{layer.Name}/{weight.Name}");
            }
        }
    }

    private static double[] Train(TorchNetwork network, Optimizer optimizer, double rate, int classCount)
    {
        using var scope = NewDisposeScope();
        (Tensor cells, long[] labels) = KerasReference.Cells("training_", network.Type);
        Tensor classes = tensor([.. labels.Select(label => label % classCount)], dtype: int64);
        using var step = new GradientStep(network, optimizer);
        return [.. Enumerable.Range(0, Steps).Select(i =>
            step.Take(cells.narrow(0, i * BatchSize, BatchSize), classes.narrow(0, i * BatchSize, BatchSize), s_pass, rate).Loss)];
    }

    /// <summary>The network with 4 classes and the head that the reference run began with.</summary>
    private static Network WithHead(Network network, double[] kernel)
    {
        NetworkGraph graph = network.Graph.ReplaceHead(4);
        return new(graph, [.. graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name).Select(weight =>
            layer.Name != graph.Head.Name ? network.GetWeight(layer.Name, weight.Name).ToArray()
            : weight.Name == "kernel" ? [.. kernel.Select(value => (float)value)] : new float[weight.Size]))]);
    }

    private void AssertAsCloseAsKeras(string what, double ours, double keras)
    {
        TestContext.WriteLine($"{what}: {ours:E1} from float64; Keras in float32: {keras:E1}.");
        Assert.IsLessThanOrEqualTo(Math.Max(1e-4, 3 * keras), ours, what);
    }
}
