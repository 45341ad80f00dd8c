namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Where in the cell a tagged protein sits, and how to paint it.</summary>
/// <param name="Name">The name of the class.</param>
/// <param name="Paint">Paints the protein in one cell.</param>
/// <param name="LeastCytosol">The least light of free protein and autofluorescence in the cytosol, over the peak of the structure.</param>
/// <param name="MostCytosol">The most of it.</param>
internal sealed record Localization(string Name, Action<Subject> Paint, double LeastCytosol, double MostCytosol)
{
    /// <summary>The twelve main classes in the order of their indices, then the four transfer classes in theirs.</summary>
    /// <remarks>Names and order: tanelp/deepyeast, README.md; classes of Chong et al., Cell 161, 2015.</remarks>
    public static IReadOnlyList<Localization> All { get; } =
    [
        new("cell periphery", Membranes.PaintPeriphery, 0.05, 0.55),
        new("cytoplasm", Compartments.PaintCytoplasm, 0, 0),
        new("endosome", Spots.PaintEndosomes, 0.12, 0.5),
        new("er", Membranes.PaintReticulum, 0.06, 0.4),
        new("golgi", Spots.PaintGolgi, 0.04, 0.28),
        new("mitochondrion", Strands.PaintMitochondria, 0.06, 0.7),
        new("nuclear periphery", Membranes.PaintNuclearPeriphery, 0.02, 0.3),
        new("nucleolus", Compartments.PaintNucleolus, 0.01, 0.15),
        new("nucleus", Compartments.PaintNucleus, 0.02, 0.3),
        new("peroxisome", Spots.PaintPeroxisomes, 0.08, 0.45),
        new("spindle pole", Spots.PaintSpindlePoles, 0.08, 0.45),
        new("vacuole", Membranes.PaintVacuoles, 0.02, 0.3),
        new("actin", Strands.PaintActin, 0.08, 0.45),
        new("bud neck", Membranes.PaintBudNeck, 0.08, 0.5),
        new("lipid particle", Spots.PaintLipidParticles, 0.06, 0.4),
        new("microtubule", Strands.PaintMicrotubules, 0.06, 0.4),
    ];

    /// <summary>Makes the cells of two classes differ in all respects, even with the same seed.</summary>
    public ulong Salt { get; } = Name.Aggregate(0UL, (salt, letter) => 31 * salt + letter) << 32;

    /// <summary>Finds a class by its name.</summary>
    /// <exception cref="ArgumentException">No class has this name; the message lists those there are.</exception>
    public static Localization Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (Localization localization in All)
        {
            if (localization.Name == name)
                return localization;
        }
        throw new ArgumentException(
            $"No cell of class '{name}' can be drawn. Classes: {string.Join(", ", All.Select(known => known.Name))}.", nameof(name));
    }
}
