using Microsoft.ML.Data;
using static Microsoft.ML.Data.AnnotationUtils;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Vectors of floats that say what each of their values is, as PermutationFeatureImportance wants to know.</summary>
internal static class SlotNames
{
    /// <summary>A column with a float for each name.</summary>
    public static DataViewSchema.DetachedColumn Floats(string columnName, IReadOnlyList<string> names)
    {
        ReadOnlyMemory<char>[] texts = [.. names.Select(name => name.AsMemory())];
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, texts.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) => new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts).CopyTo(ref value));
        return new(columnName, new VectorDataViewType(NumberDataViewType.Single, texts.Length), annotations.ToAnnotations());
    }

    /// <summary>The same column as an estimator promises it.</summary>
    public static SchemaShape.Column Floats(string columnName) => new(columnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false,
        new([new(Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, isKey: false)]));
}
