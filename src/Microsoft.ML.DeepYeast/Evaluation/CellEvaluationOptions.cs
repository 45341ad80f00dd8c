using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast;

/// <summary>What is evaluated and how.</summary>
public sealed class CellEvaluationOptions
{
    // Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599, take 15; scikit-learn's examples take 10.
    private const int DefaultReliabilityBins = 10;
    // Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3: percentile intervals take about 1000.
    private const int DefaultResamples = 1000;
    private const int DefaultDraws = 100;

    /// <summary>Name of the key column with the true classes. Rows where it is missing are skipped and counted.</summary>
    public string LabelColumnName { get; init; } = DeepYeastTrainer.Defaults.LabelColumnName;

    /// <summary>Name of the column with a probability for each class: a vector of floats or doubles, in [0, 1], sum 1.</summary>
    public string ScoreColumnName { get; init; } = ScoreColumns.Score;

    /// <summary>
    /// Name of a column whose equal values say that cells belong together, such as the protein or the well; text, a key or a number. Null for none. With one there are
    /// verdicts on whole groups, and the intervals say how far the figures would move with other groups, and not only with other cells of the same ones.
    /// </summary>
    public string? GroupColumnName { get; init; }

    /// <summary>Numbers of cells that verdicts on groups are made from, each at least 1; verdicts from all cells are made in any case.</summary>
    public IReadOnlyList<int> CellCounts { get; init; } = [1, 2, 5, 10, 20];

    /// <summary>How often so many cells are drawn from each group, at least 1.</summary>
    public int DrawsPerGroup { get; init; } = DefaultDraws;

    /// <summary>Number of bins of equal width that the reliability curve has, at least 1.</summary>
    public int ReliabilityBins { get; init; } = DefaultReliabilityBins;

    /// <summary>Number of bootstrap resamples that the intervals are made from, 0 or more; 0 for no intervals.</summary>
    public int BootstrapResamples { get; init; } = DefaultResamples;

    /// <summary>Seed of what is drawn. Null takes the MLContext's seed, and without one 0: the same predictions give the same figures.</summary>
    public int? Seed { get; init; }

    /// <summary>Ends the evaluation with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ScoreColumnName);
        if (GroupColumnName is not null)
            ArgumentException.ThrowIfNullOrWhiteSpace(GroupColumnName);
        ArgumentNullException.ThrowIfNull(CellCounts);
        foreach (int count in CellCounts)
            RequireAtLeast(1, nameof(CellCounts), count);
        RequireAtLeast(1, nameof(DrawsPerGroup), DrawsPerGroup);
        RequireAtLeast(1, nameof(ReliabilityBins), ReliabilityBins);
        RequireAtLeast(0, nameof(BootstrapResamples), BootstrapResamples);
    }

    private static void RequireAtLeast(int minimum, string name, int value)
    {
        if (value < minimum)
            throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Option {name} is {value} but must be at least {minimum}."));
    }
}
