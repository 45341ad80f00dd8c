namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The statistics of DeepYeastStatistics by their definitions, in float64, for planes of pixels [row, column] in [0, 1] that are not flat.</summary>
internal static class NaiveStatistics
{
    public static Dictionary<string, double> OfPlane(double[,] plane)
    {
        (int Row, int Column)[] pixels = [.. Pixels(plane)];
        double[] values = [.. pixels.Select(p => plane[p.Row, p.Column])], gradient = [.. pixels.Select(p => Gradient(plane, p.Row, p.Column))];
        double mean = values.Average(), variance = Variance(values), light = values.Sum();
        double unit = Math.Min(plane.GetLength(0), plane.GetLength(1)) / 2.0;
        var (centreRow, centreColumn) = Centre(plane);
        double Distance((int Row, int Column) p) => Math.Sqrt(Math.Pow(p.Row - centreRow, 2) + Math.Pow(p.Column - centreColumn, 2)) / unit;
        double LightBetween(double inner, double outer) => pixels.Where(p => Distance(p) > inner && Distance(p) <= outer).Sum(p => plane[p.Row, p.Column]) / light;
        double Moment(int rowPower, int columnPower)
            => pixels.Sum(p => plane[p.Row, p.Column] * Math.Pow(p.Row - centreRow, rowPower) * Math.Pow(p.Column - centreColumn, columnPower)) / light;
        var (large, small) = Eigenvalues(Moment(2, 0), Moment(1, 1), Moment(0, 2));

        var statistics = new Dictionary<string, double>
        {
            ["mean"] = mean,
            ["standard deviation"] = Math.Sqrt(variance),
            ["skewness"] = values.Average(value => Math.Pow((value - mean) / Math.Sqrt(variance), 3)),
            ["entropy"] = values.GroupBy(value => Math.Floor(value * 255 + 0.5)).Sum(level => -(double)level.Count() / values.Length * Math.Log2((double)level.Count() / values.Length)),
            ["gradient mean"] = gradient.Average(),
            ["gradient standard deviation"] = Math.Sqrt(Variance(gradient)),
            ["spread"] = Math.Sqrt(pixels.Sum(p => plane[p.Row, p.Column] * Math.Pow(Distance(p), 2)) / light),
            ["elongation"] = (large - small) / (large + small),
            ["share of ring 1"] = LightBetween(-1, 0.2),
            ["share of ring 2"] = LightBetween(0.2, 0.4),
            ["share of ring 3"] = LightBetween(0.4, 0.6),
            ["share of ring 4"] = LightBetween(0.6, double.MaxValue),
        };
        foreach (int percentile in new[] { 1, 10, 25, 50, 75, 90, 99 })
            statistics[$"percentile {percentile}"] = Percentile(values, percentile);
        foreach (int percentile in new[] { 50, 90, 99 })
            statistics[$"gradient percentile {percentile}"] = Percentile(gradient, percentile);
        foreach (int percent in new[] { 1, 5, 25 })
            statistics[$"share of the brightest {percent}%"] = LightOfBrightest(values, percent / 100.0) / light;
        foreach (int distance in new[] { 1, 2, 4, 8 })
            statistics[$"granularity at {distance}"] = Differences(plane, distance).Average(difference => difference * difference) / 2 / variance;
        return statistics;
    }

    public static Dictionary<string, double> OfPair(double[,] first, double[,] second, string firstName, string secondName)
    {
        double[] a = [.. first.Cast<double>()], b = [.. second.Cast<double>()];
        double meanA = a.Average(), meanB = b.Average();
        double covariance = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Average();
        var (rowA, columnA) = Centre(first);
        var (rowB, columnB) = Centre(second);
        var statistics = new Dictionary<string, double>
        {
            [$"{firstName}-{secondName} correlation"] = covariance / Math.Sqrt(Variance(a) * Variance(b)),
            [$"{firstName}-{secondName} overlap"] = Cosine(a, b),
            [$"slope of {secondName} over {firstName}"] = covariance / Variance(a),
            [$"slope of {firstName} over {secondName}"] = covariance / Variance(b),
            [$"share of {secondName} where {firstName} is above its mean"] = b.Where((_, i) => a[i] > meanA).Sum() / b.Sum(),
            [$"share of {firstName} where {secondName} is above its mean"] = a.Where((_, i) => b[i] > meanB).Sum() / a.Sum(),
            [$"{firstName}-{secondName} distance of centres"] =
                Math.Sqrt(Math.Pow(rowA - rowB, 2) + Math.Pow(columnA - columnB, 2)) / (Math.Min(first.GetLength(0), first.GetLength(1)) / 2.0),
        };
        foreach (int distance in new[] { 1, 2, 4, 8 })
            statistics[$"{firstName}-{secondName} correlation of differences at {distance}"] = Cosine([.. Differences(first, distance)], [.. Differences(second, distance)]);
        return statistics;
    }

    private static IEnumerable<(int Row, int Column)> Pixels(double[,] plane)
        => from row in Enumerable.Range(0, plane.GetLength(0)) from column in Enumerable.Range(0, plane.GetLength(1)) select (row, column);

    private static (double Row, double Column) Centre(double[,] plane)
    {
        double light = plane.Cast<double>().Sum();
        return (Pixels(plane).Sum(p => p.Row * plane[p.Row, p.Column]) / light, Pixels(plane).Sum(p => p.Column * plane[p.Row, p.Column]) / light);
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }

    private static double Cosine(double[] a, double[] b)
        => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));

    // Of a symmetric matrix of 2 x 2, by its characteristic polynomial.
    private static (double Large, double Small) Eigenvalues(double a, double b, double c)
    {
        double half = (a + c) / 2, root = Math.Sqrt(half * half - (a * c - b * b));
        return (half + root, half - root);
    }

    private static IEnumerable<double> Differences(double[,] plane, int distance)
    {
        foreach (var (row, column) in Pixels(plane))
        {
            if (row + distance < plane.GetLength(0))
                yield return plane[row + distance, column] - plane[row, column];
            if (column + distance < plane.GetLength(1))
                yield return plane[row, column + distance] - plane[row, column];
        }
    }

    // As NumPy's gradient: central differences, and one-sided ones at the borders.
    private static double Gradient(double[,] plane, int row, int column)
    {
        int above = Math.Max(0, row - 1), below = Math.Min(plane.GetLength(0) - 1, row + 1), left = Math.Max(0, column - 1), right = Math.Min(plane.GetLength(1) - 1, column + 1);
        double down = (plane[below, column] - plane[above, column]) / Math.Max(1, below - above), across = (plane[row, right] - plane[row, left]) / Math.Max(1, right - left);
        return Math.Sqrt(down * down + across * across);
    }

    private static double Percentile(double[] values, double percentile)
    {
        double[] sorted = [.. values.Order()];
        double position = percentile / 100 * (sorted.Length - 1);
        double below = sorted[(int)Math.Floor(position)], above = sorted[(int)Math.Ceiling(position)];
        return below + (position - Math.Floor(position)) * (above - below);
    }

    private static double LightOfBrightest(double[] values, double share)
    {
        double left = share * values.Length, light = 0;
        foreach (double value in values.OrderDescending())
        {
            light += Math.Min(1, left) * value;
            left -= Math.Min(1, left);
        }
        return light;
    }
}
