using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Splits rows so that those of one group stay together.</summary>
internal static class GroupSplit
{
    // Below this a change of the misfit is rounding: a row more or less in a part of 10^6 rows is 10^-6.
    private const double SmallestGain = 1e-9;
    // Code of a row in its group's counts; that of its class is 1 and more.
    private const int AnyRow = 0;

    public static DataOperationsCatalog.TrainTestData TrainTest(
        IHostEnvironment environment, IDataView data, string groupColumnName, double testFraction, string? labelColumnName, int? seed)
    {
        if (testFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, FormattableString.Invariant($"{nameof(testFraction)} is {testFraction} but must be above 0 and below 1."));
        (GroupColumn groups, GroupCounts counts) = Read(data, groupColumnName, labelColumnName);
        int[] parts = Deal(counts, [1 - testFraction, testFraction], RandomOf(environment, seed));
        return GroupFilterView.Split(data, groups, [.. parts.Select(part => part == 1)]);
    }

    public static IReadOnlyList<DataOperationsCatalog.TrainTestData> CrossValidation(
        IHostEnvironment environment, IDataView data, string groupColumnName, int numberOfFolds, string? labelColumnName, int? seed)
    {
        if (numberOfFolds < 2)
            throw new ArgumentOutOfRangeException(nameof(numberOfFolds), numberOfFolds, FormattableString.Invariant($"{nameof(numberOfFolds)} is {numberOfFolds} but must be at least 2."));
        (GroupColumn groups, GroupCounts counts) = Read(data, groupColumnName, labelColumnName);
        if (groups.Count < numberOfFolds)
        {
            throw new InvalidOperationException(
                $"Column '{groupColumnName}' has {groups.Count} groups, too few for {numberOfFolds} folds, each of which needs one. Take at most {groups.Count} folds, or a column with more values.");
        }
        int[] parts = Deal(counts, [.. Enumerable.Repeat(1.0 / numberOfFolds, numberOfFolds)], RandomOf(environment, seed));
        return [.. Enumerable.Range(0, numberOfFolds).Select(fold => GroupFilterView.Split(data, groups, [.. parts.Select(part => part == fold)]))];
    }

    /// <summary>
    /// Deals groups out to parts, in an order drawn at random, each to the part that it fits best, and then moves single groups from part to part until no
    /// such move is a gain. What is made small is the sum, over the parts and over all rows and the rows of each class, of the squared number of rows too many or too few
    /// divided by the right number (Pearson's chi-squared). No part stays empty.
    /// </summary>
    /// <param name="counts">For each group the number of its rows, and of those of each class.</param>
    /// <param name="shares">The share of each part, which sum to 1; there are at least as many groups as parts.</param>
    /// <param name="random">Draws the order.</param>
    /// <returns>The part of each group.</returns>
    internal static int[] Deal(GroupCounts counts, double[] shares, CellRandom random)
    {
        int[] order = random.Permutation(counts.GroupCount);
        var table = new PartTable(counts, shares);
        foreach (int group in order)
            table.Put(group, BestPart(table, group).Part);
        for (int part = 0; part < shares.Length; part++)
        {
            if (table.GroupCountOf(part) == 0)
                table.Put(order.Where(table.MayLeave).MinBy(group => table.CostOfEntering(group, part) + table.CostOfLeaving(group)), part);
        }
        bool moved = true;
        while (moved)
        {
            moved = false;
            foreach (int group in order.Where(table.MayLeave))
            {
                (int part, double cost) = BestPart(table, group);
                if (cost + table.CostOfLeaving(group) < -SmallestGain)
                {
                    table.Put(group, part);
                    moved = true;
                }
            }
        }
        return table.Parts;
    }

    /// <summary>The part, other than its own, that a group adds least misfit to.</summary>
    private static (int Part, double Cost) BestPart(PartTable table, int group)
    {
        (int Part, double Cost) best = (-1, double.PositiveInfinity);
        for (int part = 0; part < table.Count; part++)
        {
            if (part != table.Parts[group] && table.CostOfEntering(group, part) is var cost && cost < best.Cost)
                best = (part, cost);
        }
        return best;
    }

