using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>Random changes of training cells that leave their class alone.</summary>
public sealed record CellAugmentation
{
    /// <summary>No change.</summary>
    public static CellAugmentation None { get; } = new();

    /// <summary>The reference's: shifts by up to 10 pixels, mirrored left to right.</summary>
    public static CellAugmentation Reference { get; } = new() { MaximumShift = 10, HorizontalFlip = true };

    /// <summary>For round cells, which have no up and no left: shifts by up to 6 pixels, mirrored left to right and top to bottom, turned by quarters.</summary>
    public static CellAugmentation RoundCells { get; } = new() { MaximumShift = 6, HorizontalFlip = true, VerticalFlip = true, QuarterTurns = true };

    /// <summary>Largest shift in pixels along rows and along columns, 0 or more and less than the cell's shorter side; what it uncovers repeats the nearest edge pixel.</summary>
    public int MaximumShift { get; init; }

    /// <summary>Whether half of the cells are mirrored left to right.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>Whether half of the cells are mirrored top to bottom.</summary>
    public bool VerticalFlip { get; init; }

    /// <summary>Whether cells, which must then be square, are turned by 0, 90, 180 or 270 degrees.</summary>
    public bool QuarterTurns { get; init; }

    /// <summary>Largest angle in degrees, in [0, 180], by which cells are turned either way; pixels are interpolated, and what is uncovered repeats the nearest edge pixel.</summary>
    public double MaximumRotation { get; init; }

    /// <summary>How far the brightness of each channel changes, in [0, 1): its grey levels are multiplied by a factor from 1 less this to 1 plus this.</summary>
    public double Brightness { get; init; }

    /// <summary>Standard deviation of the normal noise that each pixel gets, in grey levels of 0..255, in [0, 255]; 0 for none.</summary>
    public double Noise { get; init; }

    /// <summary>Whether values change that a byte cannot hold.</summary>
    internal bool ChangesValues => MaximumRotation > 0 || Brightness > 0 || Noise > 0;

    /// <summary>A cell as a training could see it, to look at.</summary>
    /// <param name="features">The cell in (channel, row, column) order, in [-1, 1]. It is not changed.</param>
    /// <param name="cells">Its shape.</param>
    /// <param name="seed">Another seed gives another change.</param>
    /// <returns>The changed cell, in the same order.</returns>
    /// <exception cref="ArgumentException">The number of features is not that of the shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    /// <exception cref="InvalidOperationException">Cells of this shape cannot be changed so.</exception>
    /// <exception cref="DllNotFoundException">libtorch is not installed; the message says what to install.</exception>
    public float[] Apply(ReadOnlySpan<float> features, CellShape cells, int seed)
    {
        if (features.Length != cells.Size)
            throw new ArgumentException($"There are {features.Length} features, but cells of {cells} have {cells.Size}.", nameof(features));
        Validate();
        Check(cells);
        TorchLibrary.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new TorchRandom(CPU, (uint)seed);
        var augmenter = new CellAugmenter(this, random);
        Tensor cell = tensor(features.ToArray(), [1, cells.Channels, cells.Height, cells.Width]).permute(0, 2, 3, 1).contiguous();
        return augmenter.ChangeValues(augmenter.Move(cell)).permute(0, 3, 1, 2).contiguous().data<float>().ToArray();
    }

    /// <exception cref="InvalidOperationException">Cells of this shape cannot be changed so.</exception>
    internal void Check(CellShape cells)
    {
        if (QuarterTurns && cells.Height != cells.Width)
            throw new InvalidOperationException($"Option {Option(nameof(QuarterTurns))} is true but cells of {cells} are not square. Set it to false, or make them square.");
        int shorter = Math.Min(cells.Height, cells.Width);
        if (MaximumShift >= shorter)
            throw new InvalidOperationException($"Option {Option(nameof(MaximumShift))} is {MaximumShift} but cells of {cells} can be shifted by at most {shorter - 1} pixels.");
    }

    private static string Option(string setting) => $"{nameof(DeepYeastTrainer.Options.Augmentation)}.{setting}";

    internal void Validate()
    {
        if (MaximumShift < 0)
            throw DeepYeastTrainer.Options.OutOfRange(Option(nameof(MaximumShift)), MaximumShift, "at least 0");
        if (MaximumRotation is not (>= 0 and <= 180))
            throw DeepYeastTrainer.Options.OutOfRange(Option(nameof(MaximumRotation)), MaximumRotation, "in [0, 180]");
        if (Noise is not (>= 0 and <= GreyLevels.White))
            throw DeepYeastTrainer.Options.OutOfRange(Option(nameof(Noise)), Noise, "in [0, 255]");
        DeepYeastTrainer.Options.RequireShare(Option(nameof(Brightness)), Brightness);
    }
}
