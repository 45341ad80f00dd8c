using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Carries out a <see cref="CellAugmentation"/> on a batch, on its device: every pixel of the result is one of the source, found by an
/// index, so grey levels stay what they are.
/// </summary>
internal sealed class CellAugmenter(CellAugmentation augmentation, Generator generator)
{
    /// <summary>Changes each cell of (n, H, W, C) by draws of its own.</summary>
    public Tensor Apply(Tensor cells)
    {
        if (augmentation == CellAugmentation.None)
            return cells;
        long n = cells.shape[0], height = cells.shape[1], width = cells.shape[2], channels = cells.shape[3];
        if (augmentation.QuarterTurns && height != width)
            throw new InvalidOperationException($"Quarter turns need square cells but these have {height} rows and {width} columns. Set CellAugmentation.QuarterTurns to false.");

        Device device = cells.device;
        Tensor y = (arange(height, device: device).view(1, -1, 1) - Shift(n, device)).clamp(0, height - 1).expand(n, height, width);
        Tensor x = (arange(width, device: device).view(1, 1, -1) - Shift(n, device)).clamp(0, width - 1).expand(n, height, width);
        if (augmentation.HorizontalFlip)
            x = Mirror(x, width, Coin(n, device));
        if (augmentation.VerticalFlip)
            y = Mirror(y, height, Coin(n, device));
        if (augmentation.QuarterTurns)
        {
            Tensor half = Coin(n, device), quarter = Coin(n, device);
            (y, x) = (Mirror(y, height, half), Mirror(x, width, half));
            (y, x) = (where(quarter, x, y), where(quarter, width - 1 - y, x));
        }
        Tensor source = (y * width + x).view(n, -1, 1).expand(n, height * width, channels);
        return cells.view(n, -1, channels).gather(1, source).view(n, height, width, channels);
    }

    private Tensor Shift(long count, Device device)
        => randint(-augmentation.MaximumShift, augmentation.MaximumShift + 1, [count, 1, 1], int64, device, generator: generator);

    private Tensor Coin(long count, Device device) => randint(0, 2, [count, 1, 1], int64, device, generator: generator).to(@bool);

    private static Tensor Mirror(Tensor index, long length, Tensor mirrored) => where(mirrored, length - 1 - index, index);
}
