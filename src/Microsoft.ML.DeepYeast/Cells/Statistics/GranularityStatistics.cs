using System.Numerics;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// At which scale the structure of a plane lies, and at which two planes have theirs in common: from the differences of all pixels that lie 1, 2, 4 or 8 apart in a row or a column.
/// </summary>
internal static class GranularityStatistics
{
    private static readonly int[] s_distances = [1, 2, 4, 8];

    /// <summary>
    /// Half the mean square of the differences, over the variance: near 0 where the structure is coarser than the distance, near 1 where it is finer, above 1 where it alternates.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_distances.Select(distance => $"granularity at {distance}")];

    /// <summary>The cosine between the differences of one plane and those of the other, in [-1, 1].</summary>
    public static IReadOnlyList<string> PairNames { get; } = [.. s_distances.Select(distance => $"correlation of differences at {distance}")];

    /// <summary>Writes the mean product, at each distance, of the differences in one plane with those in another one or in itself.</summary>
    public static void MeanProducts(CellPlane first, CellPlane second, Span<double> products)
    {
        for (int i = 0; i < s_distances.Length; i++)
            products[i] = MeanProduct(first, second, s_distances[i]);
    }

    /// <summary>Writes the statistics in the order of <see cref="Names"/>.</summary>
    public static void Measure(ReadOnlySpan<double> meanSquares, Moments moments, Span<float> statistics)
    {
        for (int i = 0; i < meanSquares.Length; i++)
            statistics[i] = moments.IsFlat ? 0 : (float)(meanSquares[i] / (2 * moments.Variance));
    }

    /// <summary>Writes the statistics in the order of <see cref="PairNames"/>.</summary>
    public static void MeasurePair(ReadOnlySpan<double> products, ReadOnlySpan<double> firstSquares, ReadOnlySpan<double> secondSquares, Span<float> statistics)
    {
        for (int i = 0; i < products.Length; i++)
            statistics[i] = (float)Moments.Cosine(products[i], firstSquares[i], secondSquares[i]);
    }

    private static double MeanProduct(CellPlane first, CellPlane second, int distance)
    {
        double sum = 0;
        int down = Math.Max(first.Height - distance, 0), across = Math.Max(first.Width - distance, 0);
        for (int row = 0; row < first.Height; row++)
        {
            ReadOnlySpan<float> a = first.Row(row), b = second.Row(row);
            if (across > 0)
                sum += SumOfProducts(a[distance..], a, b[distance..], b);
            if (row < down)
                sum += SumOfProducts(first.Row(row + distance), a, second.Row(row + distance), b);
        }
        int count = first.Width * down + first.Height * across;
        return count == 0 ? 0 : sum / count;
    }

    // Of (a1 - a0) and (b1 - b0). A row is short enough to be summed in floats.
    private static float SumOfProducts(ReadOnlySpan<float> a1, ReadOnlySpan<float> a0, ReadOnlySpan<float> b1, ReadOnlySpan<float> b0)
    {
        Vector<float> sums = default;
        int i = 0;
        for (; i <= a1.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += (new Vector<float>(a1[i..]) - new Vector<float>(a0[i..])) * (new Vector<float>(b1[i..]) - new Vector<float>(b0[i..]));
        float sum = Vector.Sum(sums);
        for (; i < a1.Length; i++)
            sum += (a1[i] - a0[i]) * (b1[i] - b0[i]);
        return sum;
    }
}
