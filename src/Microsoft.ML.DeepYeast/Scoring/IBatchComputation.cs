using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>What a <see cref="NetworkScorer"/> computes of a batch. Must be safe from several threads.</summary>
internal interface IBatchComputation
{
    /// <summary>The network on a device in the form in which <see cref="Compute"/> needs it.</summary>
    TorchNetwork Load(Network network, Device device, bool bfloat16);

    /// <summary>Computes a batch.</summary>
    /// <param name="network">What <see cref="Load"/> gave.</param>
    /// <param name="cells">(N, C, H, W), channels-last, on the network's device.</param>
    /// <returns>Floats, the cells first, the rest in the order in which they go out; a tensor of the caller's dispose scope.</returns>
    Tensor Compute(TorchNetwork network, Tensor cells);
}

/// <summary>The last layer's values; maps in (row, column, channel) order.</summary>
internal sealed class NetworkOutput : IBatchComputation
{
    private volatile bool _averagesOrientations;

    /// <summary>Whether they are the means over the orientations of each cell.</summary>
    public bool AveragesOrientations
    {
        get => _averagesOrientations;
        set => _averagesOrientations = value;
    }

    // A folded network computes the same in fewer passes over each map.
    public TorchNetwork Load(Network network, Device device, bool bfloat16)
    {
        var loaded = new TorchNetwork(network.FoldBatchNormalization(), device, bfloat16: bfloat16);
        try
        {
            loaded.PrepareScoring();
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    public Tensor Compute(TorchNetwork network, Tensor cells)
    {
        using var inference = inference_mode();
        return AveragesOrientations ? MeanOverOrientations(network, cells) : Output(network, cells);
    }

    private static Tensor Output(TorchNetwork network, Tensor cells)
    {
        Tensor output = network.Forward(cells, ForwardPass.Inference);
        return output.dim() == 4 ? output.permute(0, 2, 3, 1) : output;
    }

    private static Tensor MeanOverOrientations(TorchNetwork network, Tensor cells)
    {
        Tensor mean = Output(network, cells);
        int count = 1;
        foreach (Func<Tensor> orientation in OthersOf(cells))
        {
            using DisposeScope scope = NewDisposeScope();
            mean.add_(Output(network, orientation().ToChannelsLast()));
            count++;
        }
        return mean.div_(count);
    }

    /// <summary>The mirror images of cells, and of square ones their quarter turns as well.</summary>
    private static IEnumerable<Func<Tensor>> OthersOf(Tensor cells)
    {
        const int rows = 2, columns = 3;
        yield return () => cells.flip(rows);
        yield return () => cells.flip(columns);
        yield return () => cells.flip(rows, columns);
        if (cells.shape[rows] != cells.shape[columns])
            yield break;
        yield return () => cells.transpose(rows, columns);
        yield return () => cells.transpose(rows, columns).flip(rows);
        yield return () => cells.transpose(rows, columns).flip(columns);
        yield return () => cells.transpose(rows, columns).flip(rows, columns);
    }
}
