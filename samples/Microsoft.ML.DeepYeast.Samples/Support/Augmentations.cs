using System.CommandLine;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>Augmentations by the names that a command line takes.</summary>
internal static class Augmentations
{
    private static readonly Dictionary<string, CellAugmentation> s_byName = new()
    {
        ["none"] = CellAugmentation.None,
        ["reference"] = CellAugmentation.Reference,
        ["round"] = CellAugmentation.RoundCells,
        ["strong"] = CellAugmentation.RoundCells with { MaximumRotation = 20, Brightness = 0.3, Noise = 5 },
    };

    /// <param name="description">What the option is for; the names with their meanings are put behind it.</param>
    /// <param name="fallback">What holds without the option.</param>
    public static Option<string?> CreateOption(string description, string fallback) => new Option<string?>("--augment")
    {
        Description = $"{description}: none; reference (shifts, mirrored left to right); round (also top to bottom, quarter turns); strong (also small rotations, brightness, noise). [default: {fallback}]",
    }.AcceptOnlyFromAmong([.. s_byName.Keys]);

    /// <summary>The augmentation of that name; null for no name.</summary>
    public static CellAugmentation? Find(string? name) => name is null ? null : s_byName[name];
}
