using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>Draws a map over the cell that it explains; its scratch memory serves cell after cell, so it is for one thread.</summary>
/// <param name="cell">Shape of the cells: one channel is drawn grey, of more the first three as red, green and blue.</param>
/// <param name="mapHeight">Rows of a map.</param>
/// <param name="mapWidth">Columns of a map.</param>
/// <param name="scale">Pixels of the image for a pixel of the cell, along each side.</param>
internal sealed class HeatMapOverlay(CellShape cell, int mapHeight, int mapWidth, int scale)
{
    private const int BytesPerPixel = 4;

    // Okabe and Ito, "Color Universal Design", 2008: sky blue, which no kind of colour blindness takes for red, green, or their sum.
    private static readonly byte[] s_heat = [86, 180, 233];

    // Of the cell a fifth stays, so that one sees what is hot.
    private const float MostOpaque = 0.8f;

    private readonly CellResizer _resizer = new(cell.Height * scale, cell.Width * scale);
    private readonly float[] _heat = new float[cell.Height * scale * cell.Width * scale];
    private readonly byte[] _pixels = new byte[cell.Height * scale * cell.Width * scale * BytesPerPixel];

    /// <summary>
    /// The cell in its colours, and over it sky blue, the more opaque the higher the map: not at all at 0 and below, most at the map's own highest value.
    /// </summary>
    /// <param name="features">The cell: values in [-1, 1], (channel, row, column).</param>
    /// <param name="map">(row, column), of any scale; brought to the cell's size bilinearly.</param>
    public MLImage Draw(ReadOnlySpan<float> features, ReadOnlySpan<float> map)
    {
        _resizer.Resize(map, mapHeight, mapWidth, _heat);
        float peak = Peak(map);
        int width = cell.Width * scale;
        for (int i = 0; i < _heat.Length; i++)
        {
            int pixel = i / width / scale * cell.Width + i % width / scale;
            float opacity = peak > 0 ? MostOpaque * Math.Clamp(_heat[i] / peak, 0, 1) : 0;
            Span<byte> target = _pixels.AsSpan(i * BytesPerPixel, BytesPerPixel);
            for (int colour = 0; colour < s_heat.Length; colour++)
                target[colour] = (byte)MathF.Round((1 - opacity) * Grey(features, colour, pixel) + opacity * s_heat[colour]);
            target[^1] = byte.MaxValue;
        }
        return MLImage.CreateFromPixels(width, cell.Height * scale, MLPixelFormat.Rgba32, _pixels);
    }

    private byte Grey(ReadOnlySpan<float> features, int colour, int pixel)
    {
        int channel = cell.Channels == 1 ? 0 : colour;
        return channel < cell.Channels ? GreyLevels.Nearest(features[channel * cell.Height * cell.Width + pixel]) : (byte)0;
    }

    // NaN where a value is NaN: then nothing is drawn over the cell.
    private static float Peak(ReadOnlySpan<float> map)
    {
        float peak = 0;
        foreach (float value in map)
            peak = MathF.Max(peak, value);
        return peak;
    }
}
