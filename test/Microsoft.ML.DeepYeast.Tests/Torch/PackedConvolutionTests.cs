using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Padding = Microsoft.ML.DeepYeast.Layers.Padding;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A layer laid out for scoring beforehand gives what libtorch's own function gives, which lays kernels out at each call.</summary>
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
    [DataRow(16, 32, 1, true)]
    [DataRow(7, 13, 1, false)]
    [DataRow(32, 64, 2, true)]
    [DataRow(2, 1, 3, true)]
    public void Conv2D_OnePixel_IsThatOfLibtorch(int channels, int filters, int stride, bool relu)
        => AssertLikeLibtorch(channels, net => net.Conv2D("conv", filters, size: 1, stride), relu);

    [TestMethod]
    public void Conv2D_OnePixelInBFloat16_IsThatOfLibtorchOrNotPacked()
        => AssertLikeLibtorch(16, net => net.Conv2D("conv", 24, size: 1), relu: true, bfloat16: true, tolerance: 0.05f);

    [TestMethod]
    [DataRow(24, 40, 1)]
    [DataRow(3, 16, 2)]
    [DataRow(300, 7, 1)]
    public void PixelProduct_OfAnyShape_IsTheProductInFloat64(int channels, int filters, int stride)
    {
        using var scope = NewDisposeScope();
        Tensor input = NetworkRun.Batch(new CellShape(channels, 9, 6), NetworkRun.Randoms(2 * channels * 9 * 6, seed: 1));
        Tensor kernel = tensor(NetworkRun.Randoms(filters * channels, seed: 2), [filters, channels, 1, 1]), bias = tensor(NetworkRun.Randoms(filters, seed: 3));
        using PackedPixelProduct product = PackedPixelProduct.TryCreate(kernel, bias, stride, relu: true)!;

        Tensor actual = product.Apply(input);

        Tensor pixels = input.to(float64)[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(null, null, stride), TensorIndex.Slice(null, null, stride)];
        Tensor expected = (einsum("nchw,oc->nohw", pixels, kernel.to(float64).view(filters, channels)) + bias.to(float64).view(1, -1, 1, 1)).clamp_min(0);
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        Assert.IsLessThan(1e-6 * Math.Sqrt(channels), (actual.to(float64) - expected).abs().max().item<double>());   // roundings add up as random steps do
        Assert.IsGreaterThan(0, actual.max().item<float>());
    }

    [TestMethod]
    public void Multiply_OneRow_IsTheProductInFloat64()
    {
        using var scope = NewDisposeScope();
        Tensor row = tensor(NetworkRun.Randoms(700, seed: 1), [1, 700]), kernel = tensor(NetworkRun.Randoms(30 * 700, seed: 2), [30, 700]), bias = tensor(NetworkRun.Randoms(30, seed: 3));

        Tensor plain = OneDnn.Multiply(row, kernel, bias, relu: false), laidOut = OneDnn.Multiply(row, OneDnn.LayOut(kernel), null, relu: true);

        Tensor product = row.to(float64).mm(kernel.to(float64).t());
        double allowed = 2e-6 * product.abs().max().item<double>();
        Assert.IsLessThan(allowed, (plain.to(float64) - (product + bias.to(float64))).abs().max().item<double>());
        Assert.IsLessThan(allowed, (laidOut.to(float64) - product.clamp_min(0)).abs().max().item<double>());
    }

    [TestMethod]
    [DataRow(1, 2, ScalarType.Float32)]
    [DataRow(3, 2, ScalarType.Float64)]
    [DataRow(16, 4, ScalarType.BFloat16)]
    public void MaxPooling2D_OfWindowsSideBySide_IsThatOfLibtorch(int channels, int size, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor input = NetworkRun.Batch(new CellShape(channels, 8, 12), NetworkRun.Randoms(2 * channels * 8 * 12, seed: 1)).to(type);
        input[1, 0, 2, 3] = float.NaN;
        var layer = new MaxPooling2D("pool", ["input"], size, size, Padding.Same);

        Tensor expected = nn.functional.max_pool2d(input, [size, size], [size, size]);
        using var noGrad = no_grad();
        Tensor actual = LayerFunctions.Apply(layer, [input], [], ForwardPass.Inference, linear: false, overwritten: null, packed: null);

        Assert.AreSequenceEqual(expected.shape, actual.shape);
        Assert.AreEqual(1, expected.isnan().sum().item<long>());
        Assert.IsTrue(actual.nan_to_num(-7).eq(expected.nan_to_num(-7)).all().item<bool>());
    }

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

    private static void AssertLikeLibtorch(int channels, Func<NetworkBuilder, NetworkBuilder> layer, bool relu, bool bfloat16 = false, bool random = false, float tolerance = 1e-6f)
    {
        var shape = new CellShape(channels, 16, 16);
        NetworkBuilder builder = layer(new NetworkBuilder("Probe", shape));
        NetworkGraph graph = (relu ? builder.Relu("relu") : builder).Flatten("flatten").Softmax("predictions").ToGraph();
        Network network = random ? NetworkRun.Randomized(graph) : Network.Initialize(graph, new Random(1));
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
