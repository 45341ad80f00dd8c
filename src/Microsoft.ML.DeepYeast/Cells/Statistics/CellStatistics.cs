using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast;

/// <summary>Measures one cell after another; its scratch memory serves them all.</summary>
/// <param name="shape">The shape of the cells.</param>
internal sealed class CellStatistics(CellShape shape)
{
    private static readonly IReadOnlyList<string> s_planeNames =
        [.. IntensityStatistics.Names, .. GradientStatistics.Names, .. GranularityStatistics.Names, .. RadialStatistics.MomentNames, .. RadialStatistics.RingNames];

    private readonly int _pixels = shape.Height * shape.Width;
    private readonly (int First, int Second)[] _pairs = [.. Pairs(shape.Channels)];
    private readonly float[] _intensities = new float[shape.Size];
    private readonly float[] _gradient = new float[shape.Height * shape.Width];
    private readonly RankedValues _ranked = new(shape.Height * shape.Width);
    private readonly IntensityStatistics _intensity = new();
    private readonly PlaneSummary[] _summaries = new PlaneSummary[shape.Channels];
    private readonly double[] _squares = new double[shape.Channels * GranularityStatistics.Names.Count];   // of the differences, (channel, distance)
    private readonly double[] _products = new double[GranularityStatistics.Names.Count];

    /// <summary>What each value is, channel by channel and then pair by pair.</summary>
    public static IReadOnlyList<string> Names(int channels)
    {
        string[] names = channels == 2 ? ["red", "green"] : [.. Enumerable.Range(1, channels).Select(channel => $"channel {channel}")];
        return
        [
            .. names.SelectMany(name => s_planeNames.Select(statistic => $"{name} {statistic}")),
            .. Pairs(channels).SelectMany(pair => PairNames(names[pair.First], names[pair.Second])),
        ];
    }

    /// <summary>Writes the statistics in the order of <see cref="Names"/>: NaN if a value of the cell is not finite.</summary>
    /// <param name="cell">Values in [-1, 1], (channel, row, column); what lies beyond counts as -1 or 1.</param>
    /// <param name="statistics">Where they go.</param>
    public void Measure(ReadOnlySpan<float> cell, Span<float> statistics)
    {
        if (!FeatureValues.AreFinite(cell))
        {
            statistics.Fill(float.NaN);
            return;
        }
        ToIntensities(cell);
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            MeasurePlane(channel, statistics);
            statistics = statistics[s_planeNames.Count..];
        }
        foreach ((int first, int second) in _pairs)
            statistics = MeasurePair(first, second, statistics);
    }

    private void ToIntensities(ReadOnlySpan<float> cell)
    {
        for (int i = 0; i < cell.Length; i++)
        {
            float intensity = cell[i] * 0.5f + 0.5f;
            _intensities[i] = intensity < 0 ? 0 : intensity > 1 ? 1 : intensity;
        }
    }

    private static string[] PairNames(string first, string second)
        => [.. PairStatistics.Names(first, second), .. GranularityStatistics.PairNames.Select(statistic => $"{first}-{second} {statistic}")];

    private static IEnumerable<(int First, int Second)> Pairs(int channels)
        => from first in Enumerable.Range(0, channels) from second in Enumerable.Range(first + 1, channels - first - 1) select (first, second);

    private void MeasurePlane(int channel, Span<float> statistics)
    {
        CellPlane plane = Plane(channel);
        _ranked.Deal(plane.Values);
        Moments moments = _intensity.Measure(plane, _ranked, Take(ref statistics, IntensityStatistics.Names));
        GradientStatistics.Compute(plane, _gradient);
        _ranked.Deal(_gradient);
        GradientStatistics.Measure(_gradient, _ranked, Take(ref statistics, GradientStatistics.Names));
        GranularityStatistics.MeanProducts(plane, plane, Squares(channel));
        GranularityStatistics.Measure(Squares(channel), moments, Take(ref statistics, GranularityStatistics.Names));
        (double Row, double Column) centre = RadialStatistics.MeasureMoments(plane, Take(ref statistics, RadialStatistics.MomentNames));
        RadialStatistics.MeasureRings(plane, moments.Mean * _pixels, centre, Take(ref statistics, RadialStatistics.RingNames));
        _summaries[channel] = new(moments, centre);
    }

    private Span<float> MeasurePair(int first, int second, Span<float> statistics)
    {
        CellPlane firstPlane = Plane(first), secondPlane = Plane(second);
        PairStatistics.Measure(firstPlane, secondPlane, _summaries[first], _summaries[second], statistics);
        statistics = statistics[PairStatistics.Count..];
        GranularityStatistics.MeanProducts(firstPlane, secondPlane, _products);
        GranularityStatistics.MeasurePair(_products, Squares(first), Squares(second), statistics);
        return statistics[_products.Length..];
    }

    private static Span<float> Take(ref Span<float> statistics, IReadOnlyList<string> names)
    {
        Span<float> taken = statistics[..names.Count];
        statistics = statistics[names.Count..];
        return taken;
    }

    private Span<double> Squares(int channel) => _squares.AsSpan(channel * _products.Length, _products.Length);

    private CellPlane Plane(int channel) => new(_intensities.AsSpan(channel * _pixels, _pixels), shape.Height, shape.Width);
}
