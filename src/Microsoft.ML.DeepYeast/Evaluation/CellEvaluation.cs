namespace Microsoft.ML.DeepYeast;

/// <summary>How good predictions are. The class that is predicted for a cell is the one with the highest score, the first of them where scores are equal.</summary>
/// <remarks>Figures are as scikit-learn defines them, with all classes of the model listed as labels, and 0 for zero_division.</remarks>
public sealed class CellEvaluation
{
    internal CellEvaluation()
    {
    }

    /// <summary>Names of the classes, in the order of the scores; where the scores have no names, the keys: 1 is the first class.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Number of cells that were evaluated.</summary>
    public required int CellCount { get; init; }

    /// <summary>Number of rows that were left out because their label is missing, for example because the model does not know their class.</summary>
    public required int SkippedRowCount { get; init; }

    /// <summary>Share of the cells whose class was found, in [0, 1].</summary>
    public required double Accuracy { get; init; }

    /// <summary>The 95 % interval of <see cref="Accuracy"/>; null without resamples, or with a single group or cell.</summary>
    public required ConfidenceInterval? AccuracyInterval { get; init; }

    /// <summary>
    /// Share of the cells whose class is among the k with the highest scores, for k = 1, 2, ... up to the number of classes; item 0 is <see cref="Accuracy"/>.
    /// </summary>
    public required IReadOnlyList<double> TopAccuracies { get; init; }

    /// <summary>Mean of the recalls of the classes that have cells, in [0, 1].</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Mean of -ln(probability of the true class) over the cells; a probability counts as 2^-52 at least.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Cohen's kappa: 0 where the verdicts agree with the classes as chance would have it, 1 where they agree always; null where chance agrees always.</summary>
    public required double? CohenKappa { get; init; }

    /// <summary>Matthews' correlation of classes and verdicts, in [-1, 1]; 0 where either are all the same.</summary>
    public required double MatthewsCorrelation { get; init; }

    /// <summary>The figures of each class, in the order of <see cref="ClassNames"/>.</summary>
    public required IReadOnlyList<ClassEvaluation> Classes { get; init; }

    /// <summary>Means over all classes, those without cells included.</summary>
    public required ClassMeans MacroMean { get; init; }

    /// <summary>
    /// The 95 % interval of the F1 in <see cref="MacroMean"/>; null as <see cref="AccuracyInterval"/>. A class of which a resample has no cell does not count in that one.
    /// </summary>
    public required ConfidenceInterval? MacroF1Interval { get; init; }

    /// <summary>Means over the classes, each weighted by the number of its cells.</summary>
    public required ClassMeans WeightedMean { get; init; }

    /// <summary>Numbers of cells: a row a true class, a column a predicted one, both in the order of <see cref="ClassNames"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }

    /// <summary>Whether the highest scores can be taken as probabilities: bins of equal width from 0 to 1.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>Mean of |accuracy - mean confidence| over the bins of <see cref="Reliability"/>, each weighted by the number of its cells; in [0, 1].</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>Verdicts on whole groups of cells; null where no group column was named.</summary>
    public required GroupEvaluation? Groups { get; init; }
}

/// <summary>How well one class is told from the others.</summary>
/// <param name="ClassName">Name of the class.</param>
/// <param name="Precision">Share of the cells predicted to be of the class that are; 0 where none was.</param>
/// <param name="Recall">Share of the cells of the class that were found; 0 where it has none.</param>
/// <param name="F1">Harmonic mean of the two; 0 where the class has no cell and none was predicted.</param>
/// <param name="Support">Number of cells of the class.</param>
public sealed record ClassEvaluation(string ClassName, double Precision, double Recall, double F1, int Support);

/// <summary>Means over the classes.</summary>
/// <param name="Precision">In [0, 1].</param>
/// <param name="Recall">In [0, 1].</param>
/// <param name="F1">In [0, 1]; the mean of the classes' F1, which is not that of the two means.</param>
public sealed record ClassMeans(double Precision, double Recall, double F1);

/// <summary>
/// An interval of 95 %, from the 2.5th to the 97.5th percentile of a figure over bootstrap resamples: as many groups as there are (cells where no group column
/// was named), drawn with replacement.
/// </summary>
/// <param name="Lower">The 2.5th percentile.</param>
/// <param name="Upper">The 97.5th percentile.</param>
/// <remarks>Few groups make it too narrow: of some ten it is a hint, no more.</remarks>
public readonly record struct ConfidenceInterval(double Lower, double Upper);

/// <summary>Cells of about the same confidence, which is the highest score of a cell.</summary>
/// <param name="Lower">The bin's cells have a confidence above this.</param>
/// <param name="Upper">The bin's cells have a confidence of at most this.</param>
/// <param name="CellCount">Number of cells.</param>
/// <param name="MeanConfidence">What the model says that the accuracy is; null without cells.</param>
/// <param name="Accuracy">Share of the cells whose class was found; null without cells.</param>
public sealed record ReliabilityBin(double Lower, double Upper, int CellCount, double? MeanConfidence, double? Accuracy);

/// <summary>Verdicts on whole groups: the class with the highest mean of the cells' probabilities.</summary>
public sealed class GroupEvaluation
{
    internal GroupEvaluation()
    {
    }

    /// <summary>Number of groups with cells that were evaluated.</summary>
    public required int GroupCount { get; init; }

    /// <summary>Number of groups whose cells are not all of one class, so that no verdict on them is right or wrong; the figures below are without them.</summary>
    public required int MixedGroupCount { get; init; }

    /// <summary>The verdict on each group from all of its cells, in the order in which the groups came.</summary>
    public required IReadOnlyList<GroupVerdict> Verdicts { get; init; }

    /// <summary>Share of the <see cref="Verdicts"/> that are right; null where there are none.</summary>
    public required double? Accuracy { get; init; }

    /// <summary>The 95 % interval of <see cref="Accuracy"/>; null without resamples, or with fewer than two verdicts.</summary>
    public required ConfidenceInterval? AccuracyInterval { get; init; }

    /// <summary>
    /// How accurate verdicts from a few cells of a group are, by the number of cells. Numbers that no group has are left out: where each group has one cell, 1 alone is there.
    /// </summary>
    public required IReadOnlyList<VerdictAccuracy> AccuracyByCellCount { get; init; }
}

/// <summary>The verdict on a group from all of its cells.</summary>
/// <param name="Group">The value in the group column.</param>
/// <param name="CellCount">Number of its cells.</param>
/// <param name="TrueClass">The class of its cells.</param>
/// <param name="PredictedClass">The class with the highest mean probability.</param>
/// <param name="MeanProbability">That mean, in [0, 1].</param>
public sealed record GroupVerdict(string Group, int CellCount, string TrueClass, string PredictedClass, double MeanProbability)
{
    /// <summary>Whether the two classes are the same.</summary>
    public bool IsRight => TrueClass == PredictedClass;
}

/// <summary>How accurate verdicts from some cells of a group are.</summary>
/// <param name="CellCount">Number of cells that were drawn from each group, without replacement.</param>
/// <param name="GroupCount">Number of groups that have so many, on which the figures rest.</param>
/// <param name="Accuracy">Mean over these groups of the share of draws whose verdict was right, in [0, 1].</param>
/// <param name="Interval">Its 95 % interval; null without resamples, or with a single group.</param>
public sealed record VerdictAccuracy(int CellCount, int GroupCount, double Accuracy, ConfidenceInterval? Interval);
