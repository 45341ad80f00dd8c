using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Padding = Microsoft.ML.DeepYeast.Layers.Padding;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// What is computed elsewhere than the graph says (biases before norms, ReLUs after poolings or inside convolutions, kernels laid out anew) changes nothing: networks
/// drawn at random against the same with an activation that does nothing behind each layer, which keeps all of that from happening.
/// </summary>
[TestClass]
public sealed class FusionTests
{
    private const int Cells = 6, Networks = 150;

    [TestMethod]
    public void Forward_RandomNetworks_GiveWhatTheirUnfusedTwinsGive()
    {
        TorchLibrary.EnsureLoaded();
        for (int seed = 0; seed < Networks; seed++)
        {
            NetworkGraph graph = new RandomGraph(new Random(seed), isTwin: false).Build(out CellShape shape), twin = new RandomGraph(new Random(seed), isTwin: true).Build(out _);
            Layer[] layers = [.. graph.Layers.Skip(1).SkipLast(2)];
            string? freezeThrough = seed % 2 == 0 ? null : layers[new Random(seed).Next(layers.Length)].Name;

            Outcome expected = Run(Randomized(twin), freezeThrough, shape, seed), actual = Run(Randomized(graph), freezeThrough, shape, seed);

            string what = $"network {seed}, frozen through {freezeThrough ?? "nothing"}: {string.Join(", ", graph.Layers.Skip(1))}";
            AssertNear(expected.Gradients, actual.Gradients, 1e-8, $"gradients of {what}");
            AssertNear(expected.Weights, actual.Weights, 1e-6, $"weights of {what}");
            AssertNear(expected.Inference, actual.Inference, 1e-8, $"inference of {what}");
            AssertNear(expected.Scores, actual.Scores, 1e-5, $"scores of {what}");
        }
    }

    /// <summary>Two training passes and a re-estimation in float64, then inference, and scores of the result in float32, of several cells and of one.</summary>
    private static Outcome Run(Network network, string? freezeThrough, CellShape shape, int seed)
    {
        using var scope = NewDisposeScope();
        Tensor cells = NetworkRun.Batch(shape, NetworkRun.Randoms(Cells * shape.Size, seed));
        Tensor exact = cells.to(float64);
        using var training = new TorchNetwork(network, CPU, freezeThrough, ScalarType.Float64);
        training.PrepareTraining();
        foreach (double? share in (double?[])[null, 0.4])
            nn.functional.cross_entropy(training.Forward(exact, new(BatchStatistics: true, share, null), logits: true), arange(Cells, dtype: int64) % RandomGraph.ClassCount).backward();

        using var noGrad = no_grad();
        training.Forward(exact, ForwardPass.Reestimation(Cells, 3 * Cells), logits: true);
        Network trained = training.ToNetwork();
        using var scoring = new TorchNetwork(trained, CPU);
        scoring.PrepareScoring();
        return new(Values(training.Gradients!), [.. trained.Weights.SelectMany(weight => weight).Select(value => (double)value)], Values(training.Forward(exact, ForwardPass.Inference)),
            [.. Values(scoring.Forward(cells, ForwardPass.Inference)), .. Values(scoring.Forward(cells.narrow(0, 0, 1), ForwardPass.Inference))]);
    }

    private static double[] Values(Tensor tensor) => [.. tensor.to(float64).contiguous().data<double>()];

    // The weights come in the same order, since a twin's further layers have none.
    private static Network Randomized(NetworkGraph graph)
    {
        int seed = 0;
        return new(graph, [.. graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name)).Select(shape =>
            NetworkRun.Randoms(shape.Size, ++seed).Select(value => shape.Name == "moving_variance" ? 0.5f + MathF.Abs(value) : value).ToArray())]);
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        double scale = Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * scale, what);
    }

    private sealed record Outcome(double[] Gradients, double[] Weights, double[] Inference, double[] Scores);

    /// <summary>A network of a few layers, drawn at random. Its twin has an activation that does nothing behind each of them.</summary>
    private sealed class RandomGraph(Random random, bool isTwin)
    {
        public const int ClassCount = 3;

        private NetworkBuilder _builder = null!;
        private string _current = "";
        private int _count, _channels;

        public NetworkGraph Build(out CellShape shape)
        {
            shape = new(random.Next(1, 4), random.Next(4, 11), random.Next(4, 11));
            _builder = new("Random", shape);
            _current = _builder.ToGraph().Layers[0].Name;
            _channels = shape.Channels;
            for (int layers = random.Next(3, 9); layers > 0; layers--)
                AddLayer();
            if (random.Next(2) == 0)
                Append((name, input) => _builder.Flatten(name, input: input));
            else
                Append((name, input) => _builder.GlobalAveragePooling2D(name, input: input));
            if (random.Next(2) == 0)
                Append((name, input) => _builder.Dense(name, 4, random.Next(2) == 0 ? ActivationFunction.Relu : ActivationFunction.Linear, input: input));
            if (random.Next(2) == 0)
                Append((name, input) => _builder.BatchNormalization(name, input: input));
            Append((name, input) => _builder.Dense(name, ClassCount, input: input));
            return _builder.Softmax("p", _current).ToGraph();
        }

        private void AddLayer()
        {
            switch (random.Next(6))
            {
                case 0:
                    _channels = random.Next(1, 7);
                    Append((name, input) => _builder.Conv2D(name, _channels, random.Next(1, 4), random.Next(1, 3), Padding.Same, useBias: random.Next(3) > 0, input: input));
                    break;
                case 1:
                    Append((name, input) => _builder.DepthwiseConv2D(name, random.Next(1, 4), random.Next(1, 3), Padding.Same, useBias: random.Next(3) > 0, input: input));
                    break;
                case 2:
                    Append((name, input) => _builder.BatchNormalization(name, input: input));
                    break;
                case 3:
                    Append((name, input) => _builder.Relu(name, input: input));
                    break;
                case 4:
                    Append((name, input) => _builder.Append(new MaxPooling2D(name, [input], random.Next(1, 4), random.Next(1, 3), Padding.Same)));
                    break;
                default:
                    Branch();
                    break;
            }
        }

        // A layer, and what it reads, are both read by the next one.
        private void Branch()
        {
            string from = _current;
            if (random.Next(2) == 0)
                Append((name, input) => _builder.Relu(name, input: input));
            else
                Append((name, input) => _builder.Conv2D(name, _channels, size: 3, input: input));
            string to = _current;
            if (random.Next(2) == 0)
                Append((name, _) => _builder.Add(name, from, to));
            else
            {
                Append((name, _) => _builder.Concatenate(name, to, from));
                _channels *= 2;
            }
        }

        private void Append(Func<string, string, NetworkBuilder> add)
        {
            string name = $"layer{++_count}";
            add(name, _current);
            _current = name;
            if (isTwin)
                _builder.Append(new Activation(_current = $"{name}_linear", [name], ActivationFunction.Linear));
        }
    }
}
