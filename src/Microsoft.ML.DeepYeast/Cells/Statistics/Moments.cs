using System.Numerics;

namespace Microsoft.ML.DeepYeast;

/// <summary>The first three moments of the values of a plane.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation: the root of the mean square of the differences from the mean.</param>
/// <param name="Skewness">The mean cube of these, over the cube of the deviation; 0 where all values are alike.</param>
internal readonly record struct Moments(double Mean, double Deviation, double Skewness)
{
    // A smaller standard deviation is no structure but the rounding of floats: of sums, or of the scaling to [-1, 1].
    private const double Rounding = 1e-6;

    /// <summary>Whether the values spread so little that nothing should be divided by it.</summary>
    public bool IsFlat => Deviation < Rounding;

    public double Variance => Deviation * Deviation;

    public static Moments Of(ReadOnlySpan<float> values)
    {
        double mean = Sum(values) / values.Length;
        Vector<double> squares = default, cubes = default;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            first -= new Vector<double>(mean);
            second -= new Vector<double>(mean);
            squares += first * first + second * second;
            cubes += first * first * first + second * second * second;
        }
        double squareSum = Vector.Sum(squares), cubeSum = Vector.Sum(cubes);
        for (; i < values.Length; i++)
        {
            double difference = values[i] - mean;
            squareSum += difference * difference;
            cubeSum += difference * difference * difference;
        }
        double variance = squareSum / values.Length, deviation = Math.Sqrt(variance);
        return new(mean, deviation, deviation < Rounding ? 0 : cubeSum / values.Length / (variance * deviation));
    }

    /// <summary>The sum of floats in doubles.</summary>
    public static double Sum(ReadOnlySpan<float> values)
    {
        Vector<double> sums = default;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            sums += first + second;
        }
        double sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
            sum += values[i];
        return sum;
    }

    /// <summary>A mean product over the root of the two mean squares that it is made of, in [-1, 1]; 0 where one of them is nothing but rounding.</summary>
    public static double Cosine(double product, double firstSquare, double secondSquare)
        => Math.Min(firstSquare, secondSquare) < Rounding * Rounding ? 0 : Math.Clamp(product / Math.Sqrt(firstSquare * secondSquare), -1, 1);
}
