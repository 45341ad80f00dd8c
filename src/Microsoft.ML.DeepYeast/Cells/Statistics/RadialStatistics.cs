namespace Microsoft.ML.DeepYeast;

/// <summary>Where the light of a plane lies: its second moments, and its shares in rings about a centre. Lengths are in units of half the shorter side of the image.</summary>
internal static class RadialStatistics
{
    // The outer radii of all rings but the last.
    private static readonly double[] s_radii = [0.2, 0.4, 0.6];

    // In square pixels: the light of a single pixel has no direction, whatever the rounding says.
    private const double PointLike = 1e-6;

    public static IReadOnlyList<string> MomentNames { get; } = ["spread", "elongation"];

    public static IReadOnlyList<string> RingNames { get; } = [.. Enumerable.Range(1, s_radii.Length + 1).Select(ring => $"share of ring {ring}")];

    /// <summary>The centre of intensity, in pixels; of a black plane, that of the image.</summary>
    public static (double Row, double Column) MeasureMoments(CellPlane plane, Span<float> statistics)
    {
        double sum = 0, rows = 0, columns = 0, rowSquares = 0, columnSquares = 0, products = 0;
        // From the middle of the image: the numbers stay small, and mirroring changes but their signs.
        double middleRow = (plane.Height - 1) / 2.0, middleColumn = (plane.Width - 1) / 2.0;
        for (int i = 0; i < plane.Height; i++)
        {
            double row = i - middleRow, light = 0, lever = 0, inertia = 0;
            ReadOnlySpan<float> values = plane.Row(i);
            for (int j = 0; j < values.Length; j++)
            {
                double column = j - middleColumn, leverage = values[j] * column;
                light += values[j];
                lever += leverage;
                inertia += leverage * column;
            }
            sum += light;
            rows += light * row;
            rowSquares += light * row * row;
            columns += lever;
            columnSquares += inertia;
            products += lever * row;
        }
        if (sum <= 0)
        {
            statistics.Clear();
            return (middleRow, middleColumn);
        }
        double centreRow = rows / sum, centreColumn = columns / sum;
        double rowVariance = rowSquares / sum - centreRow * centreRow, columnVariance = columnSquares / sum - centreColumn * centreColumn;
        double covariance = products / sum - centreRow * centreColumn;
        double trace = rowVariance + columnVariance;
        double root = Math.Sqrt((rowVariance - columnVariance) * (rowVariance - columnVariance) + 4 * covariance * covariance);   // difference of the two eigenvalues
        statistics[0] = (float)(Math.Sqrt(Math.Max(0, trace)) / plane.HalfSide);
        statistics[1] = trace > PointLike ? (float)(root / trace) : 0;
        return (middleRow + centreRow, middleColumn + centreColumn);
    }

    /// <summary>Writes each ring's share of the light, from the innermost to all that lies beyond the others; 0 for all of them where the plane is black.</summary>
    public static void MeasureRings(CellPlane plane, double light, (double Row, double Column) centre, Span<float> statistics)
    {
        double inside = 0;
        for (int ring = 0; ring < s_radii.Length; ring++)
        {
            double within = LightWithin(plane, centre, s_radii[ring] * plane.HalfSide);
            statistics[ring] = light > 0 ? (float)((within - inside) / light) : 0;
            inside = within;
        }
        statistics[s_radii.Length] = light > 0 ? (float)Math.Max(0, 1 - inside / light) : 0;
    }

    // Of the pixels whose middle lies no further from the centre than the radius, and a hair: those on the circle are in, whichever way the centre was rounded.
    private static double LightWithin(CellPlane plane, (double Row, double Column) centre, double radius)
    {
        radius *= 1 + 1e-9;
        double light = 0;
        int last = Math.Min((int)Math.Floor(centre.Row + radius), plane.Height - 1);
        for (int row = Math.Max((int)Math.Ceiling(centre.Row - radius), 0); row <= last; row++)
        {
            double across = Math.Sqrt(Math.Max(0, radius * radius - (row - centre.Row) * (row - centre.Row)));
            int from = Math.Max((int)Math.Ceiling(centre.Column - across), 0), to = Math.Min((int)Math.Floor(centre.Column + across), plane.Width - 1);
            if (from <= to)
                light += Moments.Sum(plane.Row(row)[from..(to + 1)]);
        }
        return light;
    }
}
