using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>
/// Runs a network on batches of cells from any thread. The copy on the device is made when the first batch comes and freed by
/// <see cref="Dispose"/>; a batch after that makes it anew, so that disposing a prediction engine, which disposes its transformer, harms
/// nobody else.
/// </summary>
internal sealed class NetworkScorer(IHostEnvironment environment, Network network, ComputeDevice device) : IDisposable
{
    private readonly object _gate = new();
    private TorchNetwork? _loaded;
    private int _users;
    private bool _released;

    /// <summary>Computes the class probabilities of the first rows of <paramref name="cells"/>, in (channel, row, column) order.</summary>
    public void Score(float[] cells, int rows, float[] scores)
    {
        TorchNetwork loaded = Enter();
        try
        {
            CellShape shape = network.Graph.InputShape;
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            Tensor batch = tensor(cells.AsMemory(0, rows * shape.Size), [rows, shape.Channels, shape.Height, shape.Width], device: loaded.Device);
            Tensor channelsLast = batch.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
            loaded.Forward(channelsLast, ForwardPass.Inference).cpu().data<float>().CopyTo(scores);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Frees the device's memory, at once or when the batches under way are done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _released = true;
            FreeIfUnused();
        }
    }

    private TorchNetwork Enter()
    {
        lock (_gate)
        {
            _loaded ??= new TorchNetwork(network, device.Resolve(environment));
            _users++;
            return _loaded;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _users--;
            FreeIfUnused();
        }
    }

    private void FreeIfUnused()
    {
        if (!_released || _users > 0)
            return;
        _loaded?.Dispose();
        _loaded = null;
        _released = false;
    }
}
