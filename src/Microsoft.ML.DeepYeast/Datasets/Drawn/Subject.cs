namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>What a painter of a structure is given: one cell of the crop, and the tools.</summary>
/// <param name="Cell">Anatomy of the cell.</param>
/// <param name="Outline">Its outline.</param>
/// <param name="Protein">What all cells of the crop have in common.</param>
/// <param name="Brush">Paints the light of the tagged protein.</param>
/// <param name="Random">The drawing's random numbers.</param>
internal readonly record struct Subject(YeastCell Cell, Silhouette Outline, Protein Protein, Brush Brush, CellRandom Random);
