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
internal sealed class NetworkScorer(IHostEnvironment environment, Network network, ComputeDevice device, IBatchComputation computation) : IDisposable
{
    // From here on the throughput no longer rises.
    public const int CpuBatchSize = 64, GpuBatchSize = 512;

    private readonly object _gate = new();
    private ComputeDevice _device = device;
    private Precision _precision = Precision.Auto;
    private int? _threads;
    private Loaded? _loaded;

    /// <summary>Where batches are computed from now on.</summary>
    public ComputeDevice Device
    {
        get
        {
            lock (_gate)
                return _device;
        }
        set
        {
            lock (_gate)
            {
                _device = value;
                Dispose();
            }
        }
    }

    /// <summary>Cells that are best scored together.</summary>
    public int BatchSize => Device.Resolve(environment).type == DeviceType.CPU ? CpuBatchSize : GpuBatchSize;

    /// <summary>What batches are computed in from now on.</summary>
    public Precision Precision
    {
        get
        {
            lock (_gate)
                return _precision;
        }
        set
        {
            value.Validate(nameof(Precision));
            lock (_gate)
            {
                _precision = value;
                Dispose();
            }
        }
    }

    /// <summary>CPU threads for one batch; null for all, which batches that are computed at the same time share.</summary>
    public int? Threads
    {
        get
        {
            lock (_gate)
                return _threads;
        }
        set
        {
            ComputeThreads.Validate(nameof(Threads), value);
            lock (_gate)
                _threads = value;
        }
    }

    /// <summary>
    /// Computes the first rows of <paramref name="cells"/>, which are in (channel, row, column) order; the outputs are in the computation's order.
    /// </summary>
    public void Score(float[] cells, int rows, float[] outputs)
    {
        Loaded loaded = Enter();
        try
        {
            CellShape shape = network.Graph.InputShape;
            using ComputeThreads.Scope threads = ComputeThreads.Share(Threads);
            using ProductRounding.Scope rounding = ProductRounding.Enter(loaded.Precision, loaded.Network.Device);
            using var scope = NewDisposeScope();
            Tensor batch = tensor(cells.AsMemory(0, rows * shape.Size), [rows, shape.Channels, shape.Height, shape.Width], device: loaded.Network.Device);
            computation.Compute(loaded.Network, batch.ToChannelsLast()).cpu().contiguous().data<float>().CopyTo(outputs);
        }
        finally
        {
            Leave(loaded);
        }
    }

    /// <summary>Frees the device's memory, at once or when the batches under way are done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_loaded is { Users: 0 })
                _loaded.Free();
            else if (_loaded is not null)
                _loaded.IsOutdated = true;
            _loaded = null;
        }
    }

    private Loaded Enter()
    {
        lock (_gate)
        {
            _loaded ??= Load();
            _loaded.Users++;
            return _loaded;
        }
    }

    private Loaded Load()
    {
        torch.Device device = _device.Resolve(environment);
        Precision precision = _precision.Resolve(device, training: false);
        return new(computation.Load(network, device, bfloat16: precision == Precision.Mixed), precision);
    }

    private void Leave(Loaded loaded)
    {
        lock (_gate)
        {
            if (--loaded.Users == 0 && loaded.IsOutdated)
                loaded.Free();
        }
    }

    /// <summary>A copy of the network on a device.</summary>
    private sealed class Loaded(TorchNetwork network, Precision precision)
    {
        public Precision Precision => precision;

        public TorchNetwork Network => network;

        /// <summary>Batches that are being computed with it.</summary>
        public int Users { get; set; }

        /// <summary>Whether no further batch takes it.</summary>
        public bool IsOutdated { get; set; }

        public void Free()
        {
            network.Dispose();
            NativeHeap.Trim();
        }
    }
}
