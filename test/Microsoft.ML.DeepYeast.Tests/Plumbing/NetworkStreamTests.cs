using System.Text;
using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class NetworkStreamTests
{
    private const string Input = """{"type":"InputLayer","Name":"input_1","Shape":{"Channels":1,"Height":2,"Width":2}}""";
    private const string Tail = """{"type":"Activation","Name":"p","Inputs":["f"],"Function":"Softmax"}""";

    [TestMethod]
    public void WriteAndRead_EveryKindOfLayer_GivesTheSameGraphAndWeights()
    {
        NetworkGraph graph = new NetworkBuilder("All", new(2, 8, 8))
            .Conv2D("conv", 3, 3, stride: 2, l2: 0.5).DepthwiseConv2D("depth", 3, useBias: false).BatchNormalization("bn", epsilon: 0.5, momentum: 0.25).Relu("relu")
            .Add("add", "relu", "conv").Concatenate("cat", "add", "conv").MaxPooling2D("max", 2).AveragePooling2D("mean", 2).Flatten("f")
            .Dense("d", 4, ActivationFunction.Relu, l2: 0.25).Dropout("drop", 0.5).Conv2D("side", 4, 1, input: "conv").GlobalAveragePooling2D("gap")
            .Add("sum", "drop", "gap").Softmax("p").ToGraph();
        Network network = Network.Initialize(graph, new Random(1));

        Network back = Read(Write(network));

        Assert.AreEqual(graph.Summary(), back.Graph.Summary());
        Assert.AreSequenceEqual(graph.Layers.Select(Describe).ToArray(), back.Graph.Layers.Select(Describe).ToArray());
        Assert.IsTrue(network.Weights.Zip(back.Weights).All(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void Read_CutShortAnywhere_ThrowsFormatException()
    {
        byte[] whole = Write(Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)));

        for (int length = 0; length < whole.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => Read(whole[..length]), $"{length} of {whole.Length} bytes");
    }

    [TestMethod]
    public void Read_AnyByteChanged_ThrowsFormatException()
    {
        byte[] whole = Write(Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)));

        for (int position = 0; position < whole.Length; position++)
        {
            byte[] changed = [.. whole];
            changed[position] ^= 0x11;
            Assert.ThrowsExactly<FormatException>(() => Read(changed), $"byte {position}");
        }
    }

    [TestMethod]
    [DataRow("null")]
    [DataRow("{}")]
    [DataRow("[]")]
    [DataRow("""{"Name":"N","Layers":[]}""")]
    [DataRow("""{"Name":"N","Layers":[null]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,null,TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Flatten","Name":"f","Inputs":[null]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Flatten","Name":null,"Inputs":["input_1"]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Flatten","Name":"f"},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Rocket","Name":"f","Inputs":["input_1"]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Flatten","Name":"x","Inputs":["input_1"]},{"type":"Dense","Name":"f","Inputs":["x"],"Units":2147483647,"UseBias":true,"Function":"Linear","L2":0},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Conv2D","Name":"x","Inputs":["input_1"],"Filters":2147483647,"Size":2147483647,"Stride":1,"Padding":"Same","UseBias":true,"L2":0},{"type":"Flatten","Name":"f","Inputs":["x"]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"MaxPooling2D","Name":"x","Inputs":["input_1"],"Size":1,"Stride":2147483647,"Padding":"Same"},{"type":"Flatten","Name":"f","Inputs":["x"]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[{"type":"InputLayer","Name":"input_1","Shape":{"Channels":1,"Height":100000,"Width":100000}},{"type":"GlobalAveragePooling2D","Name":"f","Inputs":["input_1"]},TAIL]}""")]
    [DataRow("""{"Name":"N","Layers":[INPUT,{"type":"Flatten","Name":"f","Inputs":["input_1"]},{"type":"Activation","Name":"p","Inputs":["f"],"Function":"Explode"}]}""")]
    [DataRow("DEEP")]
    public void Read_HostileGraph_ThrowsFormatExceptionWithoutAllocatingMuch(string graph)
    {
        string deep = string.Concat(Enumerable.Repeat("""{"Name":""", 100_000));
        byte[] json = Encoding.UTF8.GetBytes(graph.Replace("INPUT", Input, StringComparison.Ordinal).Replace("TAIL", Tail, StringComparison.Ordinal).Replace("DEEP", deep, StringComparison.Ordinal));
        byte[] stream = [.. BitConverter.GetBytes(json.Length), .. json, .. new byte[32]];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsExactly<FormatException>(() => Read(stream));

        Assert.IsLessThan(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Write(Network network)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        NetworkStream.Write(writer, network);
        return stream.ToArray();
    }

    private static Network Read(byte[] bytes) => NetworkStream.Read(new BinaryReader(new MemoryStream(bytes)));

    // Records print their inputs as the name of a type, which may differ.
    private static string Describe(Layer layer)
    {
        string text = layer.ToString();
        int inputs = text.IndexOf("Inputs = ", StringComparison.Ordinal);
        return $"{text[..inputs]}{string.Join(", ", layer.Inputs)}{text[text.IndexOf(", TypeName", StringComparison.Ordinal)..]}";
    }
}
