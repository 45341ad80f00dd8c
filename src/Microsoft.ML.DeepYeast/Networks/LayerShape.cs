namespace Microsoft.ML.DeepYeast;

/// <summary>The output of a layer for one cell: a map of channels x height x width, or a plain vector of channels.</summary>
/// <param name="Channels">Channels of a map, or values of a vector.</param>
/// <param name="Height">Rows of a map; 1 for a vector.</param>
/// <param name="Width">Columns of a map; 1 for a vector.</param>
/// <param name="IsVector">Whether the output has no spatial dimensions.</param>
public readonly record struct LayerShape(int Channels, int Height, int Width, bool IsVector)
{
    /// <summary>A map of the given size.</summary>
    public static LayerShape Map(int channels, int height, int width) => new(channels, height, width, IsVector: false);

    /// <summary>A vector of the given length.</summary>
    public static LayerShape Vector(int length) => new(length, 1, 1, IsVector: true);

    /// <summary>Number of values.</summary>
    public int Size => checked(Channels * Height * Width);

    /// <summary>Dimensions in Keras order: (height, width, channels), or (values).</summary>
    public IReadOnlyList<int> KerasDimensions => IsVector ? [Channels] : [Height, Width, Channels];

    /// <inheritdoc/>
    public override string ToString() => $"({string.Join(", ", KerasDimensions)})";
}
