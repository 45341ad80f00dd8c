using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Describes cells by what one layer of a trained network makes of them, for other trainers to learn from. Nothing beyond that layer is
/// computed, and nothing is learned from the data.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Features (input)</term><description>Vector of floats in [-1, 1], (channel, row, column), as DeepYeastPreprocess gives it.</description></item>
/// <item><term>Features (output)</term><description>Vector of floats with the layer's shape: (values) behind a dense layer, (row, column, channel), which is
/// Keras's order, behind a convolution. It takes the place of the input column unless it is given another name.</description></item>
/// </list>
/// </remarks>
public sealed class DeepYeastFeaturesEstimator : IEstimator<DeepYeastFeaturesTransformer>
{
    internal const string DefaultLayerName = "ip1";
    // ML.NET's own name, so that every trainer finds the features without being told.
    internal const string DefaultColumnName = "Features";

    private readonly IHost _host;
    private readonly Network _network;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly ComputeDevice _device;

    internal DeepYeastFeaturesEstimator(IHostEnvironment environment, Network network, string layerName, string outputColumnName, string inputColumnName, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        _host = environment.Register(nameof(DeepYeastFeaturesEstimator));
        _network = network.CutAt(layerName);
        (_outputColumnName, _inputColumnName, _device) = (outputColumnName, inputColumnName, device);
    }

    /// <summary>Checks the input column and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type or shape.</exception>
    public DeepYeastFeaturesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FeatureColumn.Check(input.Schema, _inputColumnName, _network.Graph.InputShape);
        return new(_host, _network, _outputColumnName, _inputColumnName, _device);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _inputColumnName);
        return ColumnShapes.Append(inputSchema, ColumnShapes.Floats(_outputColumnName));
    }
}
