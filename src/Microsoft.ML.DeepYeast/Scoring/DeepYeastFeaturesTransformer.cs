using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Adds the output of one layer of a network as a column; see <see cref="DeepYeastFeaturesEstimator"/>.</summary>
public sealed class DeepYeastFeaturesTransformer : NetworkTransformer
{
    internal const string LoaderSignature = "DeepYeastFeatures";
    internal static readonly ComponentFormat Format = new("DPYFEATS", LoaderSignature);
    private const string NetworkEntry = "Network";

    private readonly string _outputColumnName;
    private readonly string _inputColumnName;

    internal DeepYeastFeaturesTransformer(IHostEnvironment environment, Network network, string outputColumnName, string inputColumnName, ComputeDevice device)
        : base(environment, network, device, new NetworkOutput())
    {
        (_outputColumnName, _inputColumnName) = (outputColumnName, inputColumnName);
        Batches = new Extractor(this);
    }

    private protected override IBatchModel Batches { get; }

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
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
        public int BatchSize => owner.Scorer.BatchSize;

        public int InputSize => owner.Model.Graph.InputShape.Size;

        public int OutputSize => owner.Model.Graph.OutputShape.Size;

        public DataViewSchema.Column FindInput(DataViewSchema schema) => FeatureColumn.Check(schema, owner._inputColumnName, owner.Model.Graph.InputShape);

        public DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema)
            => [new(owner._outputColumnName, new VectorDataViewType(NumberDataViewType.Single, owner.Model.Graph.OutputShape.KerasDimensions.ToArray()))];

        public void Score(float[] inputs, int rows, float[] outputs) => owner.Scorer.Score(inputs, rows, outputs);

        public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> current) => BatchOutput.CreateVectorGetter(current);
    }
}
