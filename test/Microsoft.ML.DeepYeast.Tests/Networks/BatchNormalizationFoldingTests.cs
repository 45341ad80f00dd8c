using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Plumbing;
using Padding = Microsoft.ML.DeepYeast.Layers.Padding;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class BatchNormalizationFoldingTests
{
    private const int TestCells = 8;

    private static readonly CellShape s_cells = new(3, 8, 8);

    [TestMethod]
    [DataRow("DeepYeast", 10, 0)]
    [DataRow("ResNet50", 49, 17)]         // left: 16 that read a sum or what a shortcut reads too, and the last
    [DataRow("MobileNet", 27, 0)]
    [DataRow("DenseNet40_BC", 76, 40)]    // left: those that read a concatenation, a pooling or what a concatenation reads too
    public void FoldBatchNormalization_Architecture_GivesTheSameProbabilities(string name, int norms, int left)
    {
        Network network = NetworkRun.Randomized(Architectures.Build(name, CellShape.DeepYeast, 12), Drawn(24, seed: 5));
        float[] cells = Drawn(TestCells, seed: 9);

        Network folded = network.FoldBatchNormalization();

        Assert.AreEqual((norms, left), (CountNorms(network), CountNorms(folded)));
        float[] expected = NetworkRun.Forward(network, cells), actual = NetworkRun.Forward(folded, cells);
        Assert.IsLessThan(1e-5, MaximumDifference(expected, actual));
        // Cells differ by more than a hundred times as much, so that a wrong weight would show.
        Assert.IsGreaterThan(1e-3, MaximumDifference(expected[..12], expected[12..24]));
    }

    [TestMethod]
    public void FoldBatchNormalization_ConvolutionWithBias_GivesTheFormulasWeights()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(1, 2, 2)).Conv2D("c", 1, 1).BatchNormalization("n", epsilon: 1).Flatten("f").Softmax("p").ToGraph();

        // 2 x + 5, less the mean 1, over the root of 3 + 1, times 3, plus 0.5.
        Network folded = new Network(graph, [[2], [5], [3], [0.5f], [1], [3]]).FoldBatchNormalization();

        Assert.AreEqual(3, folded.GetWeight("c", "kernel").Span[0]);
        Assert.AreEqual(6.5f, folded.GetWeight("c", "bias").Span[0]);
        Assert.AreSequenceEqual(["input_1", "c", "f", "p"], folded.Graph.Layers.Select(layer => layer.Name).ToArray());
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FoldBatchNormalization_AfterConvolution_Folds(bool useBias)
        => AssertFolds(0, net => net.Conv2D("c", 5, 3, stride: 2, useBias: useBias).BatchNormalization("n").Relu("r").Flatten("f"));

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FoldBatchNormalization_AfterDepthwiseConvolution_Folds(bool useBias)
        => AssertFolds(0, net => net.DepthwiseConv2D("c", 3, stride: 2, useBias: useBias).BatchNormalization("n").Relu("r").Flatten("f"));

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FoldBatchNormalization_AfterDense_Folds(bool useBias)
        => AssertFolds(0, net => net.Flatten("f").Dense("d", 6, useBias: useBias).BatchNormalization("n").Relu("r"));

    [TestMethod]
    public void FoldBatchNormalization_AfterDenseWithFunction_Stays()
        => AssertFolds(1, net => net.Flatten("f").Dense("d", 6, ActivationFunction.Relu).BatchNormalization("n").Relu("r"));

    [TestMethod]
    public void FoldBatchNormalization_AfterDropout_FoldsIntoTheLayerBeforeThat()
        => AssertFolds(0, net => net.Conv2D("c", 5, 3).Dropout("o", 0.2).BatchNormalization("n").Relu("r").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_ConvolutionWithTwoReaders_Stays()
        => AssertFolds(1, net => net.Conv2D("c", 3, 3).BatchNormalization("n").Relu("r").Add("a", "r", "c").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_DropoutWithTwoReaders_Stays()
        => AssertFolds(1, net => net.Conv2D("c", 3, 3).Dropout("o", 0.2).BatchNormalization("n").Relu("r").Add("a", "r", "o").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_NormWithTwoReaders_BothReadTheConvolution()
        => AssertFolds(0, net => net.Conv2D("c", 3, 3).BatchNormalization("n").Relu("r").Add("a", "r", "n").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_TwoInARow_FoldsBoth()
        => AssertFolds(0, net => net.Conv2D("c", 3, 3).BatchNormalization("n").BatchNormalization("m").Relu("r").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_BetweenPoolingAndFunction_Stays()
        => AssertFolds(1, net => net.MaxPooling2D("m", 2).BatchNormalization("n").Relu("r").Flatten("f"));

    [TestMethod]
    [DataRow(3, 1, Padding.Valid, true)]
    [DataRow(3, 2, Padding.Valid, false)]
    [DataRow(1, 2, Padding.Same, true)]
    [DataRow(2, 2, Padding.Same, false)]
    public void FoldBatchNormalization_BeforeConvolutionWithoutPadding_Folds(int size, int stride, Padding padding, bool useBias)
        => AssertFolds(0, net => net.BatchNormalization("n").Conv2D("c", 5, size, stride, padding, useBias).Relu("r").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_BeforeDepthwiseConvolutionWithoutPadding_Folds()
        => AssertFolds(0, net => net.BatchNormalization("n").DepthwiseConv2D("c", 3, padding: Padding.Valid, useBias: false).Relu("r").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_BeforeDenseWithFunction_Folds()
        => AssertFolds(0, net => net.GlobalAveragePooling2D("g").BatchNormalization("n").Dropout("o", 0.5).Dense("d", 6, ActivationFunction.Relu));

    [TestMethod]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    public void FoldBatchNormalization_BeforePaddedConvolution_Stays(int size, int stride)
        => AssertFolds(1, net => net.BatchNormalization("n").Conv2D("c", 5, size, stride).Relu("r").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_BeforeTwoConvolutions_Stays()
        => AssertFolds(1, net => net.BatchNormalization("n").Conv2D("c", 5, 1).Conv2D("d", 5, 1, input: "n").Add("a", "c", "d").Flatten("f"));

    [TestMethod]
    public void FoldBatchNormalization_Network_LeavesTheOriginalAsItWas()
    {
        Network network = NetworkRun.Randomized(Tiny.Network(Tiny.Shape, 3));
        float[][] before = [.. network.Weights.Select(weight => weight.ToArray())];

        network.FoldBatchNormalization();

        Assert.AreEqual(1, CountNorms(network));
        Assert.IsTrue(before.Zip(network.Weights).All(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void FoldBatchNormalization_WrittenAndRead_ScoresBitForBitAlike()
    {
        Network folded = NetworkRun.Randomized(DeepYeast.Networks.MobileNet(new(2, 16, 16), 5)).FoldBatchNormalization();
        float[] cells = NetworkRun.Randoms(3 * folded.Graph.InputShape.Size, seed: 9);
        using var stream = new MemoryStream();
        NetworkStream.Write(new BinaryWriter(stream), folded);
        stream.Position = 0;

        Network back = NetworkStream.Read(new BinaryReader(stream));

        Assert.AreSequenceEqual(NetworkRun.Forward(folded, cells), NetworkRun.Forward(back, cells));
    }

    /// <summary>Folds a network and checks how many norms are left, and that it computes what it did.</summary>
    private static void AssertFolds(int left, Func<NetworkBuilder, NetworkBuilder> build)
    {
        Network network = NetworkRun.Randomized(build(new NetworkBuilder("N", s_cells)).Dense("z", 4).Softmax("p").ToGraph());
        float[] cells = NetworkRun.Randoms(TestCells * s_cells.Size, seed: 9);

        Network folded = network.FoldBatchNormalization();

        Assert.AreEqual(left, CountNorms(folded));
        Assert.IsLessThan(1e-5, MaximumDifference(NetworkRun.Forward(network, cells, logits: true), NetworkRun.Forward(folded, cells, logits: true)));
    }

    private static int CountNorms(Network network) => network.Graph.Layers.Count(layer => layer is BatchNormalization);

    private static double MaximumDifference(float[] first, float[] second) => first.Zip(second).Max(pair => Math.Abs((double)pair.First - pair.Second));

    /// <summary>Drawn yeast cells of all classes in turn.</summary>
    private static float[] Drawn(int count, ulong seed)
    {
        byte[] planes = new byte[CellShape.DeepYeast.Size];
        return [.. Enumerable.Range(0, count).SelectMany(i =>
        {
            DrawnCell.Draw(LocalizationClasses.Main[i % LocalizationClasses.Main.Count], seed + (ulong)i, planes);
            return planes.Select(grey => GreyLevels.ToFeature(grey)).ToArray();
        })];
    }
}
