using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Turns the light of a crop into bytes.</summary>
internal sealed class Exposure
{
    // The usual choice for single-cell crops: 0.5% of the pixels black, 0.2% white.
    private const double BlackShare = 0.005, WhiteShare = 0.998;

    private readonly int[] _histogram = new int[2048];

    /// <summary>Stretches one channel so that given light becomes black and white.</summary>
    /// <param name="plane">The light.</param>
    /// <param name="black">The light that becomes <paramref name="floor"/>.</param>
    /// <param name="white">The light that becomes 255.</param>
    /// <param name="floor">The grey level of the background, from 0.</param>
    /// <param name="bytes">Receives the channel, row by row.</param>
    public static void BetweenLevels(LightPlane plane, double black, double white, double floor, Span<byte> bytes)
    {
        double gain = (255 - floor) / (white - black);
        double offset = floor - black * gain + 0.5;
        for (int y = 0; y < DrawnCell.Side; y++)
        {
            ReadOnlySpan<Vector<float>> row = MemoryMarshal.Cast<float, Vector<float>>(plane.CropRow(y));
            Span<byte> target = bytes.Slice(y * DrawnCell.Side, DrawnCell.Side);
            for (int v = 0; v < row.Length; v += 4)
            {
                Vector<ushort> first = Vector.Narrow(Grey(row[v], gain, offset), Grey(row[v + 1], gain, offset));
                Vector<ushort> second = Vector.Narrow(Grey(row[v + 2], gain, offset), Grey(row[v + 3], gain, offset));
                Vector.Narrow(first, second).CopyTo(target[(v * Vector<float>.Count)..]);
            }
        }
    }

    /// <summary>Stretches one channel between percentiles of its own light.</summary>
    /// <param name="plane">The light.</param>
    /// <param name="bytes">Receives the channel, row by row.</param>
    public void BetweenPercentiles(LightPlane plane, Span<byte> bytes)
    {
        (float darkest, float brightest) = Extremes(plane);
        float step = Math.Max(1e-6f, (brightest - darkest) / (_histogram.Length - 1));
        Count(plane, darkest, step);
        int black = Bin(BlackShare), white = Math.Max(black + 1, Bin(WhiteShare));
        BetweenLevels(plane, darkest + step * black, darkest + step * white, 0, bytes);
    }

    // Rounded down, as a conversion to bytes does.
    private static Vector<uint> Grey(Vector<float> light, double gain, double offset)
    {
        Vector.Widen(light, out Vector<double> first, out Vector<double> second);
        return Vector.AsVectorUInt32(Vector.ConvertToInt32(Vector.Narrow(Grey(first, gain, offset), Grey(second, gain, offset))));
    }

    private static Vector<double> Grey(Vector<double> light, double gain, double offset)
    {
        Vector<double> grey = light * gain + new Vector<double>(offset);
        return Vector.Floor(Vector.Min(Vector.Max(grey, Vector<double>.Zero), new Vector<double>(255)));
    }

    private static (float Darkest, float Brightest) Extremes(LightPlane plane)
    {
        Vector<float> least = new(float.MaxValue), most = new(float.MinValue);
        for (int y = 0; y < DrawnCell.Side; y++)
        {
            foreach (Vector<float> light in MemoryMarshal.Cast<float, Vector<float>>(plane.CropRow(y)))
                (least, most) = (Vector.Min(least, light), Vector.Max(most, light));
        }
        (float darkest, float brightest) = (float.MaxValue, float.MinValue);
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            (darkest, brightest) = (Math.Min(darkest, least[lane]), Math.Max(brightest, most[lane]));
        return (darkest, brightest);
    }

    private void Count(LightPlane plane, float darkest, float step)
    {
        Array.Clear(_histogram);
        var last = new Vector<int>(_histogram.Length - 1);
        for (int y = 0; y < DrawnCell.Side; y++)
        {
            foreach (Vector<float> light in MemoryMarshal.Cast<float, Vector<float>>(plane.CropRow(y)))
            {
                Vector<int> bins = Vector.Min(last, Vector.ConvertToInt32((light - new Vector<float>(darkest)) / new Vector<float>(step)));
                for (int lane = 0; lane < Vector<int>.Count; lane++)
                    _histogram[bins[lane]]++;
            }
        }
    }

    // The histogram's bin below which the given share of the crop's pixels lies.
    private int Bin(double share)
    {
        int wanted = (int)(share * DrawnCell.ChannelLength), bin = 0;
        for (int below = _histogram[0]; below <= wanted && bin < _histogram.Length - 1; below += _histogram[bin])
            bin++;
        return bin;
    }
}
