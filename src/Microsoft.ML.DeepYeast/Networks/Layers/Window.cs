namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>How a sliding window treats the border.</summary>
public enum Padding
{
    /// <summary>Only windows that lie inside; the output shrinks.</summary>
    Valid,

    /// <summary>
    /// The output is the input's size divided by the stride, rounded up. Zeros are added as TensorFlow does it: half before, half after,
    /// an odd one after; so a stride of 2 on an even size pads the bottom and the right alone.
    /// </summary>
    Same,
}

/// <summary>A square window sliding over a map: the geometry that convolutions and poolings share.</summary>
internal readonly record struct Window(int Size, int Stride, Padding Padding)
{
    /// <summary>Number of window positions along an axis.</summary>
    public int OutputLength(int inputLength)
        => Padding == Padding.Same ? (inputLength - 1) / Stride + 1 : (inputLength - Size) / Stride + 1;

    /// <summary>Zeros before and after an axis.</summary>
    public (int Before, int After) Pad(int inputLength)
    {
        if (Padding == Padding.Valid)
            return (0, 0);
        int total = Math.Max(0, (OutputLength(inputLength) - 1) * Stride + Size - inputLength);
        return (total / 2, total - total / 2);
    }

    public LayerShape OutputShape(LayerShape input, int channels)
        => LayerShape.Map(channels, OutputLength(input.Height), OutputLength(input.Width));
}
