using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Loads cells from TIFF files in their full depth, which ML.NET's images, of 8 bits, would lose. It learns nothing from the data.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>ImagePath (input)</term><description>Text: the file of a cell, with a page for each channel. Or a column for each channel, of files with one page.</description></item>
/// <item><term>Image (output)</term><description>Vector of floats, (2, 64, 64) by default, in the files' own range: channel 0 red (mCherry), channel 1 green (GFP). Put
/// DeepYeastPreprocess behind it, with <see cref="CellContrast.Percentiles"/> where the range is not 0..255.</description></item>
/// </list>
/// <para>Pages hold grey levels of 8 or 16 bits without a sign, or floats of 32 bits, in strips or tiles, in any byte order and any compression that LibTiff reads. A row
/// whose file is not so gives an <see cref="InvalidDataException"/> or <see cref="FileNotFoundException"/> that names the file; ML.NET may wrap it.</para>
/// </remarks>
public sealed partial class CellImageLoadingEstimator : IEstimator<CellImageLoadingTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal CellImageLoadingEstimator(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options.Copy();
        _host = environment.Register(nameof(CellImageLoadingEstimator));
    }

    /// <summary>Checks the input columns and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or not text.</exception>
    public CellImageLoadingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new CellImageLoadingTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in _options.InputColumnNames)
        {
            SchemaShape.Column column = ColumnShapes.Find(inputSchema, "path", name);
            if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType is not TextDataViewType)
                throw CellImageLoadingTransformer.NotText(name, ColumnShapes.Describe(column));
        }
        return ColumnShapes.Append(inputSchema, ColumnShapes.Floats(_options.OutputColumnName));
    }
}
