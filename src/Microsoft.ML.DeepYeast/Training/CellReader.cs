using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Reads cells and labels from a data view, once, and lays them on the device, or beside it.</summary>
internal sealed class CellReader(Run run, string featureColumnName, string labelColumnName, CellShape shape)
{
    private const int RowsPerReport = 256;

    /// <summary>Reads every row. Rows with a missing label or a feature that is not finite are skipped and counted in the log.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="device">Where the cells go.</param>
    /// <param name="role">"training" or "validation", for messages.</param>
    /// <param name="report">Called with the number of rows read so far.</param>
    /// <param name="groups">The column that says which rows belong together, and where their groups are put; null for none.</param>
    public TrainingCells Read(IDataView data, Device device, string role, Action<long> report, (GroupColumn Column, ICollection<int> OfRows)? groups = null)
    {
        DataViewSchema.Column features = data.Schema[featureColumnName], label = data.Schema[labelColumnName];
        using var store = new CellStore(shape);
        var classes = new List<long>();
        long missing = 0, notFinite = 0;

        using (DataViewRowCursor cursor = data.GetRowCursor(groups is null ? [features, label] : [features, label, groups.Value.Column.Column]))
        {
            Func<int>? getGroup = groups?.Column.CreateReader(cursor);
            var getFeatures = cursor.GetGetter<VBuffer<float>>(features);
            ValueGetter<float> getLabel = LabelColumn.GetClassIndex(cursor, label);
            VBuffer<float> buffer = default;
            float[] cell = new float[shape.Size];
            float index = 0;
            while (MoveNext(cursor))
            {
                run.ThrowIfCancelled();
                getLabel(ref index);
                if (float.IsNaN(index))
                {
                    missing++;
                    continue;
                }
                getFeatures(ref buffer);
                FeatureValues.CopyTo(buffer, cell, features, cursor);
                if (!FeatureValues.AreFinite(cell))
                {
                    notFinite++;
                    continue;
                }
                if (getGroup is not null)
                {
                    int group = getGroup();
                    groups!.Value.OfRows.Add(group != GroupColumn.Missing ? group : throw groups.Value.Column.ErrorOfMissing(cursor));
                }
                store.Add(cell);
                classes.Add((long)index);
                if (classes.Count % RowsPerReport == 0)
                    report(classes.Count);
            }
        }

        if (missing > 0)
            run.Warning($"Skipped {missing} {role} rows whose label in column '{labelColumnName}' is missing.");
        if (notFinite > 0)
            run.Warning($"Skipped {notFinite} {role} rows whose features in column '{featureColumnName}' are not all finite.");
        if (classes.Count == 0)
        {
            throw new InvalidOperationException(
                $"The {role} data has no usable row: {missing} rows lack a label in column '{labelColumnName}', {notFinite} have features in column " +
                $"'{featureColumnName}' that are not finite, and there is no other. Check the file, its filters and the label mapping.");
        }
        report(classes.Count);
        Device place = TrainingCells.Place(store.Size, device);
        if (place.type != device.type)
            run.Info($"The {store.Size / 1e9:F1} GB of {role} cells stay on the host, since {device} has no room for them beside the network.");
        return new(store.TakeTensor(place), tensor(classes, dtype: int64).to(place).DetachFromDisposeScope(), device);
    }

    // ML.NET reads ahead on other threads, and wraps what a step before the trainer has to say, such as the path of an image that it cannot read.
    private static bool MoveNext(DataViewRowCursor cursor)
    {
        try
        {
            return cursor.MoveNext();
        }
        catch (InvalidOperationException e) when (e.InnerException is InvalidOperationException inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}
