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
            ReadOnlySpan<float> row = plane.CropRow(y);
            for (int x = 0; x < row.Length; x++)
                bytes[y * DrawnCell.Side + x] = (byte)Math.Clamp(row[x] * gain + offset, 0, 255);
        }
    }

    /// <summary>Stretches one channel between percentiles of its own light.</summary>
    /// <param name="plane">The light.</param>
    /// <param name="bytes">Receives the channel, row by row.</param>
    public void BetweenPercentiles(LightPlane plane, Span<byte> bytes)
    {
        (float darkest, float brightest) = (float.MaxValue, float.MinValue);
        for (int y = 0; y < DrawnCell.Side; y++)
        {
            foreach (float light in plane.CropRow(y))
                (darkest, brightest) = (Math.Min(darkest, light), Math.Max(brightest, light));
        }
        Array.Clear(_histogram);
        float step = Math.Max(1e-6f, (brightest - darkest) / (_histogram.Length - 1));
        for (int y = 0; y < DrawnCell.Side; y++)
        {
            foreach (float light in plane.CropRow(y))
                _histogram[Math.Min(_histogram.Length - 1, (int)((light - darkest) / step))]++;
        }
        int black = Bin(BlackShare), white = Math.Max(black + 1, Bin(WhiteShare));
        BetweenLevels(plane, darkest + step * black, darkest + step * white, 0, bytes);
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
