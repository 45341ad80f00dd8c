using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Drawn cells as rows of a data view. They are drawn when they are read, on all cores, and are the same on every pass.</summary>
internal sealed class SyntheticYeastCells(int count, int seed, IReadOnlyList<string> localizations) : IEnumerable<SyntheticYeastCells.Row>
{
    private const int RowsPerBlock = 256;
    private const int BytesPerPixel = 4;

    private static readonly CellShape s_shape = CellShape.DeepYeast;

    /// <exception cref="ArgumentException">There is no class, or one that cannot be drawn.</exception>
    public static IReadOnlyList<string> CheckLocalizations(IReadOnlyList<string> localizations)
    {
        string[] unknown = [.. localizations.Except(DrawnCell.Localizations)];
        return localizations.Count > 0 && unknown.Length == 0 ? [.. localizations] : throw new ArgumentException(
            (unknown.Length == 0 ? "There is no class to draw." : $"Cells of '{string.Join("', '", unknown)}' cannot be drawn.") +
            $" The classes are: {string.Join(", ", DrawnCell.Localizations)}.", nameof(localizations));
    }

    public IEnumerator<Row> GetEnumerator()
    {
        for (int start = 0; start < count; start += RowsPerBlock)
        {
            int first = start, rows = Math.Min(RowsPerBlock, count - start);
            var block = new Lazy<byte[][]>(() => Draw(first, rows));
            for (int row = 0; row < rows; row++)
                yield return new(block, row) { Label = LocalizationOf(first + row) };
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Classes take turns, so that every prefix is balanced.
    private string LocalizationOf(int row) => localizations[row % localizations.Count];

    private byte[][] Draw(int first, int rows)
    {
        byte[][] block = new byte[rows][];
        Parallel.For(0, rows, row => block[row] = Draw(first + row));
        return block;
    }

    private byte[] Draw(int row)
    {
        int size = s_shape.Height * s_shape.Width;
        Span<byte> planes = stackalloc byte[s_shape.Size];
        DrawnCell.Draw(LocalizationOf(row), ((ulong)(uint)seed << 32) | (uint)row, planes);
        byte[] rgba = new byte[size * BytesPerPixel];
        for (int i = 0; i < size; i++)
        {
            rgba[i * BytesPerPixel] = planes[i];
            rgba[i * BytesPerPixel + 1] = planes[size + i];
            rgba[i * BytesPerPixel + 3] = byte.MaxValue;
        }
        return rgba;
    }

    /// <summary>One cell; its block of cells is drawn when the first image of it is asked for, and not where only labels are read.</summary>
    public sealed class Row(Lazy<byte[][]> block, int row)
    {
        [ImageType(64, 64)]
        public MLImage Image => MLImage.CreateFromPixels(s_shape.Width, s_shape.Height, MLPixelFormat.Rgba32, block.Value[row]);

        public required string Label { get; init; }
    }
}
