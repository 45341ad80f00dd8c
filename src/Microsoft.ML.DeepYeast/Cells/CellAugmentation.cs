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

    /// <summary>For round cells, which have no up and no left: the reference's, and mirrored top to bottom and turned by quarters.</summary>
    public static CellAugmentation RoundCells { get; } = new() { MaximumShift = 6, HorizontalFlip = true, VerticalFlip = true, QuarterTurns = true };

    /// <summary>Largest shift in pixels along rows and along columns, 0 or more; what it uncovers repeats the nearest edge pixel.</summary>
    public int MaximumShift { get; init; }

    /// <summary>Whether half of the cells are mirrored left to right.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>Whether half of the cells are mirrored top to bottom.</summary>
    public bool VerticalFlip { get; init; }

    /// <summary>Whether cells, which must then be square, are turned by 0, 90, 180 or 270 degrees.</summary>
    public bool QuarterTurns { get; init; }

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
    }
}
