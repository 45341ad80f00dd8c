using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>What the cells of each group say together: the class with the highest mean probability, from all of them and from a few drawn at random.</summary>
internal sealed class GroupVerdicts
{
    // In the place of a class: the group's cells are of several.
    private const int Mixed = -1;

    private readonly ScoredCells _cells;
    private readonly int[][] _members;   // cells by group
    private readonly int[] _classes;     // by group
    private readonly int[] _cellCounts;
    private readonly double[][] _right;  // by item of _cellCounts and then all cells, and by group: share of draws whose verdict is right; NaN where there is no verdict

    public GroupVerdicts(ScoredCells cells, CellEvaluationOptions options, CellRandom random)
    {
        _cells = cells;
        int groups = cells.GroupNames!.Count;
        ILookup<int, int> byGroup = Enumerable.Range(0, cells.Count).ToLookup(cells.GroupOf);
        _members = [.. Enumerable.Range(0, groups).Select(group => byGroup[group].ToArray())];
        _classes = [.. _members.Select(ClassOf)];
        _cellCounts = [.. options.CellCounts.Distinct().Order()];
        _right = [.. Enumerable.Range(0, _cellCounts.Length + 1).Select(_ => Enumerable.Repeat(double.NaN, groups).ToArray())];
        for (int group = 0; group < groups; group++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            if (_classes[group] != Mixed)
                Judge(group, options.DrawsPerGroup, random);
        }
    }

    /// <summary>The figures in a resample.</summary>
    /// <param name="times">How often each group was drawn.</param>
    /// <param name="values">By number of cells and then for all cells: the figure is added where it can be computed.</param>
    public void AddFigures(int[] times, List<double>[] values)
    {
        for (int i = 0; i < _right.Length; i++)
        {
            if (Mean(_right[i], times) is { } mean)
                values[i].Add(mean);
        }
    }

    /// <summary>Number of lists that <see cref="AddFigures"/> fills.</summary>
    public int FigureCount => _right.Length;

    public GroupEvaluation ToEvaluation(List<double>[] resampled)
    {
        int[] once = [.. Enumerable.Repeat(1, _members.Length)];
        return new()
        {
            GroupCount = _members.Length,
            MixedGroupCount = _classes.Count(each => each == Mixed),
            Verdicts = [.. Enumerable.Range(0, _members.Length).Where(group => _classes[group] != Mixed).Select(VerdictOf)],
            Accuracy = Mean(_right[^1], once),
            AccuracyInterval = IntervalOf(_right.Length - 1),
            AccuracyByCellCount =
            [
                .. Enumerable.Range(0, _cellCounts.Length).Where(i => GroupCountOf(i) > 0)
                    .Select(i => new VerdictAccuracy(_cellCounts[i], GroupCountOf(i), Mean(_right[i], once)!.Value, IntervalOf(i))),
            ],
        };

        int GroupCountOf(int i) => _right[i].Count(share => !double.IsNaN(share));

        ConfidenceInterval? IntervalOf(int i) => GroupCountOf(i) < 2 ? null : Bootstrap.IntervalOf(resampled[i]);
    }

    private GroupVerdict VerdictOf(int group)
    {
        double[] sum = SumOfScores(group);
        int verdict = ScoredCells.Highest(sum);
        return new(_cells.GroupNames![group], _members[group].Length, _cells.ClassNames[_classes[group]], _cells.ClassNames[verdict], sum[verdict] / _members[group].Length);
    }

    private void Judge(int group, int draws, CellRandom random)
    {
        int[] members = _members[group];
        double verdict = ScoredCells.Highest(SumOfScores(group)) == _classes[group] ? 1 : 0;
        _right[^1][group] = verdict;
        int drawn = _cellCounts.Count(count => count < members.Length);
        if (drawn < _cellCounts.Length && _cellCounts[drawn] == members.Length)
            _right[drawn][group] = verdict;
        if (drawn == 0)
            return;

        // The first cells of a random order serve for the smaller numbers as well.
        int[] order = [.. members], right = new int[drawn];
        double[] sum = new double[_cells.ClassCount];
        for (int draw = 0; draw < draws; draw++)
        {
            Array.Clear(sum);
            for (int i = 0, next = 0; next < drawn; i++)
            {
                int other = random.Count(i, order.Length - 1);
                (order[i], order[other]) = (order[other], order[i]);
                AddScores(sum, order[i]);
                if (i + 1 < _cellCounts[next])
                    continue;
                if (ScoredCells.Highest(sum) == _classes[group])
                    right[next]++;
                next++;
            }
        }
        for (int i = 0; i < drawn; i++)
            _right[i][group] = (double)right[i] / draws;
    }

    private double[] SumOfScores(int group)
    {
        double[] sum = new double[_cells.ClassCount];
        foreach (int cell in _members[group])
            AddScores(sum, cell);
        return sum;
    }

    private void AddScores(double[] sum, int cell)
    {
        ReadOnlySpan<double> scores = _cells.ScoresOf(cell);
        for (int i = 0; i < sum.Length; i++)
            sum[i] += scores[i];
    }

    private int ClassOf(int[] members)
        => members.All(cell => _cells.ClassOf(cell) == _cells.ClassOf(members[0])) ? _cells.ClassOf(members[0]) : Mixed;

    private static double? Mean(double[] shares, int[] times)
    {
        double sum = 0;
        int count = 0;
        for (int group = 0; group < shares.Length; group++)
        {
            if (times[group] > 0 && !double.IsNaN(shares[group]))
            {
                sum += times[group] * shares[group];
                count += times[group];
            }
        }
        return count == 0 ? null : sum / count;
    }
}
