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
        Device device = cells.device;
        // Held until the end: a scalar that TorchSharp makes of a number could be collected during the call that takes it.
        using Scalar zero = 0L, lastRow = height - 1, lastColumn = width - 1, stride = width;
        Tensor y = (arange(height, device: device).view(1, -1, 1) - Shift(n, device)).clamp(zero, lastRow).expand(n, height, width);
        Tensor x = (arange(width, device: device).view(1, 1, -1) - Shift(n, device)).clamp(zero, lastColumn).expand(n, height, width);
        if (augmentation.HorizontalFlip)
            x = Mirror(x, lastColumn, Coin(n, device));
        if (augmentation.VerticalFlip)
            y = Mirror(y, lastRow, Coin(n, device));
        if (augmentation.QuarterTurns)
        {
            Tensor half = Coin(n, device), quarter = Coin(n, device);
            (y, x) = (Mirror(y, lastRow, half), Mirror(x, lastColumn, half));
            (y, x) = (where(quarter, x, y), where(quarter, Reverse(y, lastColumn), x));
        }
        Tensor source = (y.mul(stride) + x).view(n, -1, 1).expand(n, height * width, channels);
        return cells.view(n, -1, channels).gather(1, source).view(n, height, width, channels);
    }

    private Tensor Shift(long count, Device device)
        => randint(-augmentation.MaximumShift, augmentation.MaximumShift + 1, [count, 1, 1], int64, device, generator: generator);

    private Tensor Coin(long count, Device device) => randint(0, 2, [count, 1, 1], int64, device, generator: generator).to(@bool);

    private static Tensor Mirror(Tensor index, Scalar last, Tensor mirrored) => where(mirrored, Reverse(index, last), index);

    private static Tensor Reverse(Tensor index, Scalar last) => index.neg().add_(last);
}
