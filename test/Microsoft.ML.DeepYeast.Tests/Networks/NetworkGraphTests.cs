using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class NetworkGraphTests
{
    private static readonly CellShape s_cells = new(2, 8, 8);

    [TestMethod]
    [DataRow(0.1, 7, 13, 26, 52)]
    [DataRow(0.5, 32, 64, 128, 256)]
    [DataRow(2.0, 128, 256, 512, 1024)]
    public void DeepYeast_Width_ScalesAndRoundsUp(double width, int first, int second, int third, int hidden)
    {
        NetworkGraph graph = DeepYeast.Networks.DeepYeast(CellShape.DeepYeast, 5, width);

        string[] layers = ["conv1_2", "conv2_2", "conv3_4", "ip1", "ip3"];
        Assert.AreSequenceEqual([first, second, third, hidden, 5], layers.Select(name => graph.GetOutputShape(name).Channels).ToArray());
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(4.1)]
    [DataRow(double.NaN)]
    public void DeepYeast_WidthOutOfRange_ThrowsNamingIt(double width)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DeepYeast.Networks.DeepYeast(CellShape.DeepYeast, 5, width));

        StringAssert.Contains(error.Message, "must be above 0 and at most 4");
    }

    [TestMethod]
    public void DeepYeast_CellsOfFourPixels_ThrowsNamingThePooling()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => DeepYeast.Networks.DeepYeast(new(2, 4, 4), 12));

        StringAssert.Contains(error.Message, "Layer 'pool3' (MaxPooling2D): a window of 2 x 2 does not fit into its input (1, 1, 256)");
    }

    [TestMethod]
    public void ToGraph_TwoLayersOfOneName_ThrowsNamingIt()
        => AssertRefused("Network 'N' has two layers named 'a'.", net => net.Relu("a").Relu("a").Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_UnknownInput_ThrowsWithTheNearestNameFirst()
        => AssertRefused("Network 'N' has no layer 'relu_1'. Its layers, nearest name first: 'relu1', ", net => net.Flatten("flatten").Relu("relu1").Relu("x", input: "relu_1").Softmax("p"));

    [TestMethod]
    public void ToGraph_LaterInput_Throws()
        => AssertRefused("Network 'N' has no layer 'p'.", net => net.Flatten("f").Relu("x", input: "p").Softmax("p"));

    [TestMethod]
    public void ToGraph_SoftmaxOfAMap_Throws()
        => AssertRefused("softmax needs a vector but its input is the map (8, 8, 2).", net => net.Softmax("p"));

    [TestMethod]
    public void ToGraph_PoolingLargerThanTheMap_ThrowsNamingBothSizes()
        => AssertRefused("Layer 'm' (MaxPooling2D): a window of 9 x 9 does not fit into its input (8, 8, 2)", net => net.MaxPooling2D("m", 9).Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_DenseOnAMap_ThrowsSayingWhatToPutBefore()
        => AssertRefused("needs a vector but its input is the map (8, 8, 2); put Flatten or GlobalAveragePooling2D before it.", net => net.Dense("d", 3).Softmax("p"));

    [TestMethod]
    public void ToGraph_ConvolutionOfAVector_Throws()
        => AssertRefused("Layer 'c' (Conv2D): needs a map", net => net.Flatten("f").Conv2D("c", 3, 3).Softmax("p"));

    [TestMethod]
    public void ToGraph_AddOfUnlikeShapes_ThrowsListingThem()
        => AssertRefused("its inputs must have one shape but have (8, 8, 3), (8, 8, 2).", net => net.Conv2D("c", 3, 3).Add("a", "c", "input_1").Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_ConcatenateOfUnlikeSizes_ThrowsListingThem()
        => AssertRefused("its inputs must agree in height and width but are (4, 4, 2), (8, 8, 2).", net => net.MaxPooling2D("m", 2).Concatenate("a", "m", "input_1").Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_AddOfOneInput_Throws()
        => AssertRefused("the number of inputs is 1 but must be at least 2.", net => net.Add("a", "input_1").Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_NoFilters_Throws()
        => AssertRefused("the number of filters is 0 but must be at least 1.", net => net.Conv2D("c", 0, 3).Flatten("f").Softmax("p"));

    [TestMethod]
    public void ToGraph_DropoutOfAll_Throws()
        => AssertRefused("the rate is 1 but must be in [0, 1).", net => net.Flatten("f").Dropout("d", 1).Softmax("p"));

    [TestMethod]
    public void ToGraph_DenseOfTooManyWeights_ThrowsNamingIt()
        => AssertTooLarge("Layer 'd' (Dense)", net => net.Flatten("f").Dense("d", int.MaxValue).Softmax("p"));

    [TestMethod]
    public void ToGraph_MapOfTooManyValues_ThrowsNamingTheLayer()
        => AssertTooLarge("Layer 'c' (Conv2D)", net => net.Conv2D("c", int.MaxValue, 1).GlobalAveragePooling2D("g").Softmax("p"));

    [TestMethod]
    public void ToGraph_ConcatenateOfTooManyChannels_ThrowsNamingIt()
        => AssertTooLarge("Layer 'x' (Concatenate)", net => net.GlobalAveragePooling2D("g").Dense("d", 1 << 29).Concatenate("x", "d", "d", "d", "d").Softmax("p"));

    [TestMethod]
    public void ToGraph_CellsOfTooManyValues_ThrowsNamingTheInput()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NetworkBuilder("N", new(2, 1 << 16, 1 << 16)).GlobalAveragePooling2D("g").Softmax("p").ToGraph());

        StringAssert.Contains(error.Message, "Layer 'input_1' (InputLayer) of network 'N' is too large");
    }

    [TestMethod]
    public void ToGraph_SamePoolingOfTheLargestStride_GivesOnePixel()
    {
        NetworkGraph graph = new NetworkBuilder("N", s_cells).Append(new MaxPooling2D("m", ["input_1"], 1, int.MaxValue, Padding.Same)).Flatten("f").Softmax("p").ToGraph();

        Assert.AreEqual(LayerShape.Map(2, 1, 1), graph.GetOutputShape("m"));
    }

    [TestMethod]
    public void Constructor_NoInputLayer_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NetworkGraph("N", [new Flatten("f", ["x"])]));

        StringAssert.Contains(error.Message, "Network 'N' must begin with an InputLayer.");
    }

    [TestMethod]
    public void Constructor_LayerIsNull_ThrowsArgumentException()
        => Assert.Throws<ArgumentException>(() => new NetworkGraph("N", [new InputLayer("i", s_cells), null!]));

    [TestMethod]
    public void Summary_SmallNetwork_IsATableWithTotals()
    {
        string[] lines = Tiny.Network(s_cells, 3).Summary().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

        // 3 * 3 * 2 * 4 + 4 = 76, 4 * 4 = 16 of which 8 moving, 4 * 3 + 3 = 15.
        string[] expected =
        [
            "Tiny: 2 channels x 8 rows x 8 columns, 3 classes", "Layer Type Output shape Parameters Inputs", "input_1 InputLayer (8, 8, 2) 0",
            "conv Conv2D (8, 8, 4) 76 input_1", "bn BatchNormalization (8, 8, 4) 16 conv", "relu Activation (8, 8, 4) 0 bn", "pool GlobalAveragePooling2D (4) 0 relu",
            "ip Dense (3) 15 pool", "predictions Activation (3) 0 ip", "Total parameters: 107", "Trainable parameters: 99", "Non-trainable parameters: 8",
        ];
        Assert.AreSequenceEqual(expected, lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray());
    }

    [TestMethod]
    public void Initialize_Kernels_FillTheGlorotRangeAndNoMore()
    {
        Network network = Network.Initialize(DeepYeast.Networks.DeepYeast(CellShape.DeepYeast, 12, 0.25), new Random(1));

        // sqrt(6 / (fan in + fan out)); conv1_2 has 3 x 3 x 16 in and 3 x 3 x 16 out, ip2 has 128 and 128.
        AssertUniform(network.GetWeight("conv1_2", "kernel"), Math.Sqrt(6.0 / (9 * 16 + 9 * 16)));
        AssertUniform(network.GetWeight("ip2", "kernel"), Math.Sqrt(6.0 / (128 + 128)));
    }

    [TestMethod]
    public void Initialize_OtherWeights_AreZerosAndOnes()
    {
        Network network = Network.Initialize(Tiny.Network(s_cells, 3), new Random(1));

        Assert.IsTrue(network.GetWeight("conv", "bias").ToArray().All(value => value == 0));
        Assert.IsTrue(network.GetWeight("bn", "gamma").ToArray().All(value => value == 1));
        Assert.IsTrue(network.GetWeight("bn", "beta").ToArray().All(value => value == 0));
        Assert.IsTrue(network.GetWeight("bn", "moving_mean").ToArray().All(value => value == 0));
        Assert.IsTrue(network.GetWeight("bn", "moving_variance").ToArray().All(value => value == 1));
    }

    [TestMethod]
    public void GetWeight_UnknownName_ThrowsListingTheLayersOwn()
    {
        Network network = Network.Initialize(Tiny.Network(s_cells, 3), new Random(1));

        var error = Assert.ThrowsExactly<ArgumentException>(() => network.GetWeight("conv", "weight"));

        StringAssert.Contains(error.Message, "Layer 'conv' has no weight 'weight'. Its weights: kernel, bias.");
    }

    private static void AssertUniform(ReadOnlyMemory<float> values, double limit)
    {
        float[] all = values.ToArray();
        Assert.IsTrue(all.All(value => Math.Abs(value) <= limit));
        Assert.IsGreaterThan(0.99 * limit, all.Max());
        Assert.IsLessThan(-0.99 * limit, all.Min());
        // A uniform distribution's variance is a third of the limit's square; 5 % is more than five standard errors here.
        Assert.AreEqual(limit * limit / 3, all.Average(value => (double)value * value), 0.06 * limit * limit / 3);
    }

    private static void AssertTooLarge(string layer, Func<NetworkBuilder, NetworkBuilder> build)
        => AssertRefused($"{layer} of network 'N' is too large: its output or one of its weights has more than 2,147,483,647 values.", build);

    private static void AssertRefused(string message, Func<NetworkBuilder, NetworkBuilder> build)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => build(new NetworkBuilder("N", s_cells)).ToGraph());
        StringAssert.Contains(error.Message, message);
    }
}
