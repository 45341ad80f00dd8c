using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>Reads the cells of an experiment, splits them, and checks that the split can judge.</summary>
internal sealed class ExperimentReader(Run run, DeepYeastExperimentSettings settings, torch.Device device, string labelColumnName, Action<int> report)
{
    // Of so many parts one is held out. Of few cells (a fifth of them is less than 500, by whose accuracy of 0.95 two classifiers are told apart from 0.02 on) or few groups each part is in turn.
    private const int HoldoutParts = 5, FoldsOfFew = 3, Few = 2_500;

    /// <summary>Reads cells of which parts are held out.</summary>
    /// <param name="data">Rows with label and features.</param>
    /// <param name="groupColumnName">Column of groups that stay together; null for none.</param>
    /// <param name="folds">Number of folds; null for what suits the number of cells.</param>
    /// <param name="seed">Seed of the split.</param>
    public ExperimentCells Read(IDataView data, string? groupColumnName, int? folds, int seed)
    {
        (CellSet set, IReadOnlyList<int>? groups, int groupCount) = ReadSet(data, "training", groupColumnName);
        try
        {
            if (groups is not null && groupCount < 2)
            {
                throw new InvalidOperationException(
                    $"All {set.Cells.Count} rows have the same value in column '{groupColumnName}', so there is one group, which cannot be on both sides of a split. Take a column with more values, or none.");
            }
            int most = groups is null ? set.Cells.Count : groupCount;
            if (folds > most)
                throw new InvalidOperationException($"There are {folds} folds, but only {most} {(groups is null ? "rows" : $"groups in column '{groupColumnName}'")} to hold out. Take at most {most} folds.");
            int parts = folds ?? Math.Min(set.Cells.Count < Few ? FoldsOfFew : HoldoutParts, most);
            int held = folds ?? (set.Cells.Count < Few || most < HoldoutParts ? parts : 1);
            int[] partOf = ExperimentCells.Deal(set.Cells.Classes(), groups, groupCount, parts, new CellRandom((uint)seed));
            ExperimentCells.Fold[] all = [.. Enumerable.Range(0, held).Select(part => new ExperimentCells.Fold(RowsWhere(row => partOf[row] != part), RowsWhere(row => partOf[row] == part)))];
            return Checked(new(set, set, all, groups));

            int[] RowsWhere(Func<int, bool> condition) => [.. Enumerable.Range(0, partOf.Length).Where(condition)];
        }
        catch
        {
            set.Cells.Dispose();
            throw;
        }
    }

    /// <summary>Reads cells to train on, and others to judge by.</summary>
    public ExperimentCells Read(IDataView trainData, IDataView validationData, string? groupColumnName)
    {
        (CellSet set, _, _) = ReadSet(trainData, "training", groupColumnName: null);
        try
        {
            (CellSet held, IReadOnlyList<int>? groups, _) = ReadSet(validationData, "validation", groupColumnName);
            try
            {
                if (!held.Labels.Equals(set.Labels) || held.Shape != set.Shape)
                    throw ColumnErrors.Mismatch("The validation data has other classes or cells of another shape than the training data. Send both through the same fitted steps.");
                return Checked(new(set, held, [new([.. Enumerable.Range(0, set.Cells.Count)], [.. Enumerable.Range(0, held.Cells.Count)])], groups));
            }
            catch
            {
                held.Cells.Dispose();
                throw;
            }
        }
        catch
        {
            set.Cells.Dispose();
            throw;
        }
    }

    /// <summary>What an experiment on these cells must have in common with another one to go on with it.</summary>
    public Dictionary<string, string> IdentityOf(ExperimentCells cells, int seed) => new()
    {
        ["the training cells"] = Short(cells.Training.Cells.Hash()),
        ["the validation cells"] = cells.HoldsOutTrainingCells ? "some of the training cells" : Short(cells.Held.Cells.Hash()),
        ["the split"] = Short(SHA256.HashData(MemoryMarshal.AsBytes<int>([.. cells.Folds.SelectMany(fold => (int[])[.. fold.TrainingRows, -1, .. fold.HeldRows, -2]), .. cells.HeldOut.GroupOfCells ?? []]))),
        ["the label column"] = labelColumnName,
        ["option FeatureColumnName"] = settings.FeatureColumnName,
        ["the list of classes"] = cells.Training.Labels.Names is { } names ? string.Join(", ", names) : $"{cells.Training.Labels.Count}",
        ["option OptimizingMetric"] = $"{settings.OptimizingMetric}",
        ["option Trainers"] = string.Join(", ", settings.Trainers.Order()),
        ["option StartingNetwork"] = settings.StartingNetwork is null ? "null" : Short(NetworkStream.Hash(settings.StartingNetwork)),
        ["option StartingNetworkClassNames"] = settings.StartingNetworkClassNames is { } known ? string.Join(", ", known) : "null",
        ["option PretrainOnDrawnCells"] = $"{settings.PretrainOnDrawnCells}",
        ["option ReductionFactor"] = settings.ReductionFactor.ToString(CultureInfo.InvariantCulture),
        ["the precision"] = $"{settings.Precision.Resolve(device, training: true)}",
        ["the seed"] = seed.ToString(CultureInfo.InvariantCulture),
    };

    private (CellSet Set, IReadOnlyList<int>? Groups, int GroupCount) ReadSet(IDataView data, string role, string? groupColumnName)
    {
        (DataViewSchema.Column label, _) = LabelColumn.Check(data.Schema, labelColumnName);
        (_, CellShape shape) = FeatureColumn.Find(data.Schema, settings.FeatureColumnName);
        GroupColumn? groups = groupColumnName is null ? null : GroupColumn.Find(data.Schema, "group", groupColumnName);
        var ofRows = new List<int>();
        TrainingCells cells = new CellReader(run, settings.FeatureColumnName, labelColumnName, shape).Read(data, device, role, rows => report((int)rows), groups is null ? null : (groups, ofRows));
        return (new(cells, shape, ClassLabels.Of(label)), groups is null ? null : ofRows, groups?.Count ?? 0);
    }

    private static ExperimentCells Checked(ExperimentCells cells)
    {
        long[] classes = cells.Training.Cells.Classes(), held = cells.Held.Cells.Classes();
        for (int i = 0; i < cells.Folds.Count; i++)
        {
            ExperimentCells.Fold fold = cells.Folds[i];
            string name = cells.HoldsOutTrainingCells ? $"those held out in fold {i + 1}" : "the validation cells";
            long[] known = [.. fold.TrainingRows.Select(row => classes[row]).Distinct()], judged = [.. fold.HeldRows.Select(row => held[row]).Distinct()];
            if (judged.Length < 2)
            {
                throw new InvalidOperationException(
                    $"All {fold.HeldRows.Length} of {name} are of class '{NameOf(cells, judged[0])}', so they cannot judge a classifier. Hold out cells of all classes; a group column must not separate the classes.");
            }
            if (judged.Except(known).Any())
            {
                throw new InvalidOperationException(
                    $"Of {name} some are of classes that the training cells lack: {string.Join(", ", judged.Except(known).Select(index => $"'{NameOf(cells, index)}'"))}. Leave these classes out, or give training cells of them; a group column must not separate the classes.");
            }
        }
        return cells;
    }

    private static string NameOf(ExperimentCells cells, long index) => cells.Training.Labels.Names?[(int)index] ?? $"{index + 1}";

    private static string Short(ReadOnlySpan<byte> hash) => Convert.ToHexString(hash[..8]).ToLowerInvariant();
}
