using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Evaluation;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>How a trial did on the held-out cells.</summary>
internal sealed class HeldOutFigures
{
    // As ML.NET's multiclass evaluator, which clips at the same place.
    private const double SmallestProbability = 1e-15;

    // As CellEvaluationOptions has it.
    private const int Resamples = 1000;

    private readonly HeldOutCells _cells;
    private readonly int[] _predicted;
    private readonly double[] _losses;

    /// <param name="cells">The cells.</param>
    /// <param name="scores">For each of them a probability for each class.</param>
    public HeldOutFigures(HeldOutCells cells, float[] scores)
    {
        (_cells, Scores) = (cells, scores);
        _predicted = new int[cells.Classes.Length];
        _losses = new double[cells.Classes.Length];
        double[] ofCell = new double[cells.ClassCount];
        for (int cell = 0; cell < _predicted.Length; cell++)
        {
            for (int i = 0; i < ofCell.Length; i++)
                ofCell[i] = scores[cell * ofCell.Length + i];
            int trueClass = cells.Classes[cell];
            _predicted[cell] = ScoredCells.Highest(ofCell);
            _losses[cell] = -Math.Log(Math.Max(ofCell[trueClass], SmallestProbability));
        }
    }

    /// <summary>For each cell a probability for each class.</summary>
    public float[] Scores { get; }

    /// <summary>The class with the highest score.</summary>
    public int PredictedClassOf(int cell) => _predicted[cell];

    /// <summary>The figure.</summary>
    public double Value(ExperimentMetric metric)
    {
        int[] once = new int[_cells.Classes.Length];
        Array.Fill(once, 1);
        return Value(metric, once);
    }

    /// <summary>The 95 % interval of the figure; null with a single group or cell.</summary>
    public ConfidenceInterval? Interval(ExperimentMetric metric) => Interval(times => Value(metric, times));

    /// <summary>The 95 % interval of the difference to another trial's figure on the same cells; null with a single group or cell.</summary>
    public ConfidenceInterval? IntervalOfDifference(HeldOutFigures other, ExperimentMetric metric)
        => Interval(times => Value(metric, times) - other.Value(metric, times));

    private ConfidenceInterval? Interval(Func<int[], double> figure)
    {
        if (!_cells.CanResample)
            return null;
        var random = new CellRandom(0);
        var values = new List<double>(Resamples);
        int[] times = new int[_cells.Classes.Length];
        for (int i = 0; i < Resamples; i++)
        {
            _cells.Resample(random, times);
            values.Add(figure(times));
        }
        return Bootstrap.IntervalOf(values);
    }

    /// <summary>The figure of cells that are there so many times.</summary>
    private double Value(ExperimentMetric metric, int[] times)
    {
        double[] weights = new double[_cells.ClassCount], sums = new double[_cells.ClassCount];
        for (int cell = 0; cell < _predicted.Length; cell++)
        {
            int weight = times[cell], trueClass = _cells.Classes[cell];
            weights[trueClass] += weight;
            sums[trueClass] += weight * (metric == ExperimentMetric.LogLoss ? _losses[cell] : _predicted[cell] == trueClass ? 1 : 0);
        }
        if (metric != ExperimentMetric.MacroAccuracy)
            return sums.Sum() / weights.Sum();
        int[] present = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0)];
        return present.Average(i => sums[i] / weights[i]);
    }
}
