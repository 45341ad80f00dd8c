using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Exponential and logarithm from additions, multiplications and divisions only.</summary>
/// <remarks>
/// <see cref="Math.Exp"/> asks the platform's C library, and libraries differ in the last digit; a drawing must not.
/// Relative error below 1e-12, more than an image of 256 grey levels needs.
/// </remarks>
internal static class PortableMath
{
    private const double Ln2 = 0.69314718055994530942;

    // Its bit pattern holds a whole number below 2^52 in the lowest bits once that is added.
    private const double TwoTo52 = 1L << 52;

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

    /// <summary>The same, bit for bit, in each lane.</summary>
    public static Vector<double> Exp(Vector<double> x)
    {
        Vector<double> halvings = Vector.Floor(x / new Vector<double>(Ln2) + new Vector<double>(0.5));
        Vector<double> r = x - halvings * Ln2, sum = Vector<double>.One;
        for (double term = 10; term > 0; term--)
            sum = Vector<double>.One + r * sum / new Vector<double>(term);
        Vector<long> exponent = Vector.AsVectorInt64(halvings + new Vector<double>(1023 + TwoTo52));
        Vector<double> value = sum * Vector.AsVectorDouble(Vector.ShiftLeft(exponent, 52));
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<double>(-700)), Vector<double>.Zero, value);
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
