using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Turns images of cells, or vectors of grey levels, into what the networks read: channels, rows and columns of floats in [-1, 1].
/// It learns nothing from the data.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Image (input)</term><description>Image of known or unknown size, each row its own; or a vector of bytes or floats 0..255.</description></item>
/// <item><term>Features (output)</term><description>Vector of floats in [-1, 1], (2, 64, 64) by default: channel 0 red (mCherry), channel 1 green (GFP).</description></item>
/// </list>
/// <para>The order of work: channels are picked, contrast is stretched, the size is adjusted, and (x / 255 - 0.5) * 2 is computed.</para>
/// </remarks>
public sealed partial class DeepYeastPreprocessingEstimator : IEstimator<DeepYeastPreprocessingTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal DeepYeastPreprocessingEstimator(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options.Copy();
        _host = environment.Register(nameof(DeepYeastPreprocessingEstimator));
    }

    /// <summary>Checks the input column and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of a type that cannot be read.</exception>
    public DeepYeastPreprocessingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new DeepYeastPreprocessingTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column column = ColumnShapes.Find(inputSchema, "image", _options.InputColumnName);
        bool readable = column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType is ImageDataViewType
            : column.Kind == SchemaShape.Column.VectorKind.Vector && CellSource.CanRead(column.ItemType);
        if (!readable)
            throw CellSource.Unreadable(_options.InputColumnName, ColumnShapes.Describe(column));
        return ColumnShapes.Append(inputSchema, ColumnShapes.Floats(_options.OutputColumnName));
    }
}
