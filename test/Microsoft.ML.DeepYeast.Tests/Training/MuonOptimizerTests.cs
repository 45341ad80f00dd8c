using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// Muon against a closed form: where all gradients of a kernel have the same singular vectors, so have their momenta and all changes, and each singular value goes its own way, by
/// scalar arithmetic in float64.
/// </summary>
[TestClass]
public sealed class MuonOptimizerTests
{
    private const int Steps = 12;

    // Fewer outputs than an output multiplies values, more, and as many.
    private static NetworkGraph Graph() => new NetworkBuilder("Kernels", Tiny.Shape)
        .Conv2D("wide", 4, size: 3).BatchNormalization("bn1").Relu("relu1")
        .Conv2D("tall", 6, size: 1).BatchNormalization("bn2").Relu("relu2")
        .Conv2D("square", 6, size: 1).Relu("relu3").DepthwiseConv2D("depthwise", size: 3)
        .GlobalAveragePooling2D("pool").Dense("ip", 3).Softmax("predictions").ToGraph();

    [TestMethod]
    [DataRow(0.0, 0.95)]
    [DataRow(0.3, 0.8)]
    public void Step_GradientsOfTheSameSingularVectors_ChangesEachSingularValueByItself(double weightDecay, double momentum)
    {
        using TorchNetwork network = Create();
        double[] expected = Values(network.Parameters);
        Kernel[] kernels = [.. network.ConvolutionKernels.Select((kernel, i) => new Kernel(kernel.Span, (int)kernel.Outputs, new Random(i)))];
        using OptimizerState state = new MuonOptimizer { WeightDecay = weightDecay, Momentum = momentum }.Start(network);

        Assert.HasCount(3, kernels);
        for (int step = 1; step <= Steps; step++)
        {
            double rate = 0.05 / step;
            using var scope = NewDisposeScope();
            network.Gradients!.zero_();   // so that Adam changes nothing but by decay
            foreach (Kernel kernel in kernels)
            {
                double[] gradient = kernel.NextGradient(momentum);
                network.Gradients.narrow(0, kernel.Span.Start, kernel.Span.Length).copy_(tensor(gradient, dtype: float32));
                kernel.Change(expected, rate, weightDecay);
            }
            state.Step(rate);
        }

        double[] actual = Values(network.Parameters);
        foreach (Kernel kernel in kernels)
        {
            for (long i = kernel.Span.Start; i < kernel.Span.End; i++)
                Assert.AreEqual(expected[i], actual[i], 2e-5, $"parameter {i} of the kernel of {kernel.Outputs} outputs");
        }
    }

    [TestMethod]
    public void Step_WhateverTheGradient_ChangesAKernelAboutAsMuchInAllDirections()
    {
        using TorchNetwork network = Create();
        using OptimizerState state = new MuonOptimizer().Start(network);
        using var scope = NewDisposeScope();
        Tensor before = network.Parameters.clone();
        network.Gradients!.copy_(Gradients(network, new Random(2)) * 1e-4f);

        state.Step(0.01);

        foreach ((FlatSpan span, long outputs) in network.ConvolutionKernels)
        {
            Tensor change = (network.Parameters - before).narrow(0, span.Start, span.Length).view(outputs, -1);
            double[] values = Values(linalg.svdvals(change / (0.01 * 0.2 * Math.Sqrt(Math.Max(change.shape[0], change.shape[1])))));
            Assert.IsTrue(values.All(value => value is > 0.3 and < 1.3), string.Join(" ", values));
        }
    }

    [TestMethod]
    public void Step_AllElse_FollowsAdam()
    {
        using TorchNetwork muon = Create(), adam = Create();
        using OptimizerState muonState = new MuonOptimizer { WeightDecay = 0.1 }.Start(muon), adamState = new AdamOptimizer { WeightDecay = 0.1 }.Start(adam);
        using var scope = NewDisposeScope();
        var random = new Random(2);

        for (int step = 0; step < Steps; step++)
        {
            Tensor gradients = Gradients(muon, random);
            foreach ((TorchNetwork network, OptimizerState state) in new[] { (muon, muonState), (adam, adamState) })
            {
                network.Gradients!.copy_(gradients);
                state.Step(0.01);
            }
        }

        Network one = muon.ToNetwork(), other = adam.ToNetwork();
        foreach (string layer in new[] { "wide", "bn1", "tall", "bn2", "square", "depthwise", "ip" })
        {
            foreach (WeightShape shape in one.Graph.GetWeights(layer))
            {
                double difference = one.GetWeight(layer, shape.Name).ToArray().Zip(other.GetWeight(layer, shape.Name).ToArray(), (a, b) => Math.Abs(a - b)).Max();
                if (layer is "wide" or "tall" or "square" && shape.Name == "kernel")
                    Assert.IsGreaterThan(1e-3, difference, $"{layer}/{shape.Name}");
                else
                    Assert.IsLessThan(1e-6, difference, $"{layer}/{shape.Name}");
            }
        }
    }

