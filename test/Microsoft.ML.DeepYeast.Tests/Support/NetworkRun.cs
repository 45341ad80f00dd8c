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
}
