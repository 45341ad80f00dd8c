using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Classifies cells with a trained network: adds <c>Score</c>, a probability for each class, and <c>PredictedLabel</c>, the class with
/// the highest. Rows are scored in batches; a transformer may be used from several threads at once.
/// </summary>
/// <remarks>
/// While a batch is scored and handed out, the next one is read on another thread, so the source must not need a lock or an object that its consumer holds
/// just then. A row whose features are not finite gets scores of NaN and a missing predicted label. <see cref="Dispose"/> frees native memory; a
/// transformer that is used afterwards takes it again.
/// </remarks>
public sealed partial class DeepYeastPredictionTransformer : ISingleFeaturePredictionTransformer<Network>, IDisposable
{
    internal const string LoaderSignature = "DeepYeastClassifier";
    internal static readonly ComponentFormat Format = new("DPYCLASS", LoaderSignature);
    private const string NetworkEntry = "Network";

    private readonly IHost _host;
    private readonly ClassLabels _labels;
    private readonly NetworkScorer _scorer;
    private readonly Classifier _classifier;

    internal DeepYeastPredictionTransformer(IHostEnvironment environment, Network network, string featureColumnName, ClassLabels labels, ComputeDevice device, TrainingHistory history)
    {
        _host = environment.Register(nameof(DeepYeastPredictionTransformer));
        Model = network;
        History = history;
        FeatureColumnName = featureColumnName;
        _labels = labels;
        _scorer = new(_host, network, device);
        _classifier = new(this);
    }

    /// <summary>The trained network.</summary>
    public Network Model { get; }

    /// <summary>The figures of each epoch of the training, which are saved with the model; empty where the network was not trained here.</summary>
    public TrainingHistory History { get; }

    /// <summary>Name of the vector column that is read.</summary>
    public string FeatureColumnName { get; }

    /// <summary>Type of the vector column that is read: floats, (channel, row, column).</summary>
    public DataViewType FeatureColumnType
    {
        get
        {
            CellShape shape = Model.Graph.InputShape;
            return new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width);
        }
    }

    /// <summary>Names of the classes in the order of the scores; null where the label had keys without values.</summary>
    public IReadOnlyList<string>? ClassNames => _labels.Names;

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

    /// <summary>True: every row is scored by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedDataView(_host, input, _classifier);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return BatchRowMapper.Create(_host, this, _classifier, inputSchema);
    }

    /// <summary>Frees the native copy of the network; it comes back when the transformer is used again.</summary>
    public void Dispose() => _scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ComponentWriter.Write(ctx, Format, writer =>
    {
        writer.Write(FeatureColumnName);
        writer.Write(_host, _labels);
        writer.Write(History);
        writer.Write(NetworkEntry, Model);
    });

    internal static DeepYeastPredictionTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        string featureColumnName = reader.ReadString();
        ClassLabels labels = reader.ReadLabels(environment);
        TrainingHistory history = reader.ReadHistory();
        Network network = reader.ReadNetwork(NetworkEntry);
        if (!network.Graph.IsClassifier)
            throw NetworkStream.Damaged("its network does not end with a softmax");
        if (network.Graph.ClassCount != labels.Count)
            throw NetworkStream.Damaged($"its network has {network.Graph.ClassCount} classes but {labels.Count} class names");
        return new(environment, network, featureColumnName, labels, ComputeDevice.Auto, history);
    }

    /// <summary>The network as a batch model: probabilities, and the class with the highest.</summary>
    private sealed class Classifier(DeepYeastPredictionTransformer owner) : IBatchModel
    {
        public int BatchSize => NetworkScorer.BatchSize;

        public int InputSize => owner.Model.Graph.InputShape.Size;

        public int OutputSize => owner.Model.Graph.ClassCount;

        public DataViewSchema.Column FindInput(DataViewSchema schema) => FeatureColumn.Check(schema, owner.FeatureColumnName, owner.Model.Graph.InputShape);

        public DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema) => ScoreColumns.Create(schema, owner._labels);

        public void Score(float[] inputs, int rows, float[] outputs)
        {
            owner._scorer.Score(inputs, rows, outputs);
            // A network may lose a NaN on the way, in a maximum or at a border.
            for (int row = 0; row < rows; row++)
            {
                if (!FeatureValues.AreFinite(inputs.AsSpan(row * InputSize, InputSize)))
                    outputs.AsSpan(row * OutputSize, OutputSize).Fill(float.NaN);
            }
        }

        public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> current) => column == 0
            ? BatchOutput.CreateVectorGetter(current)
            : (ValueGetter<uint>)((ref uint value) => value = KeyOfHighest(current().Span));

        private static uint KeyOfHighest(ReadOnlySpan<float> scores)
        {
            int best = 0;
            for (int i = 0; i < scores.Length; i++)
            {
                if (float.IsNaN(scores[i]))
                    return 0;
                if (scores[i] > scores[best])
                    best = i;
            }
            return (uint)best + 1;
        }
    }
}
