using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace DeepYeastSamples;

/// <summary>ML.NET's images as Skia's, which can be drawn and written to a stream.</summary>
internal static class Picture
{
    public static SKBitmap ToBitmap(MLImage image)
    {
        var color = image.PixelFormat == MLPixelFormat.Bgra32 ? SKColorType.Bgra8888 : SKColorType.Rgba8888;
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, color, SKAlphaType.Opaque));
        byte[] pixels = image.Pixels.ToArray();
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        return bitmap;
    }
}
