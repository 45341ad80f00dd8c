using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A convolution whose kernel was laid out beforehand gives what libtorch's own function gives, which lays it out at each call.</summary>
[TestClass]
public sealed class PackedConvolutionTests
{
    [TestInitialize]
    public void RequireOneDnn()
    {
        TorchLibrary.EnsureLoaded();
        if (!OneDnn.IsSupported)
            Assert.Inconclusive("This libtorch has no oneDNN.");
    }

    [TestMethod]
    [DataRow(2, 64, 3, 1, Padding.Same, false)]
    [DataRow(16, 32, 3, 1, Padding.Same, true)]
    [DataRow(7, 13, 3, 1, Padding.Valid, false)]
    [DataRow(5, 8, 3, 2, Padding.Same, true)]     // an even size: zeros at the bottom and the right alone
    [DataRow(3, 9, 7, 2, Padding.Valid, false)]
    [DataRow(16, 16, 5, 1, Padding.Same, false)]
    public void Conv2D_AnyGeometry_IsThatOfLibtorch(int channels, int filters, int size, int stride, Padding padding, bool relu)
        => AssertLikeLibtorch(channels, net => net.Conv2D("conv", filters, size, stride, padding), relu);

    [TestMethod]
    [DataRow(16, 3, 1)]
    [DataRow(7, 3, 2)]
    [DataRow(32, 5, 1)]
    public void DepthwiseConv2D_AnyGeometry_IsThatOfLibtorch(int channels, int size, int stride)
        => AssertLikeLibtorch(channels, net => net.DepthwiseConv2D("conv", size, stride), relu: true);

    [TestMethod]
    public void TryPack_OneChannelOrFloat64_IsNothing()
    {
        var layer = new Conv2D("conv", ["input"], Filters: 4, Size: 3, Stride: 1, Padding.Same, UseBias: false, L2: 0);
        using Tensor one = zeros(4, 1, 3, 3), exact = zeros([4, 2, 3, 3], float64);

        Assert.IsNull(LayerFunctions.TryPack(layer, LayerShape.Map(1, 8, 8), [one], relu: false));
        Assert.IsNull(LayerFunctions.TryPack(layer, LayerShape.Map(2, 8, 8), [exact], relu: false));
    }

    [TestMethod]
    public void Conv2D_BFloat16_IsThatOfLibtorchOrNotPacked()
        => AssertLikeLibtorch(8, net => net.Conv2D("conv", 12, size: 3), relu: true, bfloat16: true, tolerance: 0.05f);

    private static void AssertLikeLibtorch(int channels, Func<NetworkBuilder, NetworkBuilder> layer, bool relu, bool bfloat16 = false, float tolerance = 1e-6f)
    {
        var shape = new CellShape(channels, 16, 16);
        NetworkBuilder builder = layer(new NetworkBuilder("Probe", shape));
        NetworkGraph graph = (relu ? builder.Relu("relu") : builder).Flatten("flatten").Softmax("predictions").ToGraph();
        Network network = Network.Initialize(graph, new Random(1));
        using TorchNetwork plain = new(network, CPU, bfloat16: bfloat16), packed = new(network, CPU, bfloat16: bfloat16);
        packed.PrepareScoring();
        foreach (int cells in (int[])[1, 5])
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Tensor batch = NetworkRun.Batch(shape, NetworkRun.Randoms(cells * shape.Size, seed: 2));

            float[] expected = plain.Forward(batch, ForwardPass.Inference, logits: true).data<float>().ToArray();
            float[] actual = packed.Forward(batch, ForwardPass.Inference, logits: true).data<float>().ToArray();

            Assert.IsTrue(expected.Any(value => value > 0));
            for (int i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], tolerance, $"value {i} of {cells} cells");
        }
    }
}
