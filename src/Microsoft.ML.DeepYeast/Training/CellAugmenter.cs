using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Carries out a <see cref="CellAugmentation"/> on a batch, on its device.</summary>
internal sealed class CellAugmenter(CellAugmentation augmentation, TorchRandom random)
{
    // What grid_sample and affine_grid take for the picture's border: the outer edge of its pixels.
    private const bool ByEdges = false;

    /// <summary>
    /// Shifts, mirrors and turns by quarters each cell of (n, H, W, C), bytes or floats, by draws of its own. Every pixel of the result is one of the
    /// source, found by an index, so grey levels stay what they are.
    /// </summary>
    public Tensor Move(Tensor cells)
    {
        if (augmentation is { MaximumShift: 0, HorizontalFlip: false, VerticalFlip: false, QuarterTurns: false })
            return cells;
        long n = cells.shape[0], height = cells.shape[1], width = cells.shape[2], channels = cells.shape[3];
        Device device = cells.device;
        // Held until the end: a scalar that TorchSharp makes of a number could be collected during the call that takes it.
        using Scalar zero = 0L, one = 1L, rows = height, lastRow = height - 1, columns = width, lastColumn = width - 1;
        Tensor y = (arange(zero, rows, one, int64, device).view(1, -1, 1) - Shift(n, device)).clamp(zero, lastRow).expand(n, height, width);
        Tensor x = (arange(zero, columns, one, int64, device).view(1, 1, -1) - Shift(n, device)).clamp(zero, lastColumn).expand(n, height, width);
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
        Tensor source = y.mul(columns).Plus(x).view(n, -1, 1).expand(n, height * width, channels);
        return cells.view(n, -1, channels).gather(1, source).view(n, height, width, channels);
    }

    /// <summary>Turns by any angle, changes the brightness and adds noise to each cell of (n, H, W, C), floats in [-1, 1], by draws of its own.</summary>
    public Tensor ChangeValues(Tensor features)
    {
        if (!augmentation.ChangesValues)
            return features;
        long n = features.shape[0];
        if (augmentation.MaximumRotation > 0)
            features = Rotate(features, Uniform(augmentation.MaximumRotation * Math.PI / 180, [n], features.device));
        if (augmentation.Brightness > 0)
            features = Brighten(features, Uniform(augmentation.Brightness, [n, 1, 1, features.shape[3]], features.device));
        if (augmentation.Noise > 0)
        {
            using Scalar deviation = augmentation.Noise * 2 / GreyLevels.White;   // features span 2, grey levels 255
            features = features.Plus(randn(features.shape, float32, features.device, generator: random.Generator).mul_(deviation));
        }
        using Scalar lowest = -1, highest = 1;
        return features.clamp(lowest, highest);
    }

    /// <summary>Turns cells (n, H, W, C) by angles (n), in radians, from the row axis towards the column axis, about their centres.</summary>
    internal static Tensor Rotate(Tensor features, Tensor angles)
    {
        long height = features.shape[1], width = features.shape[2];
        // affine_grid measures rows and columns by the picture's own height and width.
        using Scalar tall = (double)height / width, wide = (double)width / height;
        Tensor cosine = angles.cos(), sine = angles.sin(), none = zeros_like(angles);
        Tensor rows = stack([stack([cosine, sine.mul(tall), none], 1), stack([sine.neg().mul_(wide), cosine, none], 1)], 1);   // (n, 2, 3)
        Tensor maps = features.permute(0, 3, 1, 2);
        Tensor grid = nn.functional.affine_grid(rows, maps.shape, align_corners: ByEdges);
        return nn.functional.grid_sample(maps, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: ByEdges).permute(0, 2, 3, 1);
    }

    /// <summary>Multiplies the grey levels behind features by 1 plus each change.</summary>
    internal static Tensor Brighten(Tensor features, Tensor changes)
    {
        using Scalar one = 1;
        return features.Plus(features.Plus(one).mul_(changes));   // -1 is black
    }

    private Tensor Uniform(double limit, long[] shape, Device device)
    {
        using Scalar width = 2 * limit, half = limit;
        return rand(shape, float32, device, generator: random.Generator).mul_(width).sub_(half);
    }

    private Tensor Shift(long count, Device device)
        => randint(-augmentation.MaximumShift, augmentation.MaximumShift + 1, [count, 1, 1], int64, device, generator: random.Generator);

    private Tensor Coin(long count, Device device) => randint(0, 2, [count, 1, 1], int64, device, generator: random.Generator).to(@bool);

    private static Tensor Mirror(Tensor index, Scalar last, Tensor mirrored) => where(mirrored, Reverse(index, last), index);

    private static Tensor Reverse(Tensor index, Scalar last) => index.neg().PlusInPlace(last);
}