    [TestMethod]
    public void Step_NoGradient_ChangesNothing()
    {
        using TorchNetwork network = Create();
        using OptimizerState state = new MuonOptimizer().Start(network);
        double[] before = Values(network.Parameters);
        network.Gradients!.zero_();

        state.Step(0.01);

        CollectionAssert.AreEqual(before, Values(network.Parameters));
    }

    [TestMethod]
    public void Fit_FrozenConvolutions_TrainsTheOthers()
    {
        var mlContext = new MLContext(1);
        Network start = Network.Initialize(Graph(), new Random(1));

        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext, change: options =>
        {
            options.Network = null;
            options.StartingNetwork = start;
            options.FreezeThrough = "relu1";
            options.Optimizer = new MuonOptimizer();
        });

        CollectionAssert.AreEqual(start.GetWeight("wide", "kernel").ToArray(), model.Model.GetWeight("wide", "kernel").ToArray());
        CollectionAssert.AreNotEqual(start.GetWeight("tall", "kernel").ToArray(), model.Model.GetWeight("tall", "kernel").ToArray());
    }

    [TestMethod]
    public void Fit_NoConvolutionToTrain_IsAdam()
    {
        var mlContext = new MLContext(1);
        Network start = Network.Initialize(Graph(), new Random(1));

        using DeepYeastPredictionTransformer adam = Fit(new AdamOptimizer()), muon = Fit(new MuonOptimizer());

        float[] expected = adam.Model.GetWeight("ip", "kernel").ToArray(), actual = muon.Model.GetWeight("ip", "kernel").ToArray();
        CollectionAssert.AreNotEqual(start.GetWeight("ip", "kernel").ToArray(), expected);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-6f, $"weight {i}");

        DeepYeastPredictionTransformer Fit(Optimizer optimizer) => Tiny.Fit(mlContext, change: options =>
            (options.Network, options.StartingNetwork, options.FreezeThrough, options.Optimizer) = (null, start, "depthwise", optimizer));
    }

    private static TorchNetwork Create()
    {
        var network = new TorchNetwork(Network.Initialize(Graph(), new Random(1)), CPU);
        network.PrepareTraining();
        return network;
    }

    private static Tensor Gradients(TorchNetwork network, Random random)
        => tensor(Enumerable.Range(0, (int)network.Parameters.shape[0]).Select(_ => 2 * random.NextSingle() - 1).ToArray());

    private static double[] Values(Tensor tensor) => [.. tensor.data<float>().Select(value => (double)value)];

    /// <summary>A kernel as a matrix of outputs and what they multiply, with singular vectors of its own.</summary>
    private sealed class Kernel(FlatSpan span, int outputs, Random random)
    {
        private readonly int _inputs = (int)span.Length / outputs;
        private readonly int _rank = Math.Min(outputs, (int)span.Length / outputs);
        private readonly double[] _left = Direction(outputs, random), _right = Direction((int)span.Length / outputs, random);
        private readonly double[] _momentum = new double[Math.Min(outputs, (int)span.Length / outputs)];
        private double[] _change = [];

        public FlatSpan Span => span;

        public int Outputs => outputs;

        public double[] NextGradient(double momentum)
        {
            double[] gradient = [.. Enumerable.Range(0, _rank).Select(_ => 0.2 + random.NextDouble())], ahead = new double[_rank];
            for (int i = 0; i < _rank; i++)
            {
                _momentum[i] = momentum * _momentum[i] + (1 - momentum) * gradient[i];
                ahead[i] = (1 - momentum) * gradient[i] + momentum * _momentum[i];
            }
            double norm = Math.Sqrt(ahead.Sum(value => value * value));
            _change = [.. ahead.Select(value => Orthogonal(value / norm))];
            return Matrix(gradient);
        }

        public void Change(double[] parameters, double rate, double weightDecay)
        {
            double[] change = Matrix(_change);
            for (int i = 0; i < change.Length; i++)
                parameters[span.Start + i] = parameters[span.Start + i] * (1 - rate * weightDecay) - rate * 0.2 * Math.Sqrt(Math.Max(outputs, _inputs)) * change[i];
        }

        // What a step of Newton and Schulz does to a singular value.
        private static double Orthogonal(double value)
        {
            for (int step = 0; step < 5; step++)
                value = 3.4445 * value - 4.7750 * Math.Pow(value, 3) + 2.0315 * Math.Pow(value, 5);
            return value;
        }

        // The singular vectors are columns of two Householder reflections.
        private double[] Matrix(double[] singularValues)
            => [.. from row in Enumerable.Range(0, outputs) from column in Enumerable.Range(0, _inputs)
                select Enumerable.Range(0, _rank).Sum(k => singularValues[k] * Reflection(_left, row, k) * Reflection(_right, column, k))];

        private static double Reflection(double[] direction, int row, int column) => (row == column ? 1 : 0) - 2 * direction[row] * direction[column];

        private static double[] Direction(int length, Random random)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
            double norm = Math.Sqrt(values.Sum(value => value * value));
            return [.. values.Select(value => value / norm)];
        }
    }
}
