namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The traits of the tagged protein, the same in all cells of a crop: they grow from one strain.</summary>
/// <param name="Size">Factor on the size of its spots and the width of its strands.</param>
/// <param name="Abundance">From 0, few copies of the structure, to 1, many.</param>
/// <param name="Hollow">From 0, in the lumen of its compartment, to 1, in the membrane around it.</param>
/// <param name="Stray">From 0, in its structure alone, to 1, in what borders on it as well.</param>
/// <param name="Patchy">From 0, evenly spread over its structure, to 1, in patches.</param>
internal readonly record struct Protein(double Size, double Abundance, double Hollow, double Stray, double Patchy)
{
    /// <summary>A protein at random.</summary>
    public static Protein Choose(CellRandom random)
        => new(random.LogRange(0.85, 1.2), random.Uniform(), random.Uniform(), random.Uniform(), random.Uniform());

    /// <summary>A count between two numbers that follows the protein's abundance, with some chance from cell to cell.</summary>
    public int Count(CellRandom random, int low, int high)
        => low + (int)((high - low + 0.999) * Math.Clamp(Abundance + 0.2 * random.Normal(), 0, 1));
}
