namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Loss and accuracy, as sums over cells, so that a short batch weighs less.</summary>
internal readonly record struct TrainingFigures(double SummedLoss, double Right, long Cells)
{
    public double Loss => SummedLoss / Cells;

    public double Accuracy => Right / Cells;

    public TrainingFigures Add(double summedLoss, double right, int cells) => new(SummedLoss + summedLoss, Right + right, Cells + cells);
}
