namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Draws from Beta(alpha, alpha), which lies in [0, 1] and is symmetric about a half.</summary>
internal sealed class BetaDistribution(double alpha, Random random)
{
    /// <summary>A draw, as the share of one of two draws from Gamma(alpha, 1) in their sum.</summary>
    public double Next()
    {
        // In logarithms, since for a small alpha both are often too small for a double.
        double first = NextLogGamma(), second = NextLogGamma();
        return 1 / (1 + Math.Exp(second - first));
    }

    // Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000: for shapes of 1 and more; a smaller shape a is
    // made of a + 1 times a uniform number to the power of 1 / a (their section 6).
    private double NextLogGamma()
    {
        double boost = alpha < 1 ? Math.Log(1 - random.NextDouble()) / alpha : 0;
        double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal(), v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v))
                return Math.Log(d * v) + boost;
        }
    }

    // Box and Muller, Ann. Math. Statist. 29(2), 1958.
    private double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
