namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Numbers of cells by true and predicted class, and the figures that follow from them.</summary>
internal sealed class ConfusionCounts
{
    private readonly int _classes;
    private readonly int[] _counts;
    private readonly int[] _support;     // by true class
    private readonly int[] _predicted;   // by predicted class
    private readonly int _cells;
    private readonly int _right;

    /// <param name="counts">By code, as <see cref="CodeOf"/> makes them.</param>
    /// <param name="classes">Number of classes.</param>
    public ConfusionCounts(int[] counts, int classes)
    {
        (_counts, _classes, _support, _predicted) = (counts, classes, new int[classes], new int[classes]);
        for (int trueClass = 0; trueClass < classes; trueClass++)
        {
            for (int predicted = 0; predicted < classes; predicted++)
            {
                int count = counts[CodeOf(trueClass, predicted, classes)];
                _support[trueClass] += count;
                _predicted[predicted] += count;
                _cells += count;
            }
            _right += Right(trueClass);
        }
    }

    /// <summary>A pair of classes as one number.</summary>
    public static int CodeOf(int trueClass, int predicted, int classes) => trueClass * classes + predicted;

    public double Accuracy => Share(_right, _cells);

    /// <summary>
    /// Mean of the classes' F1 in a resample. A class that has cells, but none in the resample, is left out: its F1 there would be 0 whatever the verdicts are.
    /// </summary>
    /// <param name="whole">All cells, of which these are a resample.</param>
    public double MacroF1(ConfusionCounts whole)
    {
        (double sum, int count) = (0, 0);
        for (int i = 0; i < _classes; i++)
        {
            if (_support[i] > 0 || whole._support[i] == 0)
                (sum, count) = (sum + F1(i), count + 1);
        }
        return sum / count;
    }

    public double BalancedAccuracy => Enumerable.Range(0, _classes).Where(i => _support[i] > 0).Average(Recall);

    public double? CohenKappa
    {
        get
        {
            double rightByChance = ProductOfMargins() / _cells;
            return rightByChance == _cells ? null : 1 - (_cells - _right) / (_cells - rightByChance);
        }
    }

    // Gorodkin, Computational Biology and Chemistry 28:367-374, 2004: covariances of classes and verdicts, each times the squared number of cells.
    public double MatthewsCorrelation
    {
        get
        {
            double square = (double)_cells * _cells;
            double ofClasses = square - _support.Sum(count => (double)count * count), ofVerdicts = square - _predicted.Sum(count => (double)count * count);
            return ofClasses * ofVerdicts == 0 ? 0 : ((double)_right * _cells - ProductOfMargins()) / Math.Sqrt(ofClasses * ofVerdicts);
        }
    }

    public IReadOnlyList<ClassEvaluation> Classes(IReadOnlyList<string> names)
        => [.. names.Select((name, i) => new ClassEvaluation(name, Share(Right(i), _predicted[i]), Recall(i), F1(i), _support[i]))];

    /// <summary>A row for each true class.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Rows() => [.. _counts.Chunk(_classes)];

    private int Right(int i) => _counts[CodeOf(i, i, _classes)];

    private double Recall(int i) => Share(Right(i), _support[i]);

    private double F1(int i) => Share(2 * Right(i), _support[i] + _predicted[i]);

    private double ProductOfMargins() => _support.Zip(_predicted, (support, predicted) => (double)support * predicted).Sum();

    private static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
