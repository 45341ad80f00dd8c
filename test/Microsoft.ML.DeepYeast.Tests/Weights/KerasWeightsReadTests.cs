using Microsoft.ML.DeepYeast.Weights;
using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class KerasWeightsReadTests
{
    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void LoadKerasWeights_WrittenByKeras_EqualsWhatPureHdfReads(string name)
    {
        string path = TestData.Path($"keras-reference/{name}.h5");
        using NativeFile file = H5File.OpenRead(path);

        Network network = Network.LoadKerasWeights(KerasTestFile.Reference(name), path);

        foreach (string layer in network.Graph.Layers.Select(layer => layer.Name))
        {
            foreach (WeightShape weight in network.Graph.GetWeights(layer))
                Assert.AreSequenceEqual(file.Dataset($"{layer}/{layer}/{weight.Name}:0").Read<float[]>(), network.GetWeight(layer, weight.Name).ToArray(), $"{layer}/{weight.Name}");
        }
    }

    [TestMethod]
    public void LoadKerasWeights_WholeModel_GivesTheSameAsTheWeightFile()
    {
        NetworkGraph graph = KerasTestFile.Reference("MobileNet");

        Network weights = Network.LoadKerasWeights(graph, TestData.Path("keras-reference/MobileNet.h5"));
        Network model = Network.LoadKerasWeights(graph, TestData.Path("keras-reference/MobileNet.model.h5"));

        Assert.AreSequenceEqual(weights.Weights.SelectMany(values => values).ToArray(), model.Weights.SelectMany(values => values).ToArray());
    }

    [TestMethod]
    public void LoadKerasWeights_ResNet50IntoDeepYeast_ThrowsWithBothLists()
    {
        string path = TestData.Path("keras-reference/ResNet50.h5");

        var error = Assert.ThrowsExactly<ArgumentException>(() => Network.LoadKerasWeights(KerasTestFile.Reference("DeepYeast"), path));

        StringAssert.Contains(error.Message, "'ResNet50.h5' does not hold weights of the DeepYeast network: 21 layers with weights are needed and 103 are there.");
        StringAssert.Contains(error.Message, " -> conv1_1 (3, 3, 2, 64) (64)");
        Assert.HasCount(105, error.Message.Split(Environment.NewLine));
    }

    [TestMethod]
    public void LoadKerasWeights_DeepYeastIntoFourClasses_ThrowsNamingBothCounts()
    {
        string path = TestData.Path("keras-reference/DeepYeast.h5");

        var error = Assert.ThrowsExactly<ArgumentException>(() => Network.LoadKerasWeights(DeepYeast.Networks.DeepYeast(CellShape.DeepYeast, 4), path));

        StringAssert.Contains(error.Message, "'DeepYeast.h5' holds weights for 12 classes, but the DeepYeast network was built for 4: its last layer 'ip3' differs, all other layers agree.");
    }

    [TestMethod]
    public void LoadKerasWeights_WrittenByH5py_GivesTheValues()
    {
        Network network = Load(Tiny.Network(Tiny.Shape, 3), KerasTestFile.Fixture("legacy.h5"));

        // make.py writes 0, 1/64, 2/64 ... through all weights.
        Assert.AreSequenceEqual(Enumerable.Range(0, 107).Select(i => i / 64f).ToArray(), network.Weights.SelectMany(values => values).ToArray());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(20)]
    public void LoadKerasWeights_TextOfFixedOrVariableLength_Loads(int fixedLength)
    {
        byte[] file = KerasTestFile.Bytes(KerasTestFile.OfDense(), new(DefaultStringLength: fixedLength));

        Assert.AreSequenceEqual([0f, 1, 2, 3, 4, 5], Load(KerasTestFile.Dense(), file).GetWeight("ip", "kernel").ToArray());
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void LoadKerasWeights_SmallWeightsInTheHeaderOrNot_Loads(bool compact)
    {
        byte[] file = KerasTestFile.Bytes(KerasTestFile.OfDense(new float[] { 7, 8, 9 }), new(PreferCompactDatasetLayout: compact));

        Assert.AreSequenceEqual([7f, 8, 9], Load(KerasTestFile.Dense(), file).GetWeight("ip", "bias").ToArray());
    }

    [TestMethod]
    public void LoadKerasWeights_LayerNamesInParts_LoadsAllInOrder()
    {
        H5File file = KerasTestFile.Of(("a", [KerasTestFile.Zeros(2, 4), KerasTestFile.Zeros(4)]), ("ip", [KerasTestFile.Zeros(4, 3), new(new float[] { 1, 2, 3 })]));
        file.Attributes.Remove("layer_names");
        file.Attributes["layer_names0"] = new[] { "a" };
        file.Attributes["layer_names1"] = new[] { "ip" };
        NetworkGraph graph = new NetworkBuilder("Two", new(2, 1, 1)).Flatten("flatten").Dense("a", 4).Dense("ip", 3).Softmax("p").ToGraph();

        Assert.AreSequenceEqual([1f, 2, 3], Load(graph, KerasTestFile.Bytes(file)).GetWeight("ip", "bias").ToArray());
    }

    [TestMethod]
    public void LoadKerasWeights_HalfAndDoublePrecision_AreConverted()
    {
        float[] expected = [0.5f, -2, 65504];

        Network half = Load(KerasTestFile.Dense(), KerasTestFile.Bytes(KerasTestFile.OfDense(expected.Select(value => (Half)value).ToArray())));
        Network wide = Load(KerasTestFile.Dense(), KerasTestFile.Bytes(KerasTestFile.OfDense(expected.Select(value => (double)value).ToArray())));

        Assert.AreSequenceEqual(expected, half.GetWeight("ip", "bias").ToArray());
        Assert.AreSequenceEqual(expected, wide.GetWeight("ip", "bias").ToArray());
    }

    [TestMethod]
    [DataRow("ip", "ip")]
    [DataRow("ip", "dense")]
    [DataRow("ip", "dense_17")]
    [DataRow("dense_3", "dense_17")]
    [DataRow("dense_3", "ip")]
    public void LoadKerasWeights_NameIsTheSameOrKerasOwn_Loads(string graphName, string fileName)
    {
        Network network = Load(KerasTestFile.Dense(name: graphName), KerasTestFile.Bytes(KerasTestFile.OfDense(new float[] { 7, 8, 9 }, fileName)));

        Assert.AreSequenceEqual([7f, 8, 9], network.GetWeight(graphName, "bias").ToArray());
    }

    [TestMethod]
    [DataRow("op")]
    [DataRow("dense_")]
    [DataRow("dense_1a")]
    [DataRow("densely")]
    [DataRow("conv2d_1")]
    public void LoadKerasWeights_AnotherName_ThrowsMarkingIt(string fileName)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Load(KerasTestFile.Dense(), KerasTestFile.Bytes(KerasTestFile.OfDense(name: fileName))));

        StringAssert.Contains(error.Message, $" -> ip (2, 3) (3)  {fileName} (2, 3) (3)");
    }

    [TestMethod]
    public void LoadKerasWeights_EveryTypesOwnName_Loads()
    {
        NetworkGraph graph = new NetworkBuilder("Names", new(1, 2, 2)).Conv2D("c", 1, 1, useBias: false).DepthwiseConv2D("d", 1, useBias: false).BatchNormalization("b")
            .Flatten("flatten").Dense("ip", 1, useBias: false).Softmax("p").ToGraph();
        H5File file = KerasTestFile.Of(("conv2d_9", [KerasTestFile.Zeros(1, 1, 1, 1)]), ("depthwise_conv2d", [KerasTestFile.Zeros(1, 1, 1, 1)]),
            ("batch_normalization_12", [KerasTestFile.Zeros(1), KerasTestFile.Zeros(1), KerasTestFile.Zeros(1), KerasTestFile.Zeros(1)]), ("dense_1", [KerasTestFile.Zeros(4, 1)]));

        Assert.AreEqual(10, Load(graph, KerasTestFile.Bytes(file)).Weights.Sum(values => values.Length));
    }

    [TestMethod]
    public void LoadKerasWeights_AnotherNetwork_ThrowsWithBothListsSideBySide()
    {
        NetworkGraph graph = new NetworkBuilder("Two", new(2, 1, 1)).Flatten("flatten").Dense("first", 4, useBias: false).Dense("ip", 3).Softmax("p").ToGraph();
        H5File file = KerasTestFile.Of(("first", [KerasTestFile.Zeros(2, 4)]), ("ip", [KerasTestFile.Zeros(4, 4), KerasTestFile.Zeros(3)]), ("last", [KerasTestFile.Zeros(3)]));

        var error = Assert.ThrowsExactly<ArgumentException>(() => Load(graph, KerasTestFile.Bytes(file)));

        string[] expected =
        [
            "'w.h5' does not hold weights of the Two network: 2 layers with weights are needed and 3 are there. Load it into the network that it was saved from. Rows that differ are marked:",
            "    Two needs      w.h5 has",
            "    first (2, 4)   first (2, 4)",
            " -> ip (4, 3) (3)  ip (4, 4) (3)",
            " ->                last (3)",
        ];
        Assert.AreSequenceEqual(expected, error.Message.Split(Environment.NewLine));
    }

    [TestMethod]
    public void LoadKerasWeights_OtherClassCount_ThrowsNamingBothCounts()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Load(KerasTestFile.Dense(classCount: 4), KerasTestFile.Bytes(KerasTestFile.OfDense())));

        Assert.AreEqual("'w.h5' holds weights for 3 classes, but the Small network was built for 4: its last layer 'ip' differs, all other layers agree. " +
            "Build the network for 3 classes to load these weights; for other classes give it to the trainer as StartingNetwork, which replaces the head.", error.Message);
    }

    private static Network Load(NetworkGraph graph, byte[] file) => KerasWeightReader.Read(graph, new MemoryStream(file), "w.h5");
}
