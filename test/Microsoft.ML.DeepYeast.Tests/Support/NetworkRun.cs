using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Cells drawn at random, and what a network computes for them on the CPU.</summary>
internal static class NetworkRun
{
    /// <summary>Numbers in [-1, 1).</summary>
    public static float[] Randoms(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    /// <summary>The last layer's values in inference, cell by cell, for cells in (channel, row, column) order.</summary>
    public static float[] Forward(Network network, float[] cells, bool logits = false)
    {
        using var loaded = new TorchNetwork(network, CPU);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return loaded.Forward(Batch(network.Graph.InputShape, cells), ForwardPass.Inference, logits).contiguous().data<float>().ToArray();
    }

    /// <summary>Cells as (N, C, H, W) with channels-last strides.</summary>
    public static Tensor Batch(CellShape shape, float[] cells)
        => tensor(cells, [cells.Length / shape.Size, shape.Channels, shape.Height, shape.Width]).ToChannelsLast();

    /// <summary>
    /// Random weights and statistics. The statistics lie around what cells give, since a signal that dies away or blows up on its way would
    /// hide what a test is about; and the variances rather above, since otherwise random weights make much of the rounding of float32.
    /// </summary>
    public static Network Randomized(NetworkGraph graph, float[]? cells = null)
    {
        cells ??= Randoms(16 * graph.InputShape.Size, seed: 5);
        var random = new Random(4);
        Network network = Change(Network.Initialize(graph, random), (weight, value) => weight switch
        {
            "gamma" => (random.Next(2) * 2 - 1) * Between(0.5, 1),
            "beta" or "bias" => Between(-0.5, 0.5),
            _ => value,
        });
        using var loaded = new TorchNetwork(network, CPU);
        using (NewDisposeScope())
            loaded.Forward(Batch(graph.InputShape, cells), ForwardPass.Reestimation(cells.Length, cells.Length)).Dispose();
        return Change(loaded.ToNetwork(), (weight, value) => weight switch
        {
            "moving_mean" => value * Between(0.9, 1.1),
            "moving_variance" => value * Between(1, 2),
            _ => value,
        });

        float Between(double low, double high) => (float)(low + (high - low) * random.NextDouble());
    }

    private static Network Change(Network network, Func<string, float, float> change)
        => new(network.Graph, [.. network.Graph.Layers.SelectMany(layer => network.Graph.GetWeights(layer.Name)).Zip(network.Weights,
            (shape, values) => values.Select(value => change(shape.Name, value)).ToArray())]);
}
