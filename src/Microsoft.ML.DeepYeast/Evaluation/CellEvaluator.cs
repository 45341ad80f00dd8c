using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Computes the figures of an evaluation.</summary>
internal static class CellEvaluator
{
    // scikit-learn's log_loss clips float64 probabilities to their machine epsilon.
    private const double SmallestProbability = 1.0 / (1L << 52);

    private enum Draw
    {
        Cells,
        Resamples,
    }

    public static CellEvaluation Evaluate(IHostEnvironment environment, IDataView predictions, CellEvaluationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        options ??= new();
        options.Validate();
        return Evaluate(ScoredCells.Read(predictions, options), options, CatalogEnvironment.SeedOf(environment, options.Seed));
    }

    /// <summary>The figures of cells that were read with the same options.</summary>
    public static CellEvaluation Evaluate(ScoredCells cells, CellEvaluationOptions options, int seed)
    {
        int classes = cells.ClassCount;
        var reliability = new ReliabilityCurve(options.ReliabilityBins);
        int[] codes = new int[cells.Count], counts = new int[classes * classes], ranks = new int[classes];
        double loss = 0;
        for (int cell = 0; cell < cells.Count; cell++)
        {
            ReadOnlySpan<double> scores = cells.ScoresOf(cell);
            int trueClass = cells.ClassOf(cell), predicted = ScoredCells.Highest(scores);
            codes[cell] = ConfusionCounts.CodeOf(trueClass, predicted, classes);
            counts[codes[cell]]++;
            ranks[RankOf(scores, trueClass)]++;
            loss -= Math.Log(Math.Clamp(scores[trueClass], SmallestProbability, 1 - SmallestProbability));
            reliability.Add(scores[predicted], trueClass == predicted);
        }

        var confusion = new ConfusionCounts(counts, classes);
        GroupVerdicts? verdicts = cells.GroupNames is null ? null : new(cells, options, RandomOf(seed, Draw.Cells));
        List<double> accuracies = [], macroF1s = [];
        List<double>[] ofGroups = [.. Enumerable.Range(0, verdicts?.FigureCount ?? 0).Select(_ => new List<double>())];
        int units = cells.GroupNames?.Count ?? cells.Count;
        if (units > 1)
        {
            // Sums of the groups' counts: a resample does not go back to the cells.
            var countsOfUnits = new GroupCounts(codes.Select((code, cell) => (cells.GroupNames is null ? cell : cells.GroupOf(cell), code)), units);
            Bootstrap.Resample(units, options.BootstrapResamples, RandomOf(seed, Draw.Resamples), times =>
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                int[] resampled = new int[classes * classes];
                for (int unit = 0; unit < units; unit++)
                {
                    if (times[unit] > 0)
                        countsOfUnits.AddTo(resampled, unit, times[unit]);
                }
                var figures = new ConfusionCounts(resampled, classes);
                accuracies.Add(figures.Accuracy);
                macroF1s.Add(figures.MacroF1(confusion));
                verdicts?.AddFigures(times, ofGroups);
            });
        }

        IReadOnlyList<ClassEvaluation> ofClasses = confusion.Classes(cells.ClassNames);
        int within = 0;
        return new()
        {
            ClassNames = cells.ClassNames,
            CellCount = cells.Count,
            SkippedRowCount = cells.SkippedCount,
            Accuracy = confusion.Accuracy,
            AccuracyInterval = Bootstrap.IntervalOf(accuracies),
            TopAccuracies = [.. ranks.Select(count => (double)(within += count) / cells.Count)],
            BalancedAccuracy = confusion.BalancedAccuracy,
            LogLoss = loss / cells.Count,
            CohenKappa = confusion.CohenKappa,
            MatthewsCorrelation = confusion.MatthewsCorrelation,
            Classes = ofClasses,
            MacroMean = MeansOf(ofClasses, _ => 1),
            MacroF1Interval = Bootstrap.IntervalOf(macroF1s),
            WeightedMean = MeansOf(ofClasses, each => each.Support),
            Confusion = confusion.Rows(),
            Reliability = reliability.Bins(),
            ExpectedCalibrationError = reliability.ExpectedCalibrationError(),
            Groups = verdicts?.ToEvaluation(ofGroups),
        };
    }

    /// <summary>How many classes come before one; where scores are equal the first class comes first, as in the verdict.</summary>
    private static int RankOf(ReadOnlySpan<double> scores, int index)
    {
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > scores[index] || (scores[i] == scores[index] && i < index))
                rank++;
        }
        return rank;
    }

    private static ClassMeans MeansOf(IReadOnlyList<ClassEvaluation> classes, Func<ClassEvaluation, double> weight)
    {
        double total = classes.Sum(weight);
        return new(Mean(each => each.Precision), Mean(each => each.Recall), Mean(each => each.F1));

        double Mean(Func<ClassEvaluation, double> figure) => classes.Sum(each => weight(each) * figure(each)) / total;
    }

    private static CellRandom RandomOf(int seed, Draw draw) => new(((ulong)(uint)seed << 8) | (byte)draw);
}
