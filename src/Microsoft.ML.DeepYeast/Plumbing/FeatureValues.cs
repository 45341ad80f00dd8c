using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The values of a vector column, row by row.</summary>
internal static class FeatureValues
{
    /// <summary>Copies a row's values out of ML.NET's buffer.</summary>
    /// <exception cref="InvalidOperationException">There are more or fewer than the column's type says, as where an object's array is null.</exception>
    public static void CopyTo<T>(in VBuffer<T> buffer, Span<T> values, DataViewSchema.Column column, DataViewRow row)
    {
        if (buffer.Length != values.Length)
            throw new InvalidOperationException($"Column '{column.Name}' has {buffer.Length} values at row {row.Position}, but its type says {values.Length}. Give every row all of its values, or leave the row out.");
        buffer.CopyTo(values);
    }

    public static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }
        return true;
    }
}
