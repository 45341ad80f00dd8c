using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Convolutions in bfloat16, and their gradients, are those of float32 but for rounding, whatever the numbers of channels.</summary>
[TestClass]
public sealed class BFloat16ConvolutionTests
{
    private const int Side = 10;

    // A few sums of products of numbers that are rounded to 8 bits.
    private const double Tolerance = 0.03;

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(9)]
    [DataRow(16)]
    public void Conv2D_AnyNumberOfFilters_IsThatOfFloat32(int channels)
    {
        foreach (int filters in (int[])[1, 2, 7, 13, 16, 17, 26])
        {
            foreach ((int size, int stride) in new[] { (1, 1), (1, 2), (2, 2), (3, 1), (3, 2), (5, 1) })
                AssertLikeFloat32(CPU, $"{channels} -> {filters}, size {size}, stride {stride}", channels, net => net.Conv2D("conv", filters, size, stride));
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(16)]
    [DataRow(32)]
    public void DepthwiseConv2D_AnyStride_IsThatOfFloat32(int channels)
    {
        foreach ((int size, int stride) in new[] { (3, 1), (3, 2), (5, 1), (5, 2) })
            AssertLikeFloat32(CPU, $"{channels}, size {size}, stride {stride}", channels, net => net.DepthwiseConv2D("conv", size, stride));
    }

    /// <summary>Compares what a layer between two others gives, the gradient of its weights, and that of the weights before it, which its own gradient becomes.</summary>
    internal static void AssertLikeFloat32(Device device, string what, int channels, Func<NetworkBuilder, NetworkBuilder> layer)
    {
        NetworkGraph graph = layer(new NetworkBuilder("Probe", new CellShape(2, Side, Side)).Conv2D("before", channels, size: 1)).Flatten("flatten")
            .Dense("ip", 2).Softmax("predictions").ToGraph();
        Network network = Network.Initialize(graph, new Random(1));

        (double[] fullGradients, double[] fullLogits) = GradientsAndLogits(device, network, bfloat16: false);
        (double[] mixedGradients, double[] mixedLogits) = GradientsAndLogits(device, network, bfloat16: true);

        int before = Length("before"), own = Length("conv");
        (double[] exactGradients, _) = GradientsAndLogits(device, network, bfloat16: false, ScalarType.Float64);
        Assert.IsLessThan(1e-4, Distance(exactGradients, fullGradients), $"gradients of {what} in float32");
        Assert.IsLessThan(Tolerance, Distance(fullLogits, mixedLogits), $"logits of {what}");
        Assert.IsLessThan(Tolerance, Distance(fullGradients[..before], mixedGradients[..before]), $"gradient through {what}");
        Assert.IsLessThan(Tolerance, Distance(fullGradients[before..(before + own)], mixedGradients[before..(before + own)]), $"gradient of {what}");

        int Length(string name) => graph.GetWeights(name).Sum(weight => (weight.Size + TorchNetwork.Alignment - 1) / TorchNetwork.Alignment * TorchNetwork.Alignment);
    }

    private static double Distance(double[] expected, double[] actual)
        => Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(value => value * value));

    private static (double[] Gradients, double[] Logits) GradientsAndLogits(Device device, Network network, bool bfloat16, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        using var loaded = new TorchNetwork(network, device, type: type, bfloat16: bfloat16);
        using var step = new GradientStep(loaded, new SgdOptimizer());
        var random = new Random(2);
        Tensor cells = tensor([.. Enumerable.Range(0, 4 * 2 * Side * Side).Select(_ => random.NextSingle() * 2 - 1)], [4, Side, Side, 2]).permute(0, 3, 1, 2).to(type).to(device);
        using var targets = new TrainingTargets(2, smoothing: 0, weights: null, device);
        using ProductRounding.Scope exact = ProductRounding.Enter(Precision.Full, device);
        (_, Tensor logits) = step.Take(cells, targets.Create(arange(4, dtype: int64, device: device) % 2).to(type), new(BatchStatistics: true, null, null), learningRate: 0.1);
        return ([.. loaded.Gradients!.to(float64).cpu().data<double>()], [.. logits.to(float64).flatten().cpu().data<double>()]);
    }
}
