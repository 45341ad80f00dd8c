using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>The cells of a view with predictions: classes, scores and groups, read in one pass.</summary>
internal sealed class ScoredCells
{
    // How far the sum of a cell's scores may be from 1. Networks in bfloat16 come within 2^-8; scores that are no probabilities are far off.
    private const double SumTolerance = 0.01;

    private readonly List<double> _scores = [];
    private readonly List<int> _classes = [];
    private readonly List<int> _groups = [];

    private ScoredCells(IReadOnlyList<string> classNames) => ClassNames = classNames;

    public IReadOnlyList<string> ClassNames { get; }

    public int ClassCount => ClassNames.Count;

    /// <summary>Number of cells.</summary>
    public int Count => _classes.Count;

    /// <summary>Number of rows without a label.</summary>
    public int SkippedCount { get; private set; }

    /// <summary>Names of the groups, in the order in which they came; null where there is no group column.</summary>
    public IReadOnlyList<string>? GroupNames { get; private set; }

    public int ClassOf(int cell) => _classes[cell];

    public int GroupOf(int cell) => _groups[cell];

    /// <summary>A probability for each class.</summary>
    public ReadOnlySpan<double> ScoresOf(int cell) => CollectionsMarshal.AsSpan(_scores).Slice(cell * ClassCount, ClassCount);

    /// <summary>The class of the highest score, or of the highest sum of scores; the first of them where several are equal.</summary>
    public static int Highest(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return best;
    }

    /// <summary>Reads every row that has a label.</summary>
    /// <param name="predictions">The rows.</param>
    /// <param name="options">Which columns they are, and what ends the reading.</param>
    /// <param name="visitor">Looks at each of these rows on the way; null for nobody.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or the label and the scores have other classes.</exception>
    /// <exception cref="InvalidOperationException">There is no row with a label, or a row has scores that are no probabilities, or no group.</exception>
    public static ScoredCells Read(IDataView predictions, CellEvaluationOptions options, ICellVisitor? visitor = null)
    {
        (DataViewSchema.Column score, IReadOnlyList<string> classNames) = ScoreColumns.Find(predictions.Schema, options.ScoreColumnName, orDoubles: true);
        (DataViewSchema.Column label, _) = LabelColumn.Check(predictions.Schema, options.LabelColumnName);
        int[] slots = MatchClasses(label, score, classNames);
        GroupColumn? groups = options.GroupColumnName is null ? null : GroupColumn.Find(predictions.Schema, "group", options.GroupColumnName);

        var cells = new ScoredCells(classNames);
        DataViewSchema.Column[] columns = [score, label, .. groups is null ? [] : new[] { groups.Column }, .. visitor?.Columns ?? []];
        using (DataViewRowCursor cursor = predictions.GetRowCursor(columns))
        {
            visitor?.Open(cursor);
            ValueGetter<float> getClass = LabelColumn.GetClassIndex(cursor, label);
            Action<double[]> getScores = ((VectorDataViewType)score.Type).ItemType == NumberDataViewType.Double ? ScoreReader<double>(cursor, score) : ScoreReader<float>(cursor, score);
            Func<int>? getGroup = groups?.CreateReader(cursor);
            double[] scores = new double[classNames.Count];
            float index = 0;
            while (cursor.MoveNext())
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                getClass(ref index);
                if (float.IsNaN(index))
                {
                    cells.SkippedCount++;
                    continue;
                }
                getScores(scores);
                Check(scores, score, cursor);
                if (getGroup is not null)
                {
                    int group = getGroup();
                    cells._groups.Add(group != GroupColumn.Missing ? group : throw groups!.ErrorOfMissing(cursor));
                }
                cells._classes.Add(slots[(int)index]);
                cells._scores.AddRange(scores);
                visitor?.Visit(cells._classes[^1], scores);
            }
        }
        if (cells.Count == 0)
        {
            throw new InvalidOperationException(
                $"There is no cell to evaluate: {cells.SkippedCount} rows lack a label in column '{label.Name}', and there is no other. Check the data, its filters, and whether the model knows its classes ({string.Join(", ", classNames)}).");
        }
        cells.GroupNames = groups is null ? null : [.. Enumerable.Range(0, groups.Count).Select(groups.NameOf)];
        return cells;
    }

    /// <summary>The slot of the scores for each key of the label: by name where both have names, else by number.</summary>
    private static int[] MatchClasses(DataViewSchema.Column label, DataViewSchema.Column score, IReadOnlyList<string> classNames)
    {
        ClassLabels labels = ClassLabels.Of(label);
        int[] slots = [.. Enumerable.Range(0, labels.Count)];
        bool bothNamed = labels.Names is not null && ClassLabels.NamesOf(score) is not null;
        if (bothNamed && !labels.Names!.SequenceEqual(classNames))
        {
            slots = [.. labels.Names!.Select(name => Array.IndexOf([.. classNames], name))];
            string[] unscored = [.. labels.Names!.Except(classNames)], unlabelled = [.. classNames.Except(labels.Names!)];
            if (unscored.Length + unlabelled.Length > 0)
            {
                throw ColumnErrors.Mismatch(
                    $"The classes of label column '{label.Name}' are not those of score column '{score.Name}'. {OnlyIn("the label", unscored)}{OnlyIn("the scores", unlabelled)}" +
                    "Let the model itself map the labels, or give MapValueToKey the model's classes as keyData.");
            }
        }
        if (labels.Count != classNames.Count)
        {
            throw ColumnErrors.Mismatch(
                $"Label column '{label.Name}' has {labels.Count} classes but score column '{score.Name}' has {classNames.Count} scores. Evaluate with the labels of the model's training.");
        }
        return slots;

        static string OnlyIn(string where, string[] names) => names.Length == 0 ? "" : $"Only in {where}: {string.Join(", ", names.Select(name => $"'{name}'"))}. ";
    }

    private static Action<double[]> ScoreReader<T>(DataViewRow row, DataViewSchema.Column score) where T : struct, INumber<T>
    {
        ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(score);
        VBuffer<T> buffer = default;
        return scores =>
        {
            get(ref buffer);
            int i = 0;
            foreach (T value in buffer.DenseValues())
                scores[i++] = double.CreateChecked(value);
        };
    }

    private static void Check(double[] scores, DataViewSchema.Column column, DataViewRow row)
    {
        if (scores.Any(double.IsNaN))
        {
            throw new InvalidOperationException(
                $"Row {row.Position + 1} has scores of NaN in column '{column.Name}', as a model gives them to a cell whose features are not finite. " +
                $"Leave such rows out with Data.FilterRowsByMissingValues(predictions, \"{column.Name}\").");
        }
        double sum = scores.Sum();
        if (scores.Any(score => score is < 0 or > 1 + SumTolerance) || Math.Abs(sum - 1) > SumTolerance)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Row {row.Position + 1} has scores in column '{column.Name}' that are no probabilities: the lowest is {scores.Min():G4}, the highest {scores.Max():G4}, their sum {sum:G4}. ") +
                "Evaluate a model that gives each class a probability, such as those of DeepYeast.");
        }
    }
}
