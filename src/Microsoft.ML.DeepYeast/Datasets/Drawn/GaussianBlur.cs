using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Blurs a plane by a Gaussian, first along the columns, then along the rows; the border pixels are repeated outwards.</summary>
/// <remarks>Vectors add the same terms in the same order as scalars would, so their width does not change the result.</remarks>
internal sealed class GaussianBlur
{
    // Three standard deviations hold 99.7% of a Gaussian; the rest is spread by normalizing.
    private const double Reach = 3;
    private const int LongestReach = 32;

    private readonly float[] _taps = new float[LongestReach + 1];
    private readonly float[] _rows = new float[LightPlane.Side * LightPlane.Side];
    private readonly float[] _padded = new float[LightPlane.Side + 2 * LongestReach];

    /// <summary>Blurs in place.</summary>
    /// <param name="plane">The light.</param>
    /// <param name="sigma">Standard deviation in pixels, up to 10; nothing happens below 0.2.</param>
    public void Apply(LightPlane plane, double sigma)
    {
        if (sigma < 0.2)
            return;
        int reach = Math.Min(LongestReach, (int)Math.Ceiling(Reach * sigma));
        FillTaps(sigma, reach);
        for (int y = 0; y < LightPlane.Side; y++)
            BlurColumns(plane.Light, y, reach);
        for (int y = 0; y < LightPlane.Side; y++)
            BlurRow(plane.Light, y, reach);
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

    private void BlurColumns(float[] light, int y, int reach)
    {
        Span<Vector<float>> target = Row(_rows, y);
        Span<Vector<float>> center = Row(light, y);
        for (int v = 0; v < target.Length; v++)
            target[v] = center[v] * _taps[0];
        for (int i = 1; i <= reach; i++)
        {
            Span<Vector<float>> above = Row(light, Math.Max(0, y - i));
            Span<Vector<float>> below = Row(light, Math.Min(LightPlane.Side - 1, y + i));
            for (int v = 0; v < target.Length; v++)
                target[v] += (above[v] + below[v]) * _taps[i];
        }
    }

    private void BlurRow(float[] light, int y, int reach)
    {
        Span<float> source = _rows.AsSpan(y * LightPlane.Side, LightPlane.Side);
        _padded.AsSpan(0, LongestReach).Fill(source[0]);
        source.CopyTo(_padded.AsSpan(LongestReach));
        _padded.AsSpan(LongestReach + LightPlane.Side).Fill(source[^1]);
        for (int x = 0; x < LightPlane.Side; x += Vector<float>.Count)
        {
            int at = LongestReach + x;
            Vector<float> sum = new Vector<float>(_padded, at) * _taps[0];
            for (int i = 1; i <= reach; i++)
                sum += (new Vector<float>(_padded, at - i) + new Vector<float>(_padded, at + i)) * _taps[i];
            sum.CopyTo(light, y * LightPlane.Side + x);
        }
    }

    private static Span<Vector<float>> Row(float[] light, int y)
        => MemoryMarshal.Cast<float, Vector<float>>(light.AsSpan(y * LightPlane.Side, LightPlane.Side));
}
