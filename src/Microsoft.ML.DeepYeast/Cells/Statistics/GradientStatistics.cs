namespace Microsoft.ML.DeepYeast;

/// <summary>
/// How steep a plane is: the length of its gradient, in intensity a pixel, from the differences of the pixels before and behind; at a border, of the pixel and the one beside it.
/// </summary>
internal static class GradientStatistics
{
    private static readonly double[] s_percentiles = [50, 90, 99];

    public static IReadOnlyList<string> Names { get; } =
        ["gradient mean", "gradient standard deviation", .. s_percentiles.Select(percentile => $"gradient percentile {percentile}")];

    /// <summary>Writes the length of the gradient at each pixel.</summary>
    public static void Compute(CellPlane plane, Span<float> lengths)
    {
        for (int row = 0; row < plane.Height; row++)
        {
            int above = Math.Max(row - 1, 0), below = Math.Min(row + 1, plane.Height - 1);
            ReadOnlySpan<float> before = plane.Row(above), behind = plane.Row(below), here = plane.Row(row);
            Span<float> target = lengths.Slice(row * plane.Width, plane.Width);
            float perRow = below > above ? 1f / (below - above) : 0;
            for (int column = 0; column < target.Length; column++)
            {
                int left = Math.Max(column - 1, 0), right = Math.Min(column + 1, plane.Width - 1);
                float perColumn = right - left == 2 ? 0.5f : 1;
                float down = (behind[column] - before[column]) * perRow, across = (here[right] - here[left]) * perColumn;
                target[column] = MathF.Sqrt(down * down + across * across);
            }
        }
    }

    /// <summary>Writes the statistics in the order of <see cref="Names"/>.</summary>
    /// <param name="lengths">What <see cref="Compute"/> wrote.</param>
    /// <param name="ranked">The same.</param>
    /// <param name="statistics">Where they go.</param>
    public static void Measure(ReadOnlySpan<float> lengths, RankedValues ranked, Span<float> statistics)
    {
        Moments moments = Moments.Of(lengths);
        statistics[0] = (float)moments.Mean;
        statistics[1] = (float)moments.Deviation;
        for (int i = 0; i < s_percentiles.Length; i++)
            statistics[2 + i] = ranked.Percentile(s_percentiles[i]);
    }
}
