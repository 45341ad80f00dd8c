using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Adds the output of one layer of a network as a column; see <see cref="DeepYeastFeaturesEstimator"/>. Rows are scored in batches; a
/// transformer may be used from several threads at once.
/// </summary>
/// <remarks><see cref="Dispose"/> frees native memory; a transformer that is used afterwards takes it again.</remarks>
public sealed class DeepYeastFeaturesTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "DeepYeastFeatures";
    internal static readonly ComponentFormat Format = new("DPYFEATS", LoaderSignature);
    private const string NetworkEntry = "Network";

    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly NetworkScorer _scorer;
    private readonly Extractor _extractor;

    internal DeepYeastFeaturesTransformer(IHostEnvironment environment, Network network, string outputColumnName, string inputColumnName, ComputeDevice device)
    {
        _host = environment.Register(nameof(DeepYeastFeaturesTransformer));
        (Model, _outputColumnName, _inputColumnName) = (network, outputColumnName, inputColumnName);
        _scorer = new(_host, network, device);
        _extractor = new(this);
    }

    /// <summary>The part of the network that is computed: it ends with the layer whose output is added.</summary>
    public Network Model { get; }

    /// <summary>
    /// Where the network is computed: where it was trained or asked for, and <see cref="ComputeDevice.Auto"/> after loading. Another device holds from the next batch on.
    /// </summary>
    public ComputeDevice Device
    {
        get => _scorer.Device;
        set => _scorer.Device = value;
    }

    /// <summary>
    /// What the network is computed in; <see cref="Precision.Auto"/>, which is exact, after training and loading. <see cref="Precision.Mixed"/> is faster
    /// on a CPU with instructions for it. Another precision holds from the next batch on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the enumeration.</exception>
    public Precision Precision
    {
        get => _scorer.Precision;
        set => _scorer.Precision = value;
    }

    /// <summary>
    /// CPU threads that one batch is computed with; null, the default, for as many as there are cores, which batches that are computed at the same time, as by
    /// several prediction engines, share. Results can differ in their last bits with the number of threads; a number given here fixes them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Threads
    {
        get => _scorer.Threads;
        set => _scorer.Threads = value;
    }

    /// <summary>True: every row is treated by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedDataView(_host, input, _extractor);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return BatchRowMapper.Create(_host, this, _extractor, inputSchema);
    }

    /// <summary>Frees the native copy of the network; it comes back when the transformer is used again.</summary>
    public void Dispose() => _scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ComponentWriter.Write(ctx, Format, writer =>
    {
        writer.Write(_outputColumnName);
        writer.Write(_inputColumnName);
        writer.Write(NetworkEntry, Model);
    });

    internal static DeepYeastFeaturesTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        string outputColumnName = reader.ReadString(), inputColumnName = reader.ReadString();
        return new(environment, reader.ReadNetwork(NetworkEntry), outputColumnName, inputColumnName, ComputeDevice.Auto);
    }

    /// <summary>The network as a batch model: the last layer's values in Keras's order.</summary>
    private sealed class Extractor(DeepYeastFeaturesTransformer owner) : IBatchModel
    {
        public int BatchSize => NetworkScorer.BatchSize;

        public int InputSize => owner.Model.Graph.InputShape.Size;

        public int OutputSize => owner.Model.Graph.OutputShape.Size;

        public DataViewSchema.Column FindInput(DataViewSchema schema) => FeatureColumn.Check(schema, owner._inputColumnName, owner.Model.Graph.InputShape);

        public DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema)
            => [new(owner._outputColumnName, new VectorDataViewType(NumberDataViewType.Single, owner.Model.Graph.OutputShape.KerasDimensions.ToArray()))];

        public void Score(float[] inputs, int rows, float[] outputs) => owner._scorer.Score(inputs, rows, outputs);

        public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> current) => BatchOutput.CreateVectorGetter(current);
    }
}
