using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast;

/// <summary>One trial of an experiment: a way of training, and how well it did on cells that it was not trained on.</summary>
public class DeepYeastRunDetail
{
    private readonly Lazy<ITransformer?> _model;
    private readonly Lazy<MulticlassClassificationMetrics?> _metrics;
    private readonly Lazy<IEstimator<ITransformer>> _estimator;

    internal DeepYeastRunDetail(Contents contents, Lazy<ITransformer?> model, Lazy<MulticlassClassificationMetrics?> metrics, Lazy<IEstimator<ITransformer>> estimator)
        => (Data, _model, _metrics, _estimator) = (contents, model, metrics, estimator);

    /// <summary>Number of the trial, from 1, in the order in which they began.</summary>
    public int Number => Data.Number;

    /// <summary>What was trained, and on what.</summary>
    public string TrainerName => Data.TrainerName;

    /// <summary>How the network was trained; null for a baseline, and for a network as it is.</summary>
    public TrialSettings? Settings => Data.Settings;

    /// <summary>The whole untrained pipeline, from the columns that were given to Execute to scores.</summary>
    public IEstimator<ITransformer> Estimator => _estimator.Value;

    /// <summary>
    /// The whole fitted pipeline. That of the best run is the one trained on all cells where the settings ask for it and there was time; of others that of the first fold. Null where
    /// the trial has no figure. It is loaded from the experiment's folder when it is first asked for; while the experiment goes on it is null if the trial has gone on as well since.
    /// </summary>
    public ITransformer? Model => _model.Value;

    /// <summary>ML.NET's figures of the held-out cells, with several folds of those of all of them; null where the trial has no figure.</summary>
    public MulticlassClassificationMetrics? ValidationMetrics => _metrics.Value;

    /// <summary>The figure that the experiment chooses by; NaN where the trial failed before it had one.</summary>
    public double Metric => Data.Metric;

    /// <summary>
    /// Its 95 % interval, by resampling the held-out cells, and where there is a group column first their groups; null where the trial has no figure, or with a single group. It does not say how far another seed of the
    /// training would move the figure.
    /// </summary>
    public ConfidenceInterval? MetricInterval => Data.Interval;

    /// <summary>Seconds of training and judging.</summary>
    public double RuntimeInSeconds => Data.Runtime.TotalSeconds;

    /// <summary>Epochs that the network was trained for; 0 for a baseline, and for a network as it is.</summary>
    public int Epochs => Data.Epochs;

    /// <summary>Whether the training came to its end, and was not paused because others were better or the time was over.</summary>
    public bool IsComplete => Data.IsComplete;

    /// <summary>The figure after each pause, in order.</summary>
    public IReadOnlyList<RunFigure> Figures => Data.Figures;

    /// <summary>Why the trial failed; null if it did not. A figure that it had before stands.</summary>
    public Exception? Exception => Data.Exception;

    /// <summary>Whether it is a network as it is, given or trained on drawn cells, which learns nothing from the experiment's.</summary>
    public bool LearnsNothing => Data.LearnsNothing;

    private Contents Data { get; }

    internal sealed record Contents(
        int Number, string TrainerName, TrialSettings? Settings, bool LearnsNothing, double Metric, ConfidenceInterval? Interval, TimeSpan Runtime, int Epochs, bool IsComplete, IReadOnlyList<RunFigure> Figures,
        Exception? Exception);
}

/// <summary>A trial's figure at one time.</summary>
/// <param name="Epochs">Epochs of training done; 0 for a baseline.</param>
/// <param name="Metric">The figure that the experiment chooses by.</param>
/// <param name="Interval">Its 95 % interval; null where there is none.</param>
/// <param name="At">Time since the experiment began.</param>
public sealed record RunFigure(int Epochs, double Metric, ConfidenceInterval? Interval, TimeSpan At);

/// <summary>One trial of an experiment with cross-validation.</summary>
public sealed class DeepYeastCrossValidationRunDetail : DeepYeastRunDetail
{
    private readonly Lazy<IReadOnlyList<DeepYeastFoldResult>> _results;

    internal DeepYeastCrossValidationRunDetail(
        Contents contents, Lazy<ITransformer?> model, Lazy<MulticlassClassificationMetrics?> metrics, Lazy<IEstimator<ITransformer>> estimator,
        Lazy<IReadOnlyList<DeepYeastFoldResult>> results)
        : base(contents, model, metrics, estimator) => _results = results;

    /// <summary>The model of each fold, with the figures of the cells that it was not trained on; empty where the trial has no figure. They are loaded from the experiment's folder when they are first asked for.</summary>
    /// <exception cref="InvalidOperationException">The trial has gone on since, or the experiment's result was disposed.</exception>
    public IReadOnlyList<DeepYeastFoldResult> Results => _results.Value;
}

/// <summary>What a trial came to on one fold.</summary>
/// <param name="Model">The whole fitted pipeline.</param>
/// <param name="ValidationMetrics">ML.NET's figures of the fold's held-out cells.</param>
public sealed record DeepYeastFoldResult(ITransformer Model, MulticlassClassificationMetrics ValidationMetrics);
