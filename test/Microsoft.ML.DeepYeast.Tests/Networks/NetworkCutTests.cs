using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Parts of networks, and new heads.</summary>
[TestClass]
public sealed class NetworkCutTests
{
    private readonly Network _network = Network.Initialize(Branched(), new Random(1));

    [TestMethod]
    public void CutAt_LayerOfABranch_KeepsOnlyWhatItDependsOn()
    {
        Network cut = _network.CutAt("left");

        Assert.AreSequenceEqual(new[] { "input_1", "stem", "left" }, cut.Graph.Layers.Select(layer => layer.Name));
        Assert.AreSequenceEqual(_network.GetWeight("left", "kernel").ToArray(), cut.GetWeight("left", "kernel").ToArray());
        Assert.AreEqual(LayerShape.Map(5, 8, 8), cut.Graph.OutputShape);
        Assert.IsFalse(cut.Graph.IsClassifier);
    }

    [TestMethod]
    public void CutAt_UnknownLayer_ThrowsWithTheNearestNameFirst()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _network.CutAt("rihgt"));

        StringAssert.StartsWith(error.Message, "Network 'Branched' has no layer 'rihgt'. Its layers, nearest name first: 'right', ");
    }

    [TestMethod]
    public void ReplaceHead_OtherClassCount_DrawsTheHeadAnewAndKeepsTheRest()
    {
        Network replaced = _network.ReplaceHead(7, seed: 3);

        Assert.AreEqual(7, replaced.Graph.ClassCount);
        Assert.AreSequenceEqual(new[] { 5, 7 }, replaced.Graph.GetWeights("ip")[0].Dimensions);
        Assert.IsTrue(replaced.GetWeight("ip", "kernel").ToArray().All(value => value != 0 && Math.Abs(value) <= Math.Sqrt(6.0 / 12)));
        Assert.IsTrue(replaced.GetWeight("ip", "bias").ToArray().All(value => value == 0));
        foreach (string layer in new[] { "stem", "left", "right" })
            Assert.AreSequenceEqual(_network.GetWeight(layer, "kernel").ToArray(), replaced.GetWeight(layer, "kernel").ToArray());
    }

    [TestMethod]
    public void ReplaceHead_NoClassifier_ThrowsNamingTheLastLayer()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => _network.CutAt("sum").ReplaceHead(3, seed: 1));

        Assert.AreEqual("Network 'Branched' has no head to replace: it must end with a dense layer and a softmax but ends with 'sum' (Add).", error.Message);
    }

    [TestMethod]
    public void ReplaceHead_HeadIsAConvolution_ThrowsSayingWhatIsNeeded()
    {
        NetworkGraph graph = new NetworkBuilder("N", Tiny.Shape).Conv2D("conv", 3, size: 1).GlobalAveragePooling2D("pool").Softmax("p").ToGraph();

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => graph.ReplaceHead(2)).Message, "it must end with a dense layer and a softmax");
    }

    [TestMethod]
    public void ReplaceHead_SoftmaxOfTwoHeads_ThrowsSayingWhatIsNeeded()
    {
        NetworkGraph graph = new NetworkBuilder("N", Tiny.Shape).Flatten("f").Dense("a", 2, input: "f").Dense("b", 3, input: "f").Concatenate("c", "a", "b").Softmax("p").ToGraph();

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => graph.ReplaceHead(4)).Message, "it must end with a dense layer and a softmax");
    }

    [TestMethod]
    public void ToGraph_LayerThatLeadsNowhere_ThrowsNamingIt()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NetworkBuilder("N", Tiny.Shape).Flatten("f").Dense("aux", 2, input: "f").Dense("ip", 3, input: "f").Softmax("p").ToGraph());

        StringAssert.StartsWith(error.Message, "Layer 'aux' of network 'N' leads nowhere: the last layer, 'p', does not depend on it.");
    }

    [TestMethod]
    [DataRow(-5.0)]
    [DataRow(double.NaN)]
    public void ToGraph_L2OutOfRange_ThrowsNamingTheLayer(double l2)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NetworkBuilder("N", Tiny.Shape).Conv2D("conv", 4, size: 3, l2: l2).ToGraph());

        StringAssert.StartsWith(error.Message, FormattableString.Invariant($"Layer 'conv' (Conv2D): the L2 factor is {l2} but must be at least 0 and finite."));
    }

    [TestMethod]
    public void ToGraph_UnknownFunction_ThrowsListingThose()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NetworkBuilder("N", Tiny.Shape).Flatten("f").Dense("ip", 3, (ActivationFunction)99).ToGraph());

        StringAssert.StartsWith(error.Message, "Layer 'ip' (Dense): the function is 99 but must be one of Linear, Relu, Softmax.");
    }

    [TestMethod]
    public void Of_ChainWithAClassifier_GivesItsNetwork()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 48);
        var chain = Tiny.Trainer(mlContext).Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(cells);

        Assert.AreSame(chain.ElementAt(0), DeepYeastPredictionTransformer.Of(new TransformerChain<ITransformer>(chain)));
        Assert.AreSame(DeepYeastPredictionTransformer.Of(chain).Model, Network.Of(chain));
    }

    [TestMethod]
    public void Of_ModelWithoutANetwork_ThrowsNamingItsType()
    {
        var mlContext = new MLContext(seed: 1);
        var model = mlContext.Transforms.CopyColumns("Copy", "Features").Fit(Tiny.Cells(mlContext, 4));

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Network.Of(model)).Message,
            "The model, a ColumnCopyingTransformer, has no step with a network of this library.");
    }

    private static NetworkGraph Branched() => new NetworkBuilder("Branched", Tiny.Shape)
        .Conv2D("stem", 4, size: 3).Conv2D("left", 5, size: 1, input: "stem").Conv2D("right", 5, size: 3, input: "stem")
        .Add("sum", "left", "right").GlobalAveragePooling2D("pool").Dense("ip", 3).Softmax("predictions").ToGraph();
}
