using System.Text.Json;
using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The library's architectures against Keras's own summaries of the reference's, and in use.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void Build_TwelveClasses_IsKerasLayerForLayer(string name)
    {
        using JsonDocument keras = ReadSummary(name);

        NetworkGraph graph = Architectures.Build(name, CellShape.DeepYeast, 12);

        string[] expected = [.. keras.RootElement.GetProperty("layers").EnumerateArray().Select(layer =>
            $"{layer.GetProperty("name")} {layer.GetProperty("type")} ({Join(layer.GetProperty("output"))}) {layer.GetProperty("parameters")} <- {Join(layer.GetProperty("inputs"))}")];
        string[] actual = [.. graph.Layers.Select(layer =>
            $"{layer.Name} {layer.TypeName} {graph.GetOutputShape(layer.Name)} {graph.GetWeights(layer.Name).Sum(weight => weight.Size)} <- {string.Join(", ", layer.Inputs)}")];
        Assert.AreSequenceEqual(expected, actual);
    }

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void Build_TwelveClasses_HasKerasTotals(string name)
    {
        using JsonDocument keras = ReadSummary(name);

        NetworkGraph graph = Architectures.Build(name, CellShape.DeepYeast, 12);

        Assert.AreEqual(keras.RootElement.GetProperty("trainable").GetInt64(), graph.TrainableParameterCount);
        Assert.AreEqual(keras.RootElement.GetProperty("non_trainable").GetInt64(), graph.NonTrainableParameterCount);
        Assert.AreEqual(keras.RootElement.GetProperty("total").GetInt64(), graph.TrainableParameterCount + graph.NonTrainableParameterCount);
    }

    [TestMethod]
    [DataRow("DeepYeast", 10_987_788)]
    [DataRow("ResNet50", 1_168_684)]
    [DataRow("MobileNet", 3_218_988)]
    [DataRow("DenseNet40_BC", 446_861)]
    public void Build_TwelveClasses_HasTheDocumentedNumberOfParameters(string name, int trainable)
        => Assert.AreEqual(trainable, Architectures.Build(name, CellShape.DeepYeast, 12).TrainableParameterCount);

    // 8 convolutions of 9 weights an input and output channel, a bias, a scale and a shift each, and a dense layer on 256 means.
    [TestMethod]
    public void DeepYeastPooled_TwelveClasses_HasTheParametersOfItsConvolutionsAndItsHead()
    {
        int[] channels = [2, 64, 64, 128, 128, 256, 256, 256, 256];
        int expected = Enumerable.Range(1, 8).Sum(i => channels[i] * (9 * channels[i - 1] + 3)) + 257 * 12;

        Assert.AreEqual(expected, Networks.DeepYeastPooled(CellShape.DeepYeast, 12).TrainableParameterCount);
    }

    // tanelp/deepyeast, deepyeast/models: only convolutions have a kernel_regularizer, in two of the networks; the dense heads' are commented out.
    [TestMethod]
    [DataRow("DeepYeast", 0.0)]
    [DataRow("ResNet50", 1e-4)]
    [DataRow("MobileNet", 0.0)]
    [DataRow("DenseNet40_BC", 1e-4)]
    public void Build_Kernels_CarryTheReferencesL2(string name, double l2)
    {
        NetworkGraph graph = Architectures.Build(name, CellShape.DeepYeast, 12);

        Assert.IsTrue(graph.Layers.OfType<Conv2D>().All(layer => layer.L2 == l2));
        Assert.IsTrue(graph.Layers.OfType<Dense>().All(layer => layer.L2 == 0));
    }

    [TestMethod]
    [DataRow("DeepYeast", 0.5)]
    [DataRow("DenseNet40_BC", 0.2)]
    public void Build_Dropouts_HaveTheReferencesRate(string name, double rate)
        => Assert.IsTrue(Architectures.Build(name, CellShape.DeepYeast, 12).Layers.OfType<Dropout>().All(layer => layer.Rate == rate));

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void Forward_OneGradientStep_LowersTheLossOfItsBatch(string name)
    {
        NetworkGraph graph = Architectures.Build(name, new(2, 32, 32), 3);
        using var network = new TorchNetwork(Network.Initialize(graph, new Random(1)), CPU);
        network.PrepareTraining();
        using var scope = NewDisposeScope();
        Tensor cells = NetworkRun.Batch(graph.InputShape, NetworkRun.Randoms(6 * graph.InputShape.Size, seed: 2));
        Tensor classes = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        var pass = new ForwardPass(BatchStatistics: true, StatisticsShare: null, Dropout: null);

        Tensor before = Loss();
        before.backward();
        using (no_grad())
        {
            using Scalar step = 1e-3;
            network.Parameters.sub_(network.Gradients!.mul(step));
        }

        Assert.IsLessThan(before.item<float>(), Loss().item<float>());

        Tensor Loss() => nn.functional.cross_entropy(network.Forward(cells, pass, logits: true), classes);
    }

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void WriteAndRead_Network_ScoresBitForBitAlike(string name)
    {
        Network network = Network.Initialize(Architectures.Build(name, new(2, 16, 24), 5), new Random(1));
        float[] cells = NetworkRun.Randoms(3 * network.Graph.InputShape.Size, seed: 2);
        using var stream = new MemoryStream();
        NetworkStream.Write(new BinaryWriter(stream), network);
        stream.Position = 0;

        Network back = NetworkStream.Read(new BinaryReader(stream));

        float[] scores = NetworkRun.Forward(back, cells);
        Assert.AreSequenceEqual(NetworkRun.Forward(network, cells), scores);
        Assert.AreEqual(network.Graph.Summary(), back.Graph.Summary());
        Assert.IsTrue(scores.Chunk(5).All(row => Math.Abs(row.Sum() - 1) < 1e-6));
    }

    [TestMethod]
    [DataRow("ResNet50", 1, "final_relu", 1, 1)]
    [DataRow("MobileNet", 1, "conv_block_12_pw_relu", 1, 1)]
    [DataRow("MobileNet", 96, "conv_block_12_pw_relu", 3, 3)]
    [DataRow("DenseNet40_BC", 8, "final_relu", 1, 1)]
    [DataRow("DenseNet40_BC", 96, "final_relu", 12, 12)]
    public void Build_CellsOfAnotherSize_HalvesThemAsOften(string name, int side, string layer, int height, int width)
    {
        LayerShape shape = Architectures.Build(name, new(3, side, side), 4).GetOutputShape(layer);

        Assert.AreEqual((height, width), (shape.Height, shape.Width));
    }

    [TestMethod]
    public void DenseNet40_BC_CellsOfSevenPixels_ThrowsNamingThePooling()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => DeepYeast.Networks.DenseNet40_BC(new(2, 7, 7), 12));

        StringAssert.Contains(error.Message, "Layer 'transition_block_2_pool' (AveragePooling2D): a window of 2 x 2 does not fit into its input (1, 1, 97)");
    }

    private static JsonDocument ReadSummary(string name) => JsonDocument.Parse(File.ReadAllText(TestData.Path($"keras-reference/{name}.summary.json")));

    private static string Join(JsonElement list) => string.Join(", ", list.EnumerateArray().Select(item => item.ToString()));
}
