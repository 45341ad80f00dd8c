using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The random numbers of one drawing: the same seed gives the same numbers on every platform and .NET version.</summary>
/// <remarks>Nothing here calls the C library, whose last digits differ between platforms.</remarks>
internal sealed class CellRandom(ulong seed)
{
    // The weight that makes a sum of four 16-bit uniforms have variance 1: each has variance (2^32 - 1) / 12.
    private const double UnitVariance = 1 / (2 * 65536 * 0.28867513459481287);
    private const double Mean = 2 * 65535;

    // Its bit pattern holds a whole number below 2^52 in the lowest bits once that is added.
    private const double TwoTo52 = 1L << 52;

    // Random bits are made in blocks: a vector that is read right after its lanes were written has to wait for them.
    private const int Block = 64;

    private Xoshiro _bits = new(seed);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (_bits.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Range(double low, double high) => low + (high - low) * Uniform();

    /// <summary>Uniform in the logarithm between low and high, both above 0: for factors such as gain or brightness.</summary>
    public double LogRange(double low, double high) => low * PortableMath.Exp(Uniform() * PortableMath.Log(high / low));

    /// <summary>A whole number from low to high, both included.</summary>
    public int Count(int low, int high) => low + (int)(Uniform() * (high - low + 1));

    /// <summary>The numbers from 0 to one less than the count, in an order of which each is as likely.</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = Count(0, i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>Nearly normal, mean 0 and variance 1: the sum of four uniforms, so it never leaves +-3.5.</summary>
    public double Normal()
    {
        ulong bits = _bits.Next();
        ulong pairs = (bits & 0x0000FFFF0000FFFF) + ((bits >> 16) & 0x0000FFFF0000FFFF);
        return ((long)(pairs & 0xFFFFFFFF) + (long)(pairs >> 32) - Mean) * UnitVariance;
    }

    /// <summary>Fills a buffer, whose length is a multiple of 64, with the next normal numbers.</summary>
    public void Normal(Span<float> values)
    {
        Span<ulong> bits = stackalloc ulong[Block];
        Span<Vector<ulong>> halves = MemoryMarshal.Cast<ulong, Vector<ulong>>(bits);
        for (; values.Length > 0; values = values[Block..])
        {
            _bits.Fill(bits);
            for (int i = 0; i < halves.Length; i += 2)
                Vector.Narrow(Normal(halves[i]), Normal(halves[i + 1])).CopyTo(values[(i / 2 * Vector<float>.Count)..]);
        }
    }

    // The same as Normal() for each lane; exact until the multiplication.
    private static Vector<double> Normal(Vector<ulong> bits)
    {
        var even = new Vector<ulong>(0x0000FFFF0000FFFF);
        Vector<ulong> pairs = (bits & even) + (Vector.ShiftRightLogical(bits, 16) & even);
        Vector<ulong> sum = (pairs & new Vector<ulong>(0xFFFFFFFF)) + Vector.ShiftRightLogical(pairs, 32);
        Vector<double> shifted = Vector.AsVectorDouble(sum | Vector.AsVectorUInt64(new Vector<double>(TwoTo52)));
        return (shifted - new Vector<double>(TwoTo52 + Mean)) * UnitVariance;
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
}
