using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Percentile intervals (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).</summary>
internal static class Bootstrap
{
    private const double Confidence = 0.95;

    /// <summary>Draws as many units as there are, with replacement, again and again.</summary>
    /// <param name="units">Number of units.</param>
    /// <param name="resamples">How often.</param>
    /// <param name="random">Draws them.</param>
    /// <param name="use">Gets how often each unit was drawn; the array is used again.</param>
    public static void Resample(int units, int resamples, CellRandom random, Action<int[]> use)
    {
        int[] times = new int[units];
        for (int i = 0; i < resamples; i++)
        {
            Array.Clear(times);
            for (int draw = 0; draw < units; draw++)
                times[random.Count(0, units - 1)]++;
            use(times);
        }
    }

    /// <summary>The interval of a figure from its values in the resamples; null without any.</summary>
    public static ConfidenceInterval? IntervalOf(List<double> values)
    {
        if (values.Count == 0)
            return null;
        double[] sorted = [.. values.Order()];
        return new(Percentile((1 - Confidence) / 2), Percentile((1 + Confidence) / 2));

        // Hyndman and Fan's definition 7, which is NumPy's default: on a straight line between the two neighbours.
        double Percentile(double share)
        {
            double place = share * (sorted.Length - 1);
            int below = (int)place;
            return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
        }
    }
}
