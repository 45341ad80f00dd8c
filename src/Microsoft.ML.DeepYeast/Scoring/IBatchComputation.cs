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
    // Dimensions of a batch.
    private const int Rows = 2, Columns = 3;

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
        int count = cells.shape[Rows] == cells.shape[Columns] ? 8 : 4;   // those that are turned by a quarter have their sides exchanged
        for (int orientation = 1; orientation < count; orientation++)
        {
            using DisposeScope scope = NewDisposeScope();
            mean.PlusInPlace(Output(network, Oriented(cells, orientation).ToChannelsLast()));
        }
        using Scalar divisor = count;   // held: see AdamOptimizer
        return mean.div_(divisor);
    }

    /// <summary>Cells as they are (0), their mirror images (1 to 3), and the same with rows for columns (4 to 7).</summary>
    private static Tensor Oriented(Tensor cells, int orientation)
    {
        Tensor turned = orientation < 4 ? cells : cells.transpose(Rows, Columns);
        return (orientation % 4) switch
        {
            0 => turned,
            1 => turned.flip(Rows),
            2 => turned.flip(Columns),
            _ => turned.flip(Rows, Columns),
        };
    }
}
