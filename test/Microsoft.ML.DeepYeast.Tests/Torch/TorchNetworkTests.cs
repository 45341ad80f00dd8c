using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using static Microsoft.ML.DeepYeast.Tests.NetworkRun;
using static TorchSharp.torch;
using Padding = Microsoft.ML.DeepYeast.Layers.Padding;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Each kind of layer against its definition, worked out in float64 by <see cref="NaiveNetwork"/> or by hand.</summary>
[TestClass]
public sealed class TorchNetworkTests
{
    [TestMethod]
    public void ForwardFrom_EachLayer_GivesItsDefinitionAndTheSameLogits()
    {
        // Convolutions whose ReLU overwrites them, a ReLU that comes after its pooling, and a sum.
        NetworkGraph graph = new NetworkBuilder("N", new(2, 8, 8))
            .Conv2D("conv1", 3, size: 3).Relu("relu1").MaxPooling2D("pool1", 2).Conv2D("conv2", 3, size: 3).BatchNormalization("bn").Add("add", "bn", "pool1").Relu("relu2")
            .GlobalAveragePooling2D("mean").Dense("ip", 4).Softmax("p").ToGraph();
        Network network = Randomized(graph);
        float[] cell = Randoms(graph.InputShape.Size, seed: 3), logits = Forward(network, cell, logits: true);
        using var loaded = new TorchNetwork(network, CPU);
        foreach (Layer layer in graph.Layers.SkipLast(1))
        {
            using var scope = NewDisposeScope();

            (Tensor output, Tensor leaf) = loaded.ForwardFrom(Batch(graph.InputShape, cell), layer.Name);

            Assert.IsTrue(leaf.requires_grad);
            Assert.AreSequenceEqual(logits, output.detach().data<float>().ToArray(), layer.Name);
            double[] expected = NaiveNetwork.Run(network, cell)[layer.Name].Values;
            Tensor values = leaf.detach().dim() == 4 ? leaf.detach().permute(0, 2, 3, 1) : leaf.detach();
            Assert.IsLessThan(1e-5, expected.Zip(values.contiguous().data<float>().ToArray()).Max(pair => Math.Abs(pair.First - pair.Second)), layer.Name);
        }
    }

    [TestMethod]
    [DataRow(8, 3, 1, Padding.Same)]
    [DataRow(8, 3, 2, Padding.Same)]
    [DataRow(7, 3, 2, Padding.Same)]
    [DataRow(8, 5, 2, Padding.Same)]
    [DataRow(8, 2, 2, Padding.Same)]
    [DataRow(8, 4, 1, Padding.Same)]
    [DataRow(8, 1, 2, Padding.Same)]
    [DataRow(8, 3, 1, Padding.Valid)]
    [DataRow(7, 3, 2, Padding.Valid)]
    public void Forward_Convolution_IsTheSumOverTheWindow(int side, int size, int stride, Padding padding)
        => AssertAsDefined(new(2, side, side + 2), net => net.Conv2D("x", 5, size, stride, padding).Flatten("f"));

    [TestMethod]
    [DataRow(8, 3, 1)]
    [DataRow(8, 3, 2)]
    [DataRow(7, 3, 2)]
    public void Forward_DepthwiseConvolution_TakesEachChannelByItself(int side, int size, int stride)
        => AssertAsDefined(new(3, side, side), net => net.DepthwiseConv2D("x", size, stride).Flatten("f"));

    [TestMethod]
    public void Forward_ConvolutionWithoutBias_IsTheSumOverTheWindow()
        => AssertAsDefined(new(2, 6, 6), net => net.Conv2D("x", 5, 3, useBias: false).DepthwiseConv2D("y", 3, useBias: false).Flatten("f"));

    [TestMethod]
    public void Forward_SameConvolutionOfStrideTwoOnAnEvenSize_PadsBelowAndRightAlone()
    {
        // All ones: the four windows of a 4 x 4 map lie at 0 and 2, so they cover 9, 6, 6 and 4 pixels.
        NetworkGraph graph = new NetworkBuilder("N", new(1, 4, 4)).Conv2D("c", 1, 3, stride: 2, useBias: false).Flatten("f").Softmax("p").ToGraph();

        float[] output = Forward(new Network(graph, [Ones(9)]), Ones(16), logits: true);

        Assert.AreSequenceEqual([9f, 6f, 6f, 4f], output);
    }

