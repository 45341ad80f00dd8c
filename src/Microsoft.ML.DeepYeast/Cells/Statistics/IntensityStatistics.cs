namespace Microsoft.ML.DeepYeast;

/// <summary>How the intensities of a plane are distributed, wherever they lie.</summary>
internal sealed class IntensityStatistics
{
    private static readonly double[] s_percentiles = [1, 10, 25, 50, 75, 90, 99];
    // Percent of the pixels.
    private static readonly double[] s_brightest = [1, 5, 25];

    private readonly int[] _levels = new int[byte.MaxValue + 1];

    public static IReadOnlyList<string> Names { get; } =
    [
        "mean", "standard deviation", "skewness", "entropy",
        .. s_percentiles.Select(percentile => $"percentile {percentile}"),
        .. s_brightest.Select(percent => $"share of the brightest {percent}%"),
    ];

    /// <summary>Writes the statistics in the order of <see cref="Names"/>.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="ranked">Its values.</param>
    /// <param name="statistics">Where they go.</param>
    /// <returns>What the first three are made of.</returns>
    public Moments Measure(CellPlane plane, RankedValues ranked, Span<float> statistics)
    {
        Moments moments = Moments.Of(plane.Values);
        int i = 0;
        statistics[i++] = (float)moments.Mean;
        statistics[i++] = (float)moments.Deviation;
        statistics[i++] = (float)moments.Skewness;
        statistics[i++] = (float)Entropy(plane.Values);
        foreach (double percentile in s_percentiles)
            statistics[i++] = ranked.Percentile(percentile);
        int pixels = plane.Values.Length;
        double light = moments.Mean * pixels;
        foreach (double percent in s_brightest)
        {
            // Of a flat plane it is the share of the pixels, and so it is of a black one, which has no light to share.
            double share = percent / 100;
            statistics[i++] = (float)(light > 0 ? ranked.SumOfHighest(share * pixels) / light : share);
        }
        return moments;
    }

    // Of the grey levels 0..255, in bits: 0 where all pixels have the same one, 8 where each is as frequent.
    private double Entropy(ReadOnlySpan<float> intensities)
    {
        _levels.AsSpan().Clear();
        foreach (float intensity in intensities)
            _levels[(int)(intensity * GreyLevels.White + 0.5f)]++;
        double entropy = 0;
        foreach (int count in _levels)
        {
            double share = (double)count / intensities.Length;
            entropy -= count == 0 ? 0 : share * Math.Log2(share);
        }
        return entropy;
    }
}
