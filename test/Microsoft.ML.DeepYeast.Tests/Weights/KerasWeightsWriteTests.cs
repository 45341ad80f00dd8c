using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class KerasWeightsWriteTests
{
    [TestMethod]
    public void SaveKerasWeights_AndLoadAgain_GivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        NetworkGraph graph = Tiny.Network(Tiny.Shape, 5);
        Network network = new(graph, [.. Network.Initialize(graph, new Random(1)).Weights.Select((values, i) => i == 1 ? [-0f, float.Epsilon, float.MaxValue, -1e-40f] : values)]);

        network.SaveKerasWeights(folder.File("w.h5"));

        AssertEqualBits(network, Network.LoadKerasWeights(graph, folder.File("w.h5")));
    }

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void SaveKerasWeights_WeightsOfKeras_GivesTheSameLayoutAndBits(string name)
    {
        using var folder = new TemporaryFolder();
        string reference = TestData.Path($"keras-reference/{name}.h5");
        Network network = Network.LoadKerasWeights(KerasTestFile.Reference(name), reference);

        network.SaveKerasWeights(folder.File("w.h5"));

        using NativeFile expected = H5File.OpenRead(reference), actual = H5File.OpenRead(folder.File("w.h5"));
        Assert.AreSequenceEqual(Outline(expected, "").Order(StringComparer.Ordinal).ToArray(), Outline(actual, "").Order(StringComparer.Ordinal).ToArray());
        AssertEqualBits(network, Network.LoadKerasWeights(network.Graph, folder.File("w.h5")));
    }

    [TestMethod]
    public void SaveKerasWeights_Names_AreTextOfFixedLength()
    {
        using var folder = new TemporaryFolder();

        Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)).SaveKerasWeights(folder.File("w.h5"));

        using NativeFile file = H5File.OpenRead(folder.File("w.h5"));
        Assert.AreEqual(H5DataTypeClass.String, file.Attribute("layer_names").Type.Class);
        Assert.AreSequenceEqual(["input_1", "conv", "bn", "relu", "pool", "ip", "predictions"], file.Attribute("layer_names").Read<string[]>());
        Assert.AreSequenceEqual(["ip/kernel:0", "ip/bias:0"], file.Group("ip").Attribute("weight_names").Read<string[]>());
        Assert.AreEqual("2.15.0", file.Attribute("keras_version").Read<string>());
    }

    [TestMethod]
    public void SaveKerasWeights_ShortNames_LeaveTheBackendWhole()
    {
        using var folder = new TemporaryFolder();

        Network.Initialize(new NetworkBuilder("Bare", new(2, 1, 1)).Flatten("f").Softmax("p").ToGraph(), new Random(1)).SaveKerasWeights(folder.File("w.h5"));

        using NativeFile file = H5File.OpenRead(folder.File("w.h5"));
        Assert.AreEqual("tensorflow", file.Attribute("backend").Read<string>());
    }

    [TestMethod]
    public void SaveKerasWeights_MoreNamesThanAnAttributeHolds_SplitsThemAsKerasDoes()
    {
        using var folder = new TemporaryFolder();
        var net = new NetworkBuilder("Long", new(2, 1, 1)).Flatten("flatten");
        for (int i = 0; i < 2000; i++)
            net.Relu($"a_layer_whose_name_has_thirty_six_{i}");
        NetworkGraph graph = net.Dense("ip", 3).Softmax("p").ToGraph();
        Network network = Network.Initialize(graph, new Random(1));

        network.SaveKerasWeights(folder.File("w.h5"));

        using (NativeFile file = H5File.OpenRead(folder.File("w.h5")))
        {
            Assert.IsFalse(file.AttributeExists("layer_names"));
            Assert.AreSequenceEqual(graph.Layers.Select(layer => layer.Name).ToArray(), [.. file.Attribute("layer_names0").Read<string[]>(), .. file.Attribute("layer_names1").Read<string[]>()]);
        }
        AssertEqualBits(network, Network.LoadKerasWeights(graph, folder.File("w.h5")));
    }

    [TestMethod]
    [DataRow("block/ip")]
    [DataRow("größe µ")]
    public void SaveKerasWeights_UnusualLayerName_LoadsAgain(string name)
    {
        using var folder = new TemporaryFolder();
        Network network = Network.Initialize(KerasTestFile.Dense(name: name), new Random(1));

        network.SaveKerasWeights(folder.File("w.h5"));

        AssertEqualBits(network, Network.LoadKerasWeights(network.Graph, folder.File("w.h5")));
    }

    [TestMethod]
    public void SaveKerasWeights_FileExists_IsReplaced()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("w.h5"), "old");

        Network.Initialize(KerasTestFile.Dense(), new Random(1)).SaveKerasWeights(folder.File("w.h5"));

        Assert.AreEqual(3, Network.LoadKerasWeights(KerasTestFile.Dense(), folder.File("w.h5")).Graph.ClassCount);
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void SaveKerasWeights_NoSuchFolder_ThrowsDirectoryNotFound()
        => Assert.ThrowsExactly<DirectoryNotFoundException>(() =>
            Network.Initialize(KerasTestFile.Dense(), new Random(1)).SaveKerasWeights(Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}", "w.h5")));

    private static void AssertEqualBits(Network expected, Network actual)
        => Assert.AreSequenceEqual(expected.Weights.SelectMany(values => values).Select(BitConverter.SingleToInt32Bits).ToArray(),
            actual.Weights.SelectMany(values => values).Select(BitConverter.SingleToInt32Bits).ToArray());

    // Every object's path, its attributes' texts and its shape, but for the version of Keras and how text is stored.
    private static IEnumerable<string> Outline(IH5Group group, string path)
    {
        foreach (IH5Attribute attribute in group.Attributes().Where(attribute => attribute.Name != "keras_version"))
        {
            bool text = attribute.Type.Class is H5DataTypeClass.String or H5DataTypeClass.VariableLength;
            string values = !text ? attribute.Type.Class.ToString() : attribute.Space.Type == H5DataspaceType.Scalar ? attribute.Read<string>() : string.Join("|", attribute.Read<string[]>());
            yield return $"{path}@{attribute.Name} {attribute.Space.Type} ({string.Join(",", attribute.Space.Dimensions)}) {values}";
        }
        foreach (IH5Object child in group.Children())
        {
            yield return child is IH5Dataset dataset
                ? $"{path}/{child.Name} {dataset.Type.Class} {dataset.Type.Size} {dataset.Layout.Class} ({string.Join(",", dataset.Space.Dimensions)})"
                : $"{path}/{child.Name}";
            if (child is IH5Group inner)
            {
                foreach (string line in Outline(inner, $"{path}/{child.Name}"))
                    yield return line;
            }
        }
    }
}
