using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Reads pages of grey levels from TIFF files: 8 or 16 bits without a sign, or 32-bit floats, in strips or tiles, in any compression that LibTiff knows. Its scratch
/// memory serves file after file, so it is for one thread.
/// </summary>
/// <param name="height">Rows of each page.</param>
/// <param name="width">Columns of each page.</param>
internal sealed class TiffReader(int height, int width)
{
    // What a damaged file can make us allocate for a tile: 4096 x 4096 floats, far more than any writer's tiles have.
    private const int LargestTile = 64 << 20;

    // Pages are counted so far for the message about a wrong number of them.
    private const int MostPagesCounted = 1000;

    private byte[] _buffer = [];

    /// <summary>Reads all pages of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pages">Pages that it must have.</param>
    /// <param name="planes">The values in the file's own range, (page, row, column).</param>
    /// <exception cref="InvalidDataException">It is not a TIFF file, is damaged, or has other pages; the message names the file, what it has, and what is needed.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public void Read(string path, int pages, Span<float> planes)
    {
        using FileStream stream = File.OpenRead(path);
        try
        {
            using TiffErrors.Scope errors = TiffErrors.Keep();
            using Tiff tiff = Tiff.ClientOpen("file", "r", stream, new TiffStream()) ?? throw errors.Damaged();
            RequirePages(tiff, pages, errors);
            for (int page = 0; page < pages; page++)
            {
                if (!tiff.SetDirectory((short)page))
                    throw errors.Damaged();
                RequireGreyLevels(tiff, page);
                ReadPage(tiff, page, stream.Length, planes.Slice(page * height * width, height * width), errors);
            }
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' {e.Message}", e);
        }
        catch (Exception e) when (e is not IOException)
        {
            // LibTiff trusts what a file says of itself in places, and goes beyond an array where it should not have.
            throw new InvalidDataException($"'{path}' {TiffErrors.Damaged(e.Message).Message}", e);
        }
    }

    private static void RequirePages(Tiff tiff, int needed, TiffErrors.Scope errors)
    {
        errors.ThrowIfAny();
        int pages = 1;
        while (pages < MostPagesCounted && tiff.ReadDirectory())
            pages++;
        errors.ThrowIfAny();
        if (pages == needed)
            return;
        throw new InvalidDataException(
            $"has {pages}{(pages == MostPagesCounted ? " or more" : "")} {(pages == 1 ? "page" : "pages")} but must have {needed}, one for each channel that is read from it. " +
            $"Set options {nameof(CellImageLoadingEstimator.Options.Shape)} and {nameof(CellImageLoadingEstimator.Options.InputColumnNames)} of LoadCellImages to what the files have.");
    }

    private void RequireGreyLevels(Tiff tiff, int page)
    {
        int samples = Number(tiff, TiffTag.SAMPLESPERPIXEL), bits = Number(tiff, TiffTag.BITSPERSAMPLE);
        var format = (SampleFormat)Number(tiff, TiffTag.SAMPLEFORMAT);
        Photometric photometric = tiff.GetField(TiffTag.PHOTOMETRIC) is { } field ? (Photometric)field[0].ToInt() : Photometric.MINISBLACK;
        int rows = Number(tiff, TiffTag.IMAGELENGTH), columns = Number(tiff, TiffTag.IMAGEWIDTH);
        if (samples != 1)
            throw Other($"{samples} values a pixel", "one, a grey level. Save each channel as a page or a file of its own");
        if (photometric != Photometric.MINISBLACK)
            throw Other($"pixels of kind {photometric}", $"grey levels, of which 0 is black ({nameof(Photometric.MINISBLACK)}). Save it as a grey image");
        if ((format, bits) is not ((SampleFormat.UINT, 8) or (SampleFormat.UINT, 16) or (SampleFormat.IEEEFP, 32)))
            throw Other($"values of {bits} bits ({format})", $"8 or 16 bits without a sign ({nameof(SampleFormat.UINT)}), or floats of 32 bits ({nameof(SampleFormat.IEEEFP)}). Convert it");
        if (rows != height || columns != width)
            throw Other($"{rows} x {columns} pixels", $"{height} x {width}, as all pages of all cells. Set option {nameof(CellImageLoadingEstimator.Options.Shape)} of LoadCellImages, or cut the cells to one size");

        InvalidDataException Other(string has, string needs) => new($"has {has} in page {page + 1} but must have {needs}.");
    }

    private void ReadPage(Tiff tiff, int page, long fileLength, Span<float> plane, TiffErrors.Scope errors)
    {
        int parts = tiff.IsTiled() ? tiff.NumberOfTiles() : tiff.NumberOfStrips();
        for (int part = 0; part < parts; part++)
        {
            // Before LibTiff allocates as much.
            if (tiff.RawStripSize(part) > fileLength)
                throw TiffErrors.Damaged($"one part of its pixels has {tiff.RawStripSize(part)} bytes, the file {fileLength}");
        }
        int bytes = Number(tiff, TiffTag.BITSPERSAMPLE) / 8;
        if (tiff.IsTiled())
            ReadTiles(tiff, bytes, plane, errors);
        else
            ReadRows(tiff, bytes, plane, errors);
        if (!FeatureValues.AreFinite(plane))
            throw new InvalidDataException($"has a value in page {page + 1} that is not finite. Convert the file, or leave the cell out.");
    }

    private void ReadRows(Tiff tiff, int bytes, Span<float> plane, TiffErrors.Scope errors)
    {
        Reserve(tiff.ScanlineSize());
        for (int row = 0; row < height; row++)
        {
            if (!tiff.ReadScanline(_buffer, row))
                throw errors.Damaged();
            errors.ThrowIfAny();
            Convert(_buffer, bytes, plane.Slice(row * width, width));
        }
    }

    private void ReadTiles(Tiff tiff, int bytes, Span<float> plane, TiffErrors.Scope errors)
    {
        int tileHeight = Number(tiff, TiffTag.TILELENGTH), tileWidth = Number(tiff, TiffTag.TILEWIDTH);
        if (tileHeight < 1 || tileWidth < 1 || (long)tileHeight * tileWidth * bytes > LargestTile)
            throw TiffErrors.Damaged($"its tiles are said to have {tileHeight} x {tileWidth} pixels");
        Reserve(tiff.TileSize());
        for (int top = 0; top < height; top += tileHeight)
        {
            for (int left = 0; left < width; left += tileWidth)
            {
                if (tiff.ReadTile(_buffer, 0, left, top, 0, 0) < 0)
                    throw errors.Damaged();
                errors.ThrowIfAny();
                for (int row = 0; row < Math.Min(tileHeight, height - top); row++)
                    Convert(_buffer.AsSpan(row * tileWidth * bytes), bytes, plane.Slice((top + row) * width + left, Math.Min(tileWidth, width - left)));
            }
        }
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length < bytes)
            _buffer = new byte[bytes];
    }

    // LibTiff has put them into this machine's byte order.
    private static void Convert(ReadOnlySpan<byte> source, int bytes, Span<float> target)
    {
        if (bytes == sizeof(float))
        {
            MemoryMarshal.Cast<byte, float>(source)[..target.Length].CopyTo(target);
            return;
        }
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < target.Length; i++)
            target[i] = bytes == sizeof(ushort) ? words[i] : source[i];
    }

    private static int Number(Tiff tiff, TiffTag tag) => tiff.GetFieldDefaulted(tag) is { } field ? field[0].ToInt() : 0;
}