    private static (GroupColumn Groups, GroupCounts Counts) Read(IDataView data, string groupColumnName, string? labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(groupColumnName);
        GroupColumn groups = GroupColumn.Find(data.Schema, "group", groupColumnName);
        GroupColumn? labels = labelColumnName is null ? null : GroupColumn.Find(data.Schema, "label", labelColumnName);
        var occurrences = new List<(int, int)>();
        long rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor(labels is null ? [groups.Column] : [groups.Column, labels.Column]))
        {
            Func<int> getGroup = groups.CreateReader(cursor);
            Func<int>? getLabel = labels?.CreateReader(cursor);
            for (; cursor.MoveNext(); rows++)
            {
                int group = getGroup();
                if (group == GroupColumn.Missing)
                    throw groups.ErrorOfMissing(cursor);
                occurrences.Add((group, AnyRow));
                if (getLabel?.Invoke() is >= 0 and int label)
                    occurrences.Add((group, AnyRow + 1 + label));
            }
        }
        if (rows == 0)
            throw new InvalidOperationException("There is no row to split. Check the file and its filters.");
        if (groups.Count == 1)
        {
            throw new InvalidOperationException(
                $"All {rows} rows have the value '{groups.NameOf(0)}' in column '{groupColumnName}', so there is one group, which cannot be on both sides of a split. Take a column with more values.");
        }
        return (groups, new(occurrences, groups.Count));
    }

    private static CellRandom RandomOf(IHostEnvironment environment, int? seed) => new((uint)CatalogEnvironment.SeedOf(environment, seed));

    /// <summary>Which part each group is in, and how many rows of each code each part has.</summary>
    private sealed class PartTable
    {
        private const int None = -1;

        private readonly GroupCounts _counts;
        private readonly double[] _shares;
        private readonly int[] _totals;   // rows of each code
        private readonly int[][] _rows;   // by part and code
        private readonly int[] _groups;   // by part

        public PartTable(GroupCounts counts, double[] shares)
        {
            (_counts, _shares, _totals) = (counts, shares, new int[counts.CodeCount]);
            for (int group = 0; group < counts.GroupCount; group++)
                counts.AddTo(_totals, group, 1);
            _rows = [.. shares.Select(_ => new int[counts.CodeCount])];
            _groups = new int[shares.Length];
            Parts = new int[counts.GroupCount];
            Array.Fill(Parts, None);
        }

        /// <summary>The part of each group.</summary>
        public int[] Parts { get; }

        public int Count => _shares.Length;

        public int GroupCountOf(int part) => _groups[part];

        public bool MayLeave(int group) => _groups[Parts[group]] > 1;

        public void Put(int group, int part)
        {
            if (Parts[group] is not None and int before)
            {
                _counts.AddTo(_rows[before], group, -1);
                _groups[before]--;
            }
            _counts.AddTo(_rows[part], group, 1);
            _groups[part]++;
            Parts[group] = part;
        }

        // With a part's n rows and t the right number: ((n + x - t)^2 - (n - t)^2) / t = x (x + 2 n) / t - 2 x.
        // What a group takes from one part it brings to another, so the 2 x are left out on both sides.
        public double CostOfEntering(int group, int part) => Cost(group, part, 1);

        public double CostOfLeaving(int group) => Cost(group, Parts[group], -1);

        private double Cost(int group, int part, int sign)
        {
            ReadOnlySpan<int> codes = _counts.CodesOf(group), numbers = _counts.CountsOf(group);
            double sum = 0;
            for (int i = 0; i < codes.Length; i++)
                sum += numbers[i] * (numbers[i] + sign * 2.0 * _rows[part][codes[i]]) / (_shares[part] * _totals[codes[i]]);
            return sum;
        }
    }
}
