namespace Microsoft.ML.DeepYeast;

/// <summary>Spreads a channel's grey levels between two percentiles over 0..255.</summary>
internal sealed class ContrastStretch(double lowPercentile, double highPercentile)
{
    private float[] _sorted = [];

    public void Apply(Span<float> plane)
    {
        if (_sorted.Length < plane.Length)
            _sorted = new float[plane.Length];
        Span<float> sorted = _sorted.AsSpan(0, plane.Length);
        plane.CopyTo(sorted);
        sorted.Sort();
        float low = Percentile(sorted, lowPercentile), high = Percentile(sorted, highPercentile);
        float scale = high > low ? GreyLevels.White / (high - low) : 0;
        for (int i = 0; i < plane.Length; i++)
            plane[i] = Math.Clamp((plane[i] - low) * scale, 0, GreyLevels.White);
    }

    /// <summary>Between the two nearest values in proportion: method 7 of Hyndman and Fan (1996), NumPy's default.</summary>
    internal static float Percentile(ReadOnlySpan<float> sorted, double percentile)
    {
        (int below, int above, double share) = Position(sorted.Length, percentile);
        return (float)(sorted[below] + share * ((double)sorted[above] - sorted[below]));
    }

    /// <summary>The ranks of those two values among so many, and how far from the first to the second.</summary>
    internal static (int Below, int Above, double Share) Position(int count, double percentile)
    {
        double position = percentile / 100 * (count - 1);
        int below = (int)position;
        return (below, Math.Min(below + 1, count - 1), position - below);
    }
}
