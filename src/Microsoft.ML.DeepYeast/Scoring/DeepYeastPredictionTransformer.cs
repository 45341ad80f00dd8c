using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Classifies cells with a trained network: adds <c>Score</c>, a probability for each class, and <c>PredictedLabel</c>, the class with
/// the highest.
/// </summary>
/// <remarks>A row whose features are not finite gets scores of NaN and a missing predicted label.</remarks>
public sealed partial class DeepYeastPredictionTransformer : NetworkTransformer, ISingleFeaturePredictionTransformer<Network>
{
    internal const string LoaderSignature = "DeepYeastClassifier";
    internal static readonly ComponentFormat Format = new("DPYCLASS", LoaderSignature);
    private const string NetworkEntry = "Network";

    private readonly ClassLabels _labels;
    private readonly NetworkOutput _output;

    internal DeepYeastPredictionTransformer(
        IHostEnvironment environment, Network network, string featureColumnName, ClassLabels labels, ComputeDevice device, TrainingHistory history, bool testTimeAugmentation)
        : this(environment, network, featureColumnName, labels, device, history, new NetworkOutput { AveragesOrientations = testTimeAugmentation })
    {
    }

    private DeepYeastPredictionTransformer(
        IHostEnvironment environment, Network network, string featureColumnName, ClassLabels labels, ComputeDevice device, TrainingHistory history, NetworkOutput output)
        : base(environment, network, device, output)
    {
        (History, FeatureColumnName) = (history, featureColumnName);
        (_labels, _output) = (labels, output);
        Batches = new Classifier(this);
    }

    /// <summary>
    /// Whether a cell's scores are the means over its mirror images, and if it is square over its quarter turns as well: eight times the work, and more right where the training saw them all, as
    /// with <see cref="CellAugmentation.RoundCells"/>. It is saved with the model; a change holds from the next batch on.
    /// </summary>
    public bool TestTimeAugmentation
    {
        get => _output.AveragesOrientations;
        set => _output.AveragesOrientations = value;
    }

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

    /// <summary>The classifier inside a fitted pipeline: its last step of this type.</summary>
    /// <param name="model">A classifier, or a chain with one in it, as it was fitted or loaded.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static DeepYeastPredictionTransformer Of(ITransformer model) => ModelSteps.FindLast<DeepYeastPredictionTransformer>(model);

    private protected override IBatchModel Batches { get; }

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
    {
        writer.Write(FeatureColumnName);
        writer.Write(Host, _labels);
        writer.Write(History);
        writer.Write(TestTimeAugmentation);
        writer.Write(NetworkEntry, Model);
    });

    internal static DeepYeastPredictionTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        string featureColumnName = reader.ReadString();
        ClassLabels labels = reader.ReadLabels(environment);
        TrainingHistory history = reader.ReadHistory();
        bool testTimeAugmentation = reader.ReadBoolean();
        Network network = reader.ReadNetwork(NetworkEntry);
        if (!network.Graph.IsClassifier)
            throw NetworkStream.Damaged("its network does not end with a softmax");
        if (network.Graph.ClassCount != labels.Count)
            throw NetworkStream.Damaged($"its network has {network.Graph.ClassCount} classes but {labels.Count} class names");
        return new(environment, network, featureColumnName, labels, ComputeDevice.Auto, history, testTimeAugmentation);
    }

    /// <summary>The network as a batch model: probabilities, and the class with the highest.</summary>
    private sealed class Classifier(DeepYeastPredictionTransformer owner) : IBatchModel
    {
        public int BatchSize => owner.Scorer.BatchSize;

        public int InputSize => owner.Model.Graph.InputShape.Size;

        public int OutputSize => owner.Model.Graph.ClassCount;

        public DataViewSchema.Column FindInput(DataViewSchema schema) => FeatureColumn.Check(schema, owner.FeatureColumnName, owner.Model.Graph.InputShape);

        public DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema) => ScoreColumns.Create(schema, owner._labels);

        public void Score(float[] inputs, int rows, float[] outputs)
        {
            owner.Scorer.Score(inputs, rows, outputs);
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
