using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Describes cells by what a biologist would measure on them, for ML.NET's other trainers to learn from: a baseline that costs next to nothing. It learns nothing from the data.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Features (input)</term><description>Vector of floats in [-1, 1], (channel, row, column), of any shape, as DeepYeastPreprocess gives it. What lies beyond counts as
/// -1 or 1.</description></item>
/// <item><term>Features (output)</term><description>Vector of floats: 29 for each channel and 11 for each pair of channels, so 69 for the two of a yeast cell. The annotation
/// SlotNames has a name for each, as in <c>green mean</c>. It takes the place of the input column unless it is given another name. All NaN where a value of the cell is not
/// finite.</description></item>
/// </list>
/// <para>Intensities are in [0, 1], from black to white; lengths are in units of half the shorter side of the image. Turning a cell by quarters and mirroring it changes nothing
/// but the last digits.</para>
/// <list type="table">
/// <listheader><term>Of each channel</term><description>Meaning</description></listheader>
/// <item><term>mean, standard deviation, skewness</term><description>Of the intensities.</description></item>
/// <item><term>entropy</term><description>Of the 256 grey levels, in bits, from 0 to 8. Where a dim image was
/// stretched, which leaves gaps between its levels, it tells how dim it was.</description></item>
/// <item><term>percentile 1 to 99</term><description>Of the intensities.</description></item>
/// <item><term>share of the brightest 1, 5, 25%</term><description>Of all light, what those pixels have.</description></item>
/// <item><term>gradient ...</term><description>Mean, standard deviation and percentiles of the gradient's length, in intensity a pixel.</description></item>
/// <item><term>granularity at 1, 2, 4, 8</term><description>Half the mean square of the differences of pixels so far apart in a row or a column, over the variance: near 0 where the
/// structure is coarser, near 1 where it is finer.</description></item>
/// <item><term>spread, elongation</term><description>The root of the mean square distance of the light from its centre; and the difference of its second moments along and
/// across its longest axis, over their sum, from 0 for round to 1 for a line.</description></item>
/// <item><term>share of ring 1 to 4</term><description>Of all light, what lies up to 0.2, 0.4 and 0.6 from its centre, and beyond.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term>Of each pair</term><description>Meaning</description></listheader>
/// <item><term>correlation, overlap</term><description>Pearson's coefficient of the intensities, and the same without taking off the means
/// (Manders et al., J Microsc 169:375-382, 1993).</description></item>
/// <item><term>slope of the one over the other</term><description>Of the line of least squares, both ways.</description></item>
/// <item><term>share of the one where the other is above its mean</term><description>Of all its light, both ways.</description></item>
/// <item><term>distance of centres</term><description>Of their light.</description></item>
/// <item><term>correlation of differences at 1, 2, 4, 8</term><description>The cosine between the differences of pixels so far apart: whether structures of that size coincide.</description></item>
/// </list>
/// <para>What is divided by the spread or the light of a channel is 0 where it has none, but for the shares of the brightest pixels, which are then their shares of the pixels.</para>
/// </remarks>
public sealed class DeepYeastStatisticsEstimator : IEstimator<DeepYeastStatisticsTransformer>
{
    internal const string DefaultColumnName = DeepYeastTrainer.Defaults.FeatureColumnName;

    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;

    internal DeepYeastStatisticsEstimator(IHostEnvironment environment, string outputColumnName, string inputColumnName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        _host = environment.Register(nameof(DeepYeastStatisticsEstimator));
        (_outputColumnName, _inputColumnName) = (outputColumnName, inputColumnName);
    }

    /// <summary>Checks the input column and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type, or its shape is not known.</exception>
    public DeepYeastStatisticsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new DeepYeastStatisticsTransformer(_host, _outputColumnName, _inputColumnName);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _inputColumnName);
        return ColumnShapes.Append(inputSchema, SlotNames.Floats(_outputColumnName));
    }
}
