using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Evaluation;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The cells of an experiment: in memory once, with what each trial trains on and what is held out to judge it.</summary>
internal sealed class ExperimentCells : IDisposable
{
    private readonly long[] _heldClasses;

    /// <param name="training">Cells to train on; owned from now on.</param>
    /// <param name="held">Cells to judge by, the same where folds hold parts of them out; owned from now on.</param>
    /// <param name="folds">Which rows are trained on and which are held out.</param>
    /// <param name="groupsOfHeld">The group of each row of <paramref name="held"/>; null where rows stand for themselves.</param>
    public ExperimentCells(CellSet training, CellSet held, IReadOnlyList<Fold> folds, IReadOnlyList<int>? groupsOfHeld)
    {
        (Training, Held, Folds) = (training, held, folds);
        _heldClasses = held.Cells.Classes();
        HeldOut = new(
            [.. folds.SelectMany(fold => fold.HeldRows).Select(row => (int)_heldClasses[row])],
            groupsOfHeld is null ? null : (int[])[.. folds.SelectMany(fold => fold.HeldRows).Select(row => groupsOfHeld[row])],
            held.Labels.Count);
    }

    public CellSet Training { get; }

    public CellSet Held { get; }

    public IReadOnlyList<Fold> Folds { get; }

    /// <summary>Cells that one epoch on every fold trains on.</summary>
    public double CellsPerEpoch => Folds.Sum(fold => (double)fold.TrainingRows.Length);

    /// <summary>The held-out cells of all folds, one fold after the other.</summary>
    public HeldOutCells HeldOut { get; }

    /// <summary>Whether the held-out cells are cells to train on as well, once the choice is made.</summary>
    public bool HoldsOutTrainingCells => Training == Held;

    public int[] AllTrainingRows => [.. Enumerable.Range(0, Training.Cells.Count)];

    /// <summary>Rows of a set as a view with the features and the label; cells are unpacked as they are read.</summary>
    public static IDataView View(MLContext mlContext, CellSet set, int[] rows, string featureColumnName, string labelColumnName)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, set.Shape.Channels, set.Shape.Height, set.Shape.Width);
        set.Labels.Define(definition[nameof(Row.Label)]);
        definition[nameof(Row.Features)].ColumnName = featureColumnName;
        definition[nameof(Row.Label)].ColumnName = labelColumnName;
        long[] classes = set.Cells.Classes();
        return mlContext.Data.LoadFromEnumerable(set.Cells.Read(rows).Zip(rows, (features, row) => new Row { Features = features, Label = (uint)classes[row] }), definition);
    }

    public void Dispose()
    {
        Training.Cells.Dispose();
        if (!HoldsOutTrainingCells)
            Held.Cells.Dispose();
    }

    /// <summary>Deals cells out to parts, whole groups where there are any, with a like share of each class in each part.</summary>
    /// <returns>The part of each cell, from 0.</returns>
    public static int[] Deal(long[] classes, IReadOnlyList<int>? groups, int groupCount, int parts, CellRandom random)
    {
        double[] shares = [.. Enumerable.Repeat(1.0 / parts, parts)];
        if (groups is not null)
        {
            // Code 0 is that of any row.
            var counts = new GroupCounts(groups.SelectMany((group, row) => new[] { (group, 0), (group, 1 + (int)classes[row]) }), groupCount);
            int[] partOfGroup = GroupSplit.Deal(counts, shares, random);
            return [.. groups.Select(group => partOfGroup[group])];
        }
        int[] partOf = new int[classes.Length];
        int next = 0;
        foreach (int row in random.Permutation(classes.Length).OrderBy(row => classes[row]))   // which keeps the order within a class
            partOf[row] = next++ % parts;
        return partOf;
    }

    /// <summary>What one training of a trial sees.</summary>
    /// <param name="TrainingRows">Rows of the cells to train on.</param>
    /// <param name="HeldRows">Rows of the cells to judge by.</param>
    public sealed record Fold(int[] TrainingRows, int[] HeldRows);

    private sealed class Row
    {
        public float[] Features { get; init; } = [];

        public uint Label { get; init; }   // from 0, as ML.NET has keys in memory
    }
}
