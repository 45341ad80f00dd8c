using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.DeepYeast;

/// <summary>What an experiment may train.</summary>
public enum ExperimentTrainer
{
    /// <summary><see cref="Networks.DeepYeastPooled(CellShape, int, double, double)"/>, of any width.</summary>
    DeepYeastPooled,

    /// <summary><see cref="Networks.DeepYeast(CellShape, int, double, double)"/>, of any width.</summary>
    DeepYeast,

    /// <summary><see cref="Networks.MobileNet"/>.</summary>
    MobileNet,

    /// <summary><see cref="Networks.ResNet50"/>.</summary>
    ResNet50,

    /// <summary><see cref="Networks.DenseNet40_BC"/>.</summary>
    [SuppressMessage("Naming", "CA1707", Justification = "The reference's name.")]
    DenseNet40_BC,

    /// <summary>ML.NET's linear trainer on statistics of each cell, and on the features of a network where there is one: a baseline.</summary>
    SdcaMaximumEntropy,

    /// <summary>ML.NET's gradient boosting by LightGBM on the same: a baseline.</summary>
    LightGbm,

    /// <summary>ML.NET's boosted trees, one class against the others, on the same: a baseline.</summary>
    FastTreeOva,
}

/// <summary>The figure of the validation cells by which an experiment chooses.</summary>
public enum ExperimentMetric
{
    /// <summary>Share of the cells whose class is right; more is better.</summary>
    MicroAccuracy,

    /// <summary>Mean over the classes of the share of their cells that were found; more is better.</summary>
    MacroAccuracy,

    /// <summary>Mean of -ln(probability of the true class); less is better.</summary>
    LogLoss,
}

internal static class ExperimentTrainers
{
    /// <summary>Whether it trains a network, and not a baseline.</summary>
    public static bool IsNetwork(this ExperimentTrainer trainer) => trainer < ExperimentTrainer.SdcaMaximumEntropy;
}

internal static class ExperimentMetrics
{
    /// <summary>Whether one figure is better than another.</summary>
    public static bool IsBetter(this ExperimentMetric metric, double figure, double other) => metric == ExperimentMetric.LogLoss ? figure < other : figure > other;

    /// <summary>The best first; of equal ones in the order in which they came.</summary>
    public static IEnumerable<T> Rank<T>(this ExperimentMetric metric, IEnumerable<T> items, Func<T, double> figure)
        => metric == ExperimentMetric.LogLoss ? items.OrderBy(figure) : items.OrderByDescending(figure);
}
