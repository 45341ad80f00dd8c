namespace Microsoft.ML.DeepYeast;

/// <summary>One channel of a cell as intensities: 0 is black, 1 is white.</summary>
/// <param name="values">Row after row, each in [0, 1].</param>
/// <param name="height">Rows in pixels, at least 1.</param>
/// <param name="width">Columns in pixels, at least 1.</param>
internal readonly ref struct CellPlane(ReadOnlySpan<float> values, int height, int width)
{
    public readonly ReadOnlySpan<float> Values = values;
    public readonly int Height = height;
    public readonly int Width = width;

    /// <summary>Half the shorter side in pixels: the unit of lengths.</summary>
    public double HalfSide => Math.Min(Height, Width) / 2.0;

    public ReadOnlySpan<float> Row(int row) => Values.Slice(row * Width, Width);
}
