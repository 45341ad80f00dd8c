namespace Microsoft.ML.DeepYeast;

/// <summary>
/// The protein localization classes of the reference (Parnamaa and Parts, G3 7(5):1385-1392, 2017), in the order of its class indices.
/// </summary>
public static class LocalizationClasses
{
    /// <summary>The 12 classes of the main data set, index 0 to 11.</summary>
    public static IReadOnlyList<string> Main { get; } =
    [
        "cell periphery", "cytoplasm", "endosome", "er", "golgi", "mitochondrion",
        "nuclear periphery", "nucleolus", "nucleus", "peroxisome", "spindle pole", "vacuole",
    ];

    /// <summary>The 4 classes of the transfer data set, index 0 to 3; none of them is among the main ones.</summary>
    public static IReadOnlyList<string> Transfer { get; } = ["actin", "bud neck", "lipid particle", "microtubule"];
}
