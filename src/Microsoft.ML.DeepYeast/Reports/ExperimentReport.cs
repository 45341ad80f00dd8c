using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Evaluation;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What is reported of an experiment.</summary>
/// <param name="Runs">All trials, in the order in which they began.</param>
/// <param name="Ranking">Those that have a figure, the best first.</param>
/// <param name="Best">The best one.</param>
/// <param name="RunnerUp">The next one; null where there is none.</param>
/// <param name="Lead">The interval of the difference of the two; null where there is none.</param>
/// <param name="IsBestDistinguishable">Whether it leaves 0 out.</param>
/// <param name="WasRefitted">Whether the best was trained once more on all cells.</param>
/// <param name="Elapsed">Time that the experiment took.</param>
/// <param name="Metric">The figure that chose.</param>
internal sealed record ExperimentReport(
    IReadOnlyList<DeepYeastRunDetail> Runs, IReadOnlyList<DeepYeastRunDetail> Ranking, DeepYeastRunDetail Best, DeepYeastRunDetail? RunnerUp, ConfidenceInterval? Lead, bool IsBestDistinguishable, bool WasRefitted, TimeSpan Elapsed,
    ExperimentMetric Metric)
{
    /// <summary>The others, which failed.</summary>
    public IReadOnlyList<DeepYeastRunDetail> Failed { get; } = [.. Runs.Except(Ranking)];

    /// <summary>Scores the test cells with the best model, in one pass, and writes the page.</summary>
    public static CellEvaluation Write<TRun>(IHostEnvironment environment, DeepYeastExperimentResult<TRun> result, IDataView testCells, string path, CellReportOptions? options)
        where TRun : DeepYeastRunDetail
    {
        ArgumentNullException.ThrowIfNull(result);
        options ??= new();
        CellEvaluationOptions evaluated = CellReport.Validate(testCells, path, options);
        var report = new ExperimentReport(
            result.RunDetails, result.Ranking, result.BestRun, result.RunnerUp, result.Lead, result.IsBestDistinguishable, result.WasRefitted, result.Elapsed, result.OptimizingMetric);
        ITransformer model = result.BestRun.Model!;
        return CellReport.Write(
            environment, model, ModelSteps.TryFindLast<DeepYeastPredictionTransformer>(model), testCells, path, options, evaluated, html => new ExperimentSections(html, report));
    }
}
