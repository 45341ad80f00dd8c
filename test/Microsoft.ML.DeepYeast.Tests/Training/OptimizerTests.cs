using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Each rule against its formula in float64, on the parameters of a small network.</summary>
[TestClass]
public sealed class OptimizerTests
{
    private const int Steps = 20;

    private delegate double Rule(int parameter, int step, double rate, double value, double gradient);

    [TestMethod]
    public void Adam_TwentySteps_FollowsKerasRule()
    {
        double[] m = new double[1000], v = new double[1000];

        // Keras 2: p -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + 1e-7).
        AssertFollows(new AdamOptimizer(), (i, step, rate, p, g) =>
        {
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            return p - rate * Math.Sqrt(1 - Math.Pow(0.999, step)) / (1 - Math.Pow(0.9, step)) * m[i] / (Math.Sqrt(v[i]) + 1e-7);
        });
    }

    [TestMethod]
    public void AdamW_TwentySteps_AlsoTakesItsShareOfEachKernelAway()
    {
        double[] m = new double[1000], v = new double[1000];
        using TorchNetwork network = Create();
        float[] kernel = network.CreateKernelMask().data<float>().ToArray();

        // Loshchilov and Hutter, algorithm 2, with the decay times the rate, before Keras's step.
        AssertFollows(new AdamOptimizer { WeightDecay = 0.3 }, (i, step, rate, p, g) =>
        {
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            return p * (1 - rate * 0.3 * kernel[i]) - rate * Math.Sqrt(1 - Math.Pow(0.999, step)) / (1 - Math.Pow(0.9, step)) * m[i] / (Math.Sqrt(v[i]) + 1e-7);
        });
    }

    // More than one slice of what an optimizer works on at a time, and a rest.
    [TestMethod]
    public void Step_ManyParameters_ChangesEachAlike()
    {
        NetworkGraph graph = new NetworkBuilder("Wide", Tiny.Shape).Flatten("flat").Dense("wide", 2500).Dense("ip", 3).Softmax("predictions").ToGraph();
        using var network = new TorchNetwork(Network.Initialize(graph, new Random(1)), CPU);
        network.PrepareTraining();
        float[] before = network.Parameters.data<float>().ToArray();
        using var state = new AdamOptimizer().Start(network);
        network.Gradients!.fill_(2);

        state.Step(0.01);

        float[] after = network.Parameters.data<float>().ToArray();
        Assert.IsGreaterThan(300_000, after.Length);
        for (int i = 0; i < after.Length; i++)
            Assert.AreEqual(before[i] - 0.01f, after[i], 1e-6f, $"parameter {i}");
    }

    [TestMethod]
    public void SgdWithMomentum_TwentySteps_FollowsKerasRule()
    {
        double[] velocity = new double[1000];

        AssertFollows(new SgdOptimizer { Momentum = 0.8, Nesterov = false }, (i, _, rate, p, g) => p + (velocity[i] = 0.8 * velocity[i] - rate * g));
    }

    [TestMethod]
    public void SgdWithNesterov_TwentySteps_FollowsKerasRule()
    {
        double[] velocity = new double[1000];

        AssertFollows(new SgdOptimizer(), (i, _, rate, p, g) =>
        {
            velocity[i] = 0.9 * velocity[i] - rate * g;
            return p + 0.9 * velocity[i] - rate * g;
        });
    }

    [TestMethod]
    public void Step_WeightDecay_ShrinksKernelsAlone()
    {
        using var network = Create();
        network.Gradients!.zero_();
        Network start = network.ToNetwork();
        using var optimizer = new SgdOptimizer { WeightDecay = 0.5 }.Start(network);

        optimizer.Step(learningRate: 0.1);

        Network end = network.ToNetwork();
        foreach (string layer in new[] { "conv", "bn", "ip" })
        {
            foreach (WeightShape shape in network.Graph.GetWeights(layer))
            {
                float factor = shape.Name == "kernel" ? 0.95f : 1;
                float[] expected = [.. start.GetWeight(layer, shape.Name).ToArray().Select(value => value * factor)], actual = end.GetWeight(layer, shape.Name).ToArray();
                for (int i = 0; i < expected.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], 1e-7f, $"{layer}/{shape.Name}[{i}]");
            }
        }
    }

    [TestMethod]
    [DataRow(-0.1, "Option Optimizer.WeightDecay is -0.1 but must be at least 0 and finite.")]
    [DataRow(double.NaN, "Option Optimizer.WeightDecay is NaN but must be at least 0 and finite.")]
    public void Constructor_DecayOutOfRange_ThrowsNamingOptionAndRange(double decay, string message)
        => AssertRefused(new AdamOptimizer { WeightDecay = decay }, message);

    [TestMethod]
    public void Constructor_SettingsOutOfRange_ThrowsNamingOptionAndRange()
    {
        AssertRefused(new AdamOptimizer { Beta1 = 1 }, "Option Optimizer.Beta1 is 1 but must be in [0, 1).");
        AssertRefused(new AdamOptimizer { Beta2 = -1 }, "Option Optimizer.Beta2 is -1 but must be in [0, 1).");
        AssertRefused(new AdamOptimizer { Epsilon = 0 }, "Option Optimizer.Epsilon is 0 but must be above 0 and finite.");
        AssertRefused(new SgdOptimizer { Momentum = 1.5 }, "Option Optimizer.Momentum is 1.5 but must be in [0, 1).");
        AssertRefused(new MuonOptimizer { Momentum = 1 }, "Option Optimizer.Momentum is 1 but must be in [0, 1).");
    }

    private static void AssertRefused(Optimizer optimizer, string message)
        => StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(new MLContext(), options => options.Optimizer = optimizer)).Message, message);

    private static void AssertFollows(Optimizer optimizer, Rule rule)
    {
        var random = new Random(2);
        using var network = Create();
        double[] expected = [.. network.Parameters.data<float>().Select(value => (double)value)];
        using var state = optimizer.Start(network);

        for (int step = 1; step <= Steps; step++)
        {
            float[] gradients = [.. expected.Select((_, i) => (random.NextSingle() - 0.5f) * MathF.Pow(10, -i % 8))];
            double rate = 0.01 / step;
            for (int i = 0; i < expected.Length; i++)
                expected[i] = rule(i, step, rate, expected[i], gradients[i]);
            using Tensor given = tensor(gradients);
            network.Gradients!.copy_(given);
            state.Step(rate);
        }

        float[] actual = network.Parameters.data<float>().ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 2e-6, $"parameter {i}");
    }

    private static TorchNetwork Create()
    {
        var network = new TorchNetwork(Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)), CPU);
        network.PrepareTraining();
        return network;
    }
}
