using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Blurs a plane by a Gaussian, first along the columns, then along the rows; the border pixels are repeated outwards.</summary>
/// <remarks>Vectors add the same terms in the same order as scalars would, so their width does not change the result.</remarks>
internal sealed class GaussianBlur
{
    // Three standard deviations hold 99.7% of a Gaussian; the rest is spread by normalizing.
    private const double Reach = 3;
    private const int LongestReach = 32;
    private const int PaddedSide = LightPlane.Side + 2 * LongestReach;

    private readonly float[] _taps = new float[LongestReach + 1];
    // The plane with its border rows repeated, and then, blurred along the columns, with its border columns repeated.
    private readonly float[] _tall = new float[PaddedSide * LightPlane.Side];
    private readonly float[] _wide = new float[LightPlane.Side * PaddedSide];

    /// <summary>Blurs in place.</summary>
    /// <param name="plane">The light.</param>
    /// <param name="sigma">Standard deviation in pixels, up to 10; nothing happens below 0.2.</param>
    /// <param name="around">Pixels around the crop that are still needed. What lies further out is not worth reading afterwards.</param>
    public void Apply(LightPlane plane, double sigma, int around = LightPlane.Margin)
    {
        if (sigma < 0.2)
            return;
        int reach = Math.Min(LongestReach, (int)Math.Ceiling(Reach * sigma));
        int first = LightPlane.Margin - around, last = LightPlane.Side - 1 - first;
        FillTaps(sigma, reach);
        PadColumns(plane.Light, reach);
        for (int y = first; y <= last; y++)
        {
            Span<float> row = _wide.AsSpan(y * PaddedSide, PaddedSide);
            for (int x = 0; x < LightPlane.Side; x += Vector<float>.Count)
                WeightedSum(_tall, (LongestReach + y) * LightPlane.Side + x, LightPlane.Side, reach).CopyTo(row[(LongestReach + x)..]);
            row[..LongestReach].Fill(row[LongestReach]);
            row[^LongestReach..].Fill(row[^(LongestReach + 1)]);
            for (int x = Lanes.Start(first); x <= last; x += Vector<float>.Count)
                WeightedSum(_wide, y * PaddedSide + LongestReach + x, 1, reach).CopyTo(plane.Light, y * LightPlane.Side + x);
        }
    }

    private void FillTaps(double sigma, int reach)
    {
        double sum = 0;
        for (int i = 0; i <= reach; i++)
        {
            double tap = PortableMath.Exp(-0.5 * i * i / (sigma * sigma));
            _taps[i] = (float)tap;
            sum += i == 0 ? tap : 2 * tap;
        }
        for (int i = 0; i <= reach; i++)
            _taps[i] /= (float)sum;
    }

    private void PadColumns(float[] light, int reach)
    {
        const int start = LongestReach * LightPlane.Side;
        light.CopyTo(_tall, start);
        for (int i = 1; i <= reach; i++)
        {
            light.AsSpan(0, LightPlane.Side).CopyTo(_tall.AsSpan(start - i * LightPlane.Side));
            light.AsSpan(light.Length - LightPlane.Side).CopyTo(_tall.AsSpan(start + light.Length + (i - 1) * LightPlane.Side));
        }
    }

    // Some pixels that lie side by side, each with its neighbours at multiples of a stride before and behind it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> WeightedSum(float[] source, int at, int stride, int reach)
    {
        // Unchecked: the padding holds all that lies within the longest reach.
        ref float center = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(source), at);
        ref float before = ref center, behind = ref center;
        ref float taps = ref MemoryMarshal.GetArrayDataReference(_taps);
        Vector<float> sum = Vector.LoadUnsafe(ref center) * taps;
        for (int i = 1; i <= reach; i++)
        {
            before = ref Unsafe.Subtract(ref before, stride);
            behind = ref Unsafe.Add(ref behind, stride);
            sum += (Vector.LoadUnsafe(ref before) + Vector.LoadUnsafe(ref behind)) * Unsafe.Add(ref taps, i);
        }
        return sum;
    }
}
