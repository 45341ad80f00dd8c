namespace Microsoft.ML.DeepYeast;

/// <summary>The size of one cell image: channels, rows and columns, in the order in which its values lie in a feature vector.</summary>
/// <param name="Channels">Number of channels, at least 1.</param>
/// <param name="Height">Rows in pixels, at least 1.</param>
/// <param name="Width">Columns in pixels, at least 1.</param>
public readonly record struct CellShape(int Channels, int Height, int Width)
{
    /// <summary>The reference's cells: channel 0 mCherry (cytosol), channel 1 GFP (tagged protein), 64 x 64 pixels.</summary>
    public static CellShape DeepYeast { get; } = new(2, 64, 64);

    /// <summary>Values in a feature vector: channels x height x width.</summary>
    public int Size => checked(Channels * Height * Width);

    /// <inheritdoc/>
    public override string ToString() => $"{Channels} channels x {Height} rows x {Width} columns";
}
