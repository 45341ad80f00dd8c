namespace Microsoft.ML.DeepYeast;

/// <summary>What two planes of a cell have in common, pixel by pixel.</summary>
internal static class PairStatistics
{
    public const int Count = 7;

    public static IReadOnlyList<string> Names(string first, string second) =>
    [
        $"{first}-{second} correlation",
        $"{first}-{second} overlap",
        $"slope of {second} over {first}",
        $"slope of {first} over {second}",
        $"share of {second} where {first} is above its mean",
        $"share of {first} where {second} is above its mean",
        $"{first}-{second} distance of centres",
    ];

    /// <summary>Writes the statistics in the order of <see cref="Names"/>.</summary>
    public static void Measure(CellPlane first, CellPlane second, PlaneSummary firstSummary, PlaneSummary secondSummary, Span<float> statistics)
    {
        (Moments moments1, (double row1, double column1)) = firstSummary;
        (Moments moments2, (double row2, double column2)) = secondSummary;
        double mean1 = moments1.Mean, mean2 = moments2.Mean, covariance = 0, light1 = 0, light2 = 0;
        for (int i = 0; i < first.Values.Length; i++)
        {
            double value1 = first.Values[i], value2 = second.Values[i];
            covariance += (value1 - mean1) * (value2 - mean2);
            light1 += value2 > mean2 ? value1 : 0;
            light2 += value1 > mean1 ? value2 : 0;
        }
        int pixels = first.Values.Length;
        covariance /= pixels;
        statistics[0] = (float)Moments.Cosine(covariance, moments1.Variance, moments2.Variance);
        statistics[1] = (float)Moments.Cosine(covariance + mean1 * mean2, moments1.Variance + mean1 * mean1, moments2.Variance + mean2 * mean2);
        statistics[2] = moments1.IsFlat ? 0 : (float)(covariance / moments1.Variance);
        statistics[3] = moments2.IsFlat ? 0 : (float)(covariance / moments2.Variance);
        // In a flat plane only rounding is above the mean.
        statistics[4] = moments1.IsFlat || mean2 <= 0 ? 0 : (float)(light2 / (mean2 * pixels));
        statistics[5] = moments2.IsFlat || mean1 <= 0 ? 0 : (float)(light1 / (mean1 * pixels));
        statistics[6] = (float)(double.Hypot(row1 - row2, column1 - column2) / first.HalfSide);
    }
}

/// <summary>What the statistics of a pair take from those of its planes.</summary>
/// <param name="Moments">Of the intensities.</param>
/// <param name="Centre">The centre of intensity, in pixels.</param>
internal readonly record struct PlaneSummary(Moments Moments, (double Row, double Column) Centre);
