using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The random numbers of one drawing: the same seed gives the same numbers on every platform and .NET version.</summary>
/// <remarks>
/// xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021), its state
/// filled by SplitMix64 as its authors advise. Nothing here calls the C library, whose last digits differ between platforms.
/// </remarks>
internal sealed class CellRandom
{
    // The weight that makes a sum of four 16-bit uniforms have variance 1: each has variance (2^32 - 1) / 12.
    private const double UnitVariance = 1 / (2 * 65536 * 0.28867513459481287);
    private const double Mean = 2 * 65535;

    private ulong _s0, _s1, _s2, _s3;

    public CellRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Range(double low, double high) => low + (high - low) * Uniform();

    /// <summary>Uniform in the logarithm between low and high, both above 0: for factors such as gain or brightness.</summary>
    public double LogRange(double low, double high) => low * PortableMath.Exp(Uniform() * PortableMath.Log(high / low));

    /// <summary>A whole number from low to high, both included.</summary>
    public int Count(int low, int high) => low + (int)(Uniform() * (high - low + 1));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>Nearly normal, mean 0 and variance 1: the sum of four uniforms, so it never leaves +-3.5.</summary>
    public double Normal()
    {
        ulong bits = Next();
        long sum = (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF) + (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        return (sum - Mean) * UnitVariance;
    }

    /// <summary>A unit vector in the image plane, all directions alike.</summary>
    public (double X, double Y) Direction()
    {
        while (true)
        {
            double x = Range(-1, 1), y = Range(-1, 1), square = x * x + y * y;
            if (square is > 0.01 and <= 1)
            {
                double scale = 1 / Math.Sqrt(square);
                return (x * scale, y * scale);
            }
        }
    }

    /// <summary>A point inside the unit ball, every part of its volume alike.</summary>
    public Point3 InBall()
    {
        while (true)
        {
            var point = new Point3(Range(-1, 1), Range(-1, 1), Range(-1, 1));
            if (point.Square <= 1)
                return point;
        }
    }

    /// <summary>A point of the unit sphere, every part of its surface alike.</summary>
    public Point3 OnSphere()
    {
        while (true)
        {
            Point3 point = InBall();
            if (point.Square > 0.01)
                return point * (1 / Math.Sqrt(point.Square));
        }
    }

    private ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
