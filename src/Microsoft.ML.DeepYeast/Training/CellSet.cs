using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Cells in memory that several trainings use, each some of them.</summary>
/// <param name="Cells">The cells and their classes.</param>
/// <param name="Shape">Size of a cell.</param>
/// <param name="Labels">The classes.</param>
internal sealed record CellSet(TrainingCells Cells, CellShape Shape, ClassLabels Labels);
