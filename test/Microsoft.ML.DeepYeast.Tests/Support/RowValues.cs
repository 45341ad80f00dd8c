namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Reads and compares values of columns of any type.</summary>
internal static class RowValues
{
    /// <summary>A function that reads the current row's value of a column; a vector becomes an array, an image its size and pixels.</summary>
    public static Func<object?> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        bool vector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
        string name = vector ? nameof(VectorReader) : nameof(ValueReader);
        var method = typeof(RowValues).GetMethod(name, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return (Func<object?>)method.MakeGenericMethod(vector ? raw.GenericTypeArguments[0] : raw).Invoke(null, [row, column])!;
    }

    /// <summary>Floats agree within 1e-6, doubles within 1e-9, everything else exactly.</summary>
    public static bool Same(object? first, object? second) => (first, second) switch
    {
        (float a, float b) => a.Equals(b) || Math.Abs(a - b) <= 1e-6,
        (double a, double b) => a.Equals(b) || Math.Abs(a - b) <= 1e-9,
        (Array a, Array b) => a.Length == b.Length && Enumerable.Range(0, a.Length).All(i => Same(a.GetValue(i), b.GetValue(i))),
        _ => Equals(first, second),
    };

    /// <summary>The row ids that a cursor over these columns gives.</summary>
    public static DataViewRowId[] Ids(IDataView view, IEnumerable<DataViewSchema.Column> columns)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        ValueGetter<DataViewRowId> get = cursor.GetIdGetter();
        var ids = new List<DataViewRowId>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            get(ref id);
            ids.Add(id);
        }
        return [.. ids];
    }

    private static Func<object?> ValueReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            get(ref value);
            return value switch
            {
                ReadOnlyMemory<char> text => text.ToString(),
                MLImage image => $"{image.Width} x {image.Height}: {Convert.ToHexString(image.Pixels)}",
                _ => value,
            };
        };
    }

    private static Func<object?> VectorReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            get(ref value);
            T[] values = [.. value.DenseValues()];
            return values is ReadOnlyMemory<char>[] texts ? texts.Select(text => text.ToString()).ToArray() : values;
        };
    }
}
