namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Loss and accuracy, as sums over cells, so that a short batch weighs less.</summary>
internal readonly record struct TrainingFigures(double SummedLoss, double Right, long Cells)
{
    public double Loss => SummedLoss / Cells;

    public double Accuracy => Right / Cells;

    public static TrainingFigures operator +(TrainingFigures first, TrainingFigures second) => new(first.SummedLoss + second.SummedLoss, first.Right + second.Right, first.Cells + second.Cells);
}
