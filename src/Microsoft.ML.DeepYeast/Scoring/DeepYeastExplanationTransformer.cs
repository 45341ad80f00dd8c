using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Adds a map of where in a cell something speaks for a class; see <see cref="DeepYeastExplanationEstimator"/>.</summary>
public sealed class DeepYeastExplanationTransformer : NetworkTransformer
{
    internal const string LoaderSignature = "DeepYeastExplanation";
    internal static readonly ComponentFormat Format = new("DPYEXPLN", LoaderSignature);
    private const string NetworkEntry = "Network";

    private readonly ExplanationSettings _settings;

    internal DeepYeastExplanationTransformer(IHostEnvironment environment, Network network, ExplanationSettings settings, ComputeDevice device)
        : base(environment, network, device, new GradCam(settings.LayerName, settings.ClassIndex, settings.Method))
    {
        _settings = settings;
        Batches = new Explainer(this);
    }

    /// <summary>The layer whose map it is.</summary>
    public string LayerName => _settings.LayerName;

    private protected override IBatchModel Batches { get; }

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
    {
        writer.Write(_settings.InputColumnName);
        writer.Write(_settings.OutputColumnName);
        writer.Write(_settings.OverlayColumnName ?? "");
        writer.Write(_settings.OverlayScale);
        writer.Write(_settings.LayerName);
        writer.Write(_settings.ClassIndex ?? -1);
        writer.Write((int)_settings.Method);
        writer.Write(NetworkEntry, Model);
    });

    internal static DeepYeastExplanationTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        string input = reader.ReadString(), output = reader.ReadString(), overlay = reader.ReadString();
        int scale = reader.ReadInt32();
        string layer = reader.ReadString();
        int classIndex = reader.ReadInt32();
        var settings = new ExplanationSettings(input, output, overlay == "" ? null : overlay, scale, layer, classIndex == -1 ? null : classIndex, (ExplanationMethod)reader.ReadInt32());
        Network network = reader.ReadNetwork(NetworkEntry);
        NetworkStream.RequireValid(() => settings.Validate(network.Graph));
        return new(environment, network, settings, ComputeDevice.Auto);
    }

    /// <summary>Grad-CAM as a batch model. A row's output is its map, and behind it the cell itself where it is drawn, which happens when the image is asked for.</summary>
    private sealed class Explainer(DeepYeastExplanationTransformer owner) : IBatchModel
    {
        private readonly LayerShape _map = owner.Model.Graph.GetOutputShape(owner.LayerName);

        public int BatchSize => owner.Scorer.BatchSize;

        public int InputSize => owner.Model.Graph.InputShape.Size;

        public int OutputSize => MapSize + (owner._settings.OverlayColumnName is null ? 0 : InputSize);

        private int MapSize => _map.Height * _map.Width;

        public DataViewSchema.Column FindInput(DataViewSchema schema) => FeatureColumn.Check(schema, owner._settings.InputColumnName, owner.Model.Graph.InputShape);

        public DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema)
        {
            var map = new DataViewSchema.DetachedColumn(owner._settings.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, _map.Height, _map.Width));
            return owner._settings.OverlayColumnName is { } overlay ? [map, new(overlay, owner._settings.OverlayType(owner.Model.Graph.InputShape))] : [map];
        }

        public void Score(float[] inputs, int rows, float[] outputs)
        {
            float[] maps = new float[rows * MapSize];
            owner.Scorer.Score(inputs, rows, maps);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> cell = inputs.AsSpan(row * InputSize, InputSize);
                Span<float> output = outputs.AsSpan(row * OutputSize, OutputSize), map = output[..MapSize];
                // A network may lose a NaN on the way, in a maximum or at a border.
                if (FeatureValues.AreFinite(cell))
                    maps.AsSpan(row * MapSize, MapSize).CopyTo(map);
                else
                    map.Fill(float.NaN);
                if (output.Length > MapSize)
                    cell.CopyTo(output[MapSize..]);
            }
        }

        public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> current)
        {
            if (column == 0)
                return BatchOutput.CreateVectorGetter(() => current()[..MapSize]);
            var overlay = new HeatMapOverlay(owner.Model.Graph.InputShape, _map.Height, _map.Width, owner._settings.OverlayScale);
            return (ValueGetter<MLImage>)((ref MLImage value) =>
            {
                value?.Dispose();   // as ML.NET's own getters of images do, whose consumers rely on it
                ReadOnlySpan<float> output = current().Span;
                value = overlay.Draw(output[MapSize..], output[..MapSize]);
            });
        }
    }
}
