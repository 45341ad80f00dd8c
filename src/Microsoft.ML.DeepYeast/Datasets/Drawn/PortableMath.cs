namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Exponential and logarithm from additions, multiplications and divisions only.</summary>
/// <remarks>
/// <see cref="Math.Exp"/> asks the platform's C library, and libraries differ in the last digit; a drawing must not.
/// Relative error below 1e-12, more than an image of 256 grey levels needs.
/// </remarks>
internal static class PortableMath
{
    private const double Ln2 = 0.69314718055994530942;

    /// <summary>e to the power x; 0 below -700.</summary>
    public static double Exp(double x)
    {
        if (x < -700)
            return 0;
        double halvings = Math.Floor(x / Ln2 + 0.5);
        double r = x - halvings * Ln2;                                  // within +-0.35: ten terms of the series
        double sum = 1;
        for (int term = 10; term > 0; term--)
            sum = 1 + r * sum / term;
        return sum * BitConverter.Int64BitsToDouble((long)(halvings + 1023) << 52);
    }

    /// <summary>The natural logarithm of a normal number above 0.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        double exponent = (bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        double q = (mantissa - 1) / (mantissa + 1);                     // ln m = 2 atanh q, q below 1/3
        double square = q * q, sum = 0;
        for (int power = 25; power > 0; power -= 2)
            sum = 1.0 / power + square * sum;
        return exponent * Ln2 + 2 * q * sum;
    }
}
