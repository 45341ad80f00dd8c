using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Scoring;
using SkiaSharp;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>
/// Cells as PNG in the form of data URIs, each a row of panels: the cell in its colours, its second channel in grey, since red and green are hard to tell apart for many
/// readers, and if wanted the cell with a map over it.
/// </summary>
internal sealed class CellPictures
{
    private const int BytesPerPixel = 4;
    private const int ExplainedScale = 2;   // a map over 64 x 64 pixels would be coarse
    private const int Gap = 2;

    private readonly CellShape _shape;
    private readonly HeatMapOverlay _plain, _grey, _large, _largeGrey, _explained;

    public CellPictures(CellShape shape, int mapHeight, int mapWidth)
    {
        var channel = new CellShape(1, shape.Height, shape.Width);
        _shape = shape;
        (_plain, _grey) = (new(shape, 1, 1, 1), new(channel, 1, 1, 1));
        (_large, _largeGrey) = (new(shape, 1, 1, ExplainedScale), new(channel, 1, 1, ExplainedScale));
        _explained = new(shape, mapHeight, mapWidth, ExplainedScale);
    }

    /// <summary>What the panels of a cell show, for those who cannot see them.</summary>
    public string PanelsInWords => _shape.Channels == 1 ? "the cell in grey" : "the cell in its colours and its green channel alone in grey";

    /// <summary>The cell.</summary>
    public string Draw(ShownCell cell) => Encode(Panels(cell, _plain, _grey));

    /// <summary>The cell and what the network looked at.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="map">(row, column).</param>
    public string Draw(ShownCell cell, float[] map) => Encode([.. Panels(cell, _large, _largeGrey), _explained.Draw(cell.Features, map)]);

    private MLImage[] Panels(ShownCell cell, HeatMapOverlay colours, HeatMapOverlay grey)
    {
        ReadOnlySpan<float> nothing = [0];
        int plane = _shape.Height * _shape.Width;
        MLImage composite = colours.Draw(cell.Features, nothing);
        return _shape.Channels == 1 ? [composite] : [composite, grey.Draw(cell.Features.AsSpan(plane, plane), nothing)];
    }

    private static string Encode(MLImage[] panels)
    {
        int width = panels[0].Width, height = panels[0].Height, stride = (panels.Length * (width + Gap) - Gap) * BytesPerPixel;
        byte[] pixels = new byte[height * stride];
        for (int i = 0; i < panels.Length; i++)
        {
            using MLImage panel = panels[i];
            for (int row = 0; row < height; row++)
                panel.Pixels.Slice(row * width * BytesPerPixel, width * BytesPerPixel).CopyTo(pixels.AsSpan(row * stride + i * (width + Gap) * BytesPerPixel));
        }
        var info = new SKImageInfo(stride / BytesPerPixel, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);   // as HeatMapOverlay draws; nothing in the gaps
        using SKImage image = SKImage.FromPixelCopy(info, MemoryMarshal.AsBytes(pixels.AsSpan()));
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return $"data:image/png;base64,{Convert.ToBase64String(png.AsSpan())}";
    }
}