    [TestMethod]
    [DataRow(8, 2, 2, Padding.Valid)]
    [DataRow(7, 2, 2, Padding.Valid)]
    [DataRow(8, 3, 2, Padding.Same)]
    public void Forward_MaxPooling_IsTheLargestInTheWindow(int side, int size, int stride, Padding padding)
        => AssertAsDefined(new(2, side, side), net => net.Append(new MaxPooling2D("x", ["input_1"], size, stride, padding)).Flatten("f"));

    [TestMethod]
    public void Forward_SameMaxPoolingOfNegatives_NeverTakesAPaddedPixel()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(1, 4, 4)).Append(new MaxPooling2D("m", ["input_1"], 3, 2, Padding.Same)).Flatten("f").Softmax("p").ToGraph();

        float[] output = Forward(new Network(graph, []), [.. Enumerable.Range(0, 16).Select(i => -1f - i)], logits: true);

        Assert.AreSequenceEqual([-1f, -3f, -9f, -11f], output);
    }

    [TestMethod]
    public void Forward_AveragePooling_IsTheMeanOfTheWindow()
        => AssertAsDefined(new(2, 8, 6), net => net.AveragePooling2D("x", 2).Flatten("f"));

    [TestMethod]
    public void Forward_GlobalAveragePooling_IsTheMeanOfTheMap()
        => AssertAsDefined(new(3, 8, 6), net => net.GlobalAveragePooling2D("x"));

    [TestMethod]
    public void Forward_Concatenate_PutsChannelsOneBehindTheOther()
        => AssertAsDefined(new(2, 4, 4), net => net.Conv2D("a", 3, 3).Conv2D("b", 2, 1, input: "input_1").Concatenate("x", "a", "input_1", "b").Flatten("f"));

    [TestMethod]
    public void Forward_Add_SumsItsInputs()
        => AssertAsDefined(new(2, 4, 4), net => net.Conv2D("a", 2, 3).Conv2D("b", 2, 1, input: "input_1").Add("x", "a", "input_1", "b").Flatten("f"));

    [TestMethod]
    public void Forward_BatchNormalization_ScalesByTheMovingStatistics()
        => AssertAsDefined(new(2, 4, 4), net => net.BatchNormalization("x").Relu("r").Flatten("f").BatchNormalization("y"));

    [TestMethod]
    public void Forward_Dense_IsTheMatrixProduct()
        => AssertAsDefined(new(2, 4, 4), net => net.Flatten("f").Dense("x", 7, ActivationFunction.Relu).Dense("y", 3, useBias: false));

    [TestMethod]
    public void Forward_Dropout_DoesNothingInInference()
        => AssertAsDefined(new(2, 4, 4), net => net.Flatten("f").Dropout("x", 0.5));

    [TestMethod]
    public void Forward_Flatten_RunsOverRowsThenColumnsThenChannels()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(2, 2, 3)).Flatten("f").Softmax("p").ToGraph();

        // Channel 0 holds 0..5 and channel 1 holds 10..15, row by row.
        float[] output = Forward(new Network(graph, []), [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15], logits: true);

        Assert.AreSequenceEqual([0f, 10f, 1f, 11f, 2f, 12f, 3f, 13f, 4f, 14f, 5f, 15f], output);
    }

    [TestMethod]
    public void Forward_Softmax_GivesProbabilities()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(1, 1, 3)).Flatten("f").Softmax("p").ToGraph();

        float[] output = Forward(new Network(graph, []), [0, MathF.Log(2), MathF.Log(5)]);

        AssertNear([0.125, 0.25, 0.625], output, 1e-6);
    }

    [TestMethod]
    public void Forward_WholeDeepYeastNetwork_IsAsDefined()
    {
        Network network = Randomized(DeepYeast.Networks.DeepYeast(new(2, 16, 16), 12, 0.05));
        float[] cell = Randoms(512, 1);

        AssertNear(NaiveNetwork.Run(network, cell)["ip3"].Values, Forward(network, cell, logits: true), 1e-4);
    }

    [TestMethod]
    public void ToNetwork_AnyNetwork_GivesItsWeightsBack()
    {
        Network network = Randomized(new NetworkBuilder("N", new(2, 6, 6)).Conv2D("a", 3, 3).DepthwiseConv2D("b", 3).BatchNormalization("n").Flatten("f").Dense("d", 4).Softmax("p").ToGraph());
        using var loaded = new TorchNetwork(network, CPU);

        Network back = loaded.ToNetwork();

        Assert.IsTrue(network.Weights.Zip(back.Weights).All(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void Forward_Reestimation_MovingStatisticsAreTheMeanOfTheBatches()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(2, 3, 3)).BatchNormalization("n").Flatten("f").Softmax("p").ToGraph();
        using var network = new TorchNetwork(Network.Initialize(graph, new Random(1)), CPU);
        float[][] batches = [.. Enumerable.Range(0, 3).Select(i => Randoms(5 * 18, i))];

        for (int i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            network.Forward(tensor(batches[i], [5, 2, 3, 3]), ForwardPass.Reestimation(5, 5 * (i + 1)), logits: true);
        }

        Network result = network.ToNetwork();
        for (int channel = 0; channel < 2; channel++)
        {
            double[][] values = [.. batches.Select(batch => batch.Where((_, i) => i / 9 % 2 == channel).Select(v => (double)v).ToArray())];
            double[] means = [.. values.Select(v => v.Average())];
            double[] variances = [.. values.Zip(means, (v, mean) => v.Sum(x => (x - mean) * (x - mean)) / (v.Length - 1))];
            Assert.AreEqual(means.Average(), result.GetWeight("n", "moving_mean").Span[channel], 1e-6);
            Assert.AreEqual(variances.Average(), result.GetWeight("n", "moving_variance").Span[channel], 1e-6);
        }
    }

    // A norm takes away what a bias before it adds, so it is left out of the map; the mean that the norm remembers has it.
    [TestMethod]
    [DataRow(0.25)]
    [DataRow(1.0)]
    public void Forward_NormAfterABias_RemembersTheMeanWithIt(double share)
    {
        NetworkGraph graph = new NetworkBuilder("N", new(1, 2, 3)).Conv2D("c", 1, size: 1).BatchNormalization("n").Flatten("f").Softmax("p").ToGraph();
        float[] cell = [1, -2, 3, 0.5f, 0, 4];
        using var network = new TorchNetwork(new Network(graph, [[2], [10], [1], [0], [7], [5]]), CPU);   // kernel, bias, gamma, beta, mean, variance
        network.PrepareTraining();
        using var scope = NewDisposeScope();

        float[] output = network.Forward(tensor(cell, [1, 1, 2, 3]), new(BatchStatistics: true, share, null), logits: true).data<float>().ToArray();

        double[] map = [.. cell.Select(value => 2.0 * value + 10)];
        double mean = map.Average(), variance = map.Sum(value => (value - mean) * (value - mean));
        for (int i = 0; i < map.Length; i++)
            Assert.AreEqual((map[i] - mean) / Math.Sqrt(variance / map.Length + 1e-3), output[i], 1e-5, $"pixel {i}");
        Assert.AreEqual((1 - share) * 7 + share * mean, network.ToNetwork().GetWeight("n", "moving_mean").Span[0], 1e-5);
        Assert.AreEqual((1 - share) * 5 + share * variance / (map.Length - 1), network.ToNetwork().GetWeight("n", "moving_variance").Span[0], 1e-5);
    }

    [TestMethod]
    public void Forward_TrainingDropout_ZeroesTheRateAndScalesTheRest()
    {
        NetworkGraph graph = new NetworkBuilder("N", new(1, 100, 100)).Flatten("f").Dropout("d", 0.2).Softmax("p").ToGraph();
        using var network = new TorchNetwork(new Network(graph, []), CPU);
        using var random = new TorchRandom(CPU, seed: 3);
        using var scope = NewDisposeScope();

        float[] output = network.Forward(ones(1, 1, 100, 100), ForwardPass.Training(random), logits: true).data<float>().ToArray();

        Assert.IsTrue(output.All(value => value is 0 or 1.25f));
        // 10,000 draws: 0.004 is one standard deviation.
        Assert.AreEqual(0.2, output.Count(value => value == 0) / 10_000.0, 0.02);
    }

    private static void AssertAsDefined(CellShape cells, Func<NetworkBuilder, NetworkBuilder> build)
    {
        Network network = Randomized(build(new NetworkBuilder("N", cells)).Softmax("p").ToGraph());
        float[] cell = Randoms(cells.Size, 5);
        Dictionary<string, NaiveNetwork.Map> expected = NaiveNetwork.Run(network, cell);

        AssertNear(expected[network.Graph.Layers[^1].Inputs[0]].Values, Forward(network, cell, logits: true), 1e-5);
        AssertNear(expected["p"].Values, Forward(network, cell), 1e-6);
    }

    // Variances must be positive; everything else may be anything.
    private static Network Randomized(NetworkGraph graph)
    {
        int seed = 0;
        return new(graph, [.. graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name)).Select(shape =>
            Randoms(shape.Size, ++seed).Select(value => shape.Name == "moving_variance" ? 0.5f + MathF.Abs(value) : 0.5f * value).ToArray())]);
    }

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private static void AssertNear(double[] expected, float[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"value {i}");
    }
}
