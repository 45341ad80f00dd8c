using Microsoft.ML.Data;
using static Microsoft.ML.Data.AnnotationUtils;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>A key column that holds classes: its number of classes, their names, and its values as class indices.</summary>
internal static class LabelColumn
{
    /// <summary>Checks that the column exists and is a key with at least two values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not; the message says what it is and what to do.</exception>
    public static (DataViewSchema.Column Column, int ClassCount) Check(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw ColumnErrors.Missing(schema, "label", name);
        if (column.Type is not KeyDataViewType key)
        {
            throw ColumnErrors.Mismatch(
                $"Label column '{name}' is {column.Type} but must be a key. Put Conversion.MapValueToKey(\"{name}\") before the trainer.");
        }
        if (key.Count is < 2 or > int.MaxValue)
        {
            throw ColumnErrors.Mismatch(
                $"Label column '{name}' is a key with {key.Count} values but a classifier needs at least 2 classes. " +
                "Check the labels of the data on which MapValueToKey was fitted.");
        }
        return (column, (int)key.Count);
    }

    /// <summary>A step that makes of a text column a key of these classes, in their order.</summary>
    public static IEstimator<ITransformer> MapToKeys(MLContext mlContext, string name, IReadOnlyList<string> classNames) => mlContext.Transforms.Conversion.MapValueToKey(
        name, keyData: mlContext.Data.LoadFromEnumerable(classNames.Select(className => new ClassName { Value = className })));

    /// <summary>The key values of a label column as a vector annotation, if it has them.</summary>
    public static bool TryGetValues(DataViewSchema.Column label, out VectorDataViewType type)
    {
        type = (label.Annotations.Schema.GetColumnOrNull(Kinds.KeyValues)?.Type as VectorDataViewType)!;
        return type is not null && label.Type is KeyDataViewType key && type.Size == (int)key.Count;
    }

    /// <summary>A getter of the class index, from 0; NaN where the label is missing.</summary>
    public static ValueGetter<float> GetClassIndex(DataViewRow row, DataViewSchema.Column label) => RowCursorUtils.GetLabelGetter(row, label.Index);

    private sealed class ClassName
    {
        public required string Value { get; init; }
    }
}
