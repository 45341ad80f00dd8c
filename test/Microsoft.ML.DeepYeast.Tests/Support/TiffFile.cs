using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A page of a TIFF file: its values, row by row, in the bytes of their type.</summary>
internal sealed record TiffPage(int Height, int Width, byte[] Bytes, int Bits, SampleFormat Format)
{
    public int Samples { get; init; } = 1;

    public Photometric Photometric { get; init; } = Photometric.MINISBLACK;

    public Compression Compression { get; init; } = Compression.NONE;

    public Predictor? Predictor { get; init; }

    /// <summary>Side of square tiles, a multiple of 16; 0 for strips.</summary>
    public int Tile { get; init; }

    public int RowsPerStrip { get; init; } = 3;

    public static TiffPage Of<T>(int height, int width, params T[] values) where T : struct
    {
        byte[] bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        SampleFormat format = typeof(T) == typeof(float) || typeof(T) == typeof(double) ? SampleFormat.IEEEFP
            : typeof(T) == typeof(short) || typeof(T) == typeof(int) || typeof(T) == typeof(sbyte) ? SampleFormat.INT : SampleFormat.UINT;
        return new(height, width, bytes, 8 * Marshal.SizeOf<T>(), format) { Samples = values.Length / (height * width) };
    }

    /// <summary>Neighbours alike, as in images, so that compressions have something to do.</summary>
    public static TiffPage Random<T>(int height, int width, int seed) where T : struct, System.Numerics.INumber<T>
    {
        var random = new Random(seed);
        return Of(height, width, [.. Enumerable.Range(0, height * width).Select(i => T.CreateTruncating(typeof(T) == typeof(byte) ? i % 200 + random.Next(50) : 1000 + i * 7 + random.Next(50) + 0.25))]);
    }

    /// <summary>The values as they are.</summary>
    public float[] ToFloats() => Bits switch
    {
        8 => [.. Bytes.Select(value => (float)value)],
        16 => [.. MemoryMarshal.Cast<byte, ushort>(Bytes).ToArray().Select(value => (float)value)],
        _ => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
    };
}

/// <summary>A row that names the TIFF files of a cell.</summary>
internal sealed class TiffRow
{
    public string? ImagePath { get; set; }

    public string? GreenPath { get; set; }
}

/// <summary>Writes TIFF files with LibTiff.</summary>
internal static class TiffFile
{
    public static string Write(string path, params TiffPage[] pages) => Write(path, "w", pages);

    /// <param name="path">The file.</param>
    /// <param name="mode">LibTiff's: w, and b for bytes in the other order, 8 for BigTIFF.</param>
    /// <param name="pages">Its pages.</param>
    public static string Write(string path, string mode, TiffPage[] pages)
    {
        using Tiff tiff = Tiff.Open(path, mode);
        foreach (TiffPage page in pages)
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, page.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, page.Height);
            tiff.SetField(TiffTag.BITSPERSAMPLE, page.Bits);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, page.Samples);
            tiff.SetField(TiffTag.SAMPLEFORMAT, page.Format);
            tiff.SetField(TiffTag.PHOTOMETRIC, page.Photometric);
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.COMPRESSION, page.Compression);
            if (page.Photometric == Photometric.PALETTE)
                tiff.SetField(TiffTag.COLORMAP, new ushort[256], new ushort[256], new ushort[256]);
            if (page.Predictor is { } predictor)
                tiff.SetField(TiffTag.PREDICTOR, predictor);
            if (page.Tile > 0)
                WriteTiles(tiff, page);
            else
                WriteRows(tiff, page);
            Assert.IsTrue(tiff.WriteDirectory());
        }
        return path;
    }

    private static void WriteRows(Tiff tiff, TiffPage page)
    {
        tiff.SetField(TiffTag.ROWSPERSTRIP, page.RowsPerStrip);
        int size = page.Bytes.Length / page.Height;
        for (int row = 0; row < page.Height; row++)
            Assert.IsTrue(tiff.WriteScanline(page.Bytes[(row * size)..((row + 1) * size)], row));
    }

    private static void WriteTiles(Tiff tiff, TiffPage page)
    {
        tiff.SetField(TiffTag.TILEWIDTH, page.Tile);
        tiff.SetField(TiffTag.TILELENGTH, page.Tile);
        int bytes = page.Bits / 8;
        for (int top = 0; top < page.Height; top += page.Tile)
        {
            for (int left = 0; left < page.Width; left += page.Tile)
            {
                byte[] tile = new byte[page.Tile * page.Tile * bytes];
                for (int row = top; row < Math.Min(page.Height, top + page.Tile); row++)
                    page.Bytes.AsSpan((row * page.Width + left) * bytes, Math.Min(page.Tile, page.Width - left) * bytes).CopyTo(tile.AsSpan((row - top) * page.Tile * bytes));
                Assert.IsGreaterThan(0, tiff.WriteTile(tile, left, top, 0, 0));
            }
        }
    }
}
