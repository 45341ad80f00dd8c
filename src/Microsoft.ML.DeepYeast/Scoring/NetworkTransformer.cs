using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// A network as a step of a pipeline: what <see cref="DeepYeastPredictionTransformer"/>, <see cref="DeepYeastFeaturesTransformer"/> and
/// <see cref="DeepYeastExplanationTransformer"/> have in common. Rows are scored in batches; a transformer may be used from several threads at once.
/// </summary>
/// <remarks>
/// While a batch is scored and handed out, the next one is read on another thread, so the source must not need a lock or an object that its consumer holds
/// just then. <see cref="Dispose"/> frees native memory; a transformer that is used afterwards takes it again.
/// </remarks>
public abstract class NetworkTransformer : CellTransformer, IDisposable
{
    private protected NetworkTransformer(IHostEnvironment environment, Network network, ComputeDevice device, IBatchComputation computation) : base(environment)
    {
        Model = network;
        Scorer = new(Host, network, device, computation);
    }

    /// <summary>The network that is computed; where one layer's output is added, the part that ends with this layer.</summary>
    public Network Model { get; }

    /// <summary>
    /// Where the network is computed: where it was trained or asked for, and <see cref="ComputeDevice.Auto"/> after loading. Another device holds from the next batch on.
    /// </summary>
    public ComputeDevice Device
    {
        get => Scorer.Device;
        set => Scorer.Device = value;
    }

    /// <summary>
    /// What the network is computed in; <see cref="Precision.Auto"/>, which is exact, after training and loading. <see cref="Precision.Mixed"/> is faster
    /// on a CPU with instructions for it. Another precision holds from the next batch on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the enumeration.</exception>
    public Precision Precision
    {
        get => Scorer.Precision;
        set => Scorer.Precision = value;
    }

    /// <summary>
    /// CPU threads that one batch is computed with; null, the default, for as many as there are cores, which batches that are computed at the same time, as by
    /// several prediction engines, share. Results can differ in their last bits with the number of threads; a number given here fixes them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Threads
    {
        get => Scorer.Threads;
        set => Scorer.Threads = value;
    }

    private protected NetworkScorer Scorer { get; }

    /// <summary>What the network gives for a batch, and the columns that are read off it.</summary>
    private protected abstract IBatchModel Batches { get; }

    /// <summary>Frees the native copy of the network; it comes back when the transformer is used again.</summary>
    public void Dispose()
    {
        Scorer.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected override IDataView CreateView(IDataView input) => new BatchedDataView(Host, input, Batches);

    private protected override IRowToRowMapper CreateMapper(DataViewSchema inputSchema) => BatchRowMapper.Create(Host, this, Batches, inputSchema);
}
