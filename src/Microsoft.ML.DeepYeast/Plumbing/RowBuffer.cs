using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Keeps the values of one column for a batch of rows.</summary>
internal abstract class RowBuffer
{
    /// <summary>A buffer for a column of any type.</summary>
    public static RowBuffer Create(DataViewRow rows, DataViewSchema.Column column, int size)
    {
        Type type = column.Type.RawType;
        Type buffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(VectorBuffer<>).MakeGenericType(type.GenericTypeArguments)
            : typeof(ValueBuffer<>).MakeGenericType(type);
        return (RowBuffer)Activator.CreateInstance(buffer, rows, column, size)!;
    }

    /// <summary>Copies the source's current value to a row of the batch.</summary>
    public abstract void Store(int row);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the value at the row that <paramref name="current"/> names.</summary>
    public abstract Delegate CreateGetter(Func<int> current);

    private sealed class ValueBuffer<T>(DataViewRow rows, DataViewSchema.Column column, int size) : RowBuffer
    {
        private readonly ValueGetter<T> _get = rows.GetGetter<T>(column);
        private readonly T[] _values = new T[size];

        public override void Store(int row) => _get(ref _values[row]);

        public override Delegate CreateGetter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = _values[current()]);
    }

    // A vector is copied on the way out: the consumer may write into the buffer that it gets.
    private sealed class VectorBuffer<T>(DataViewRow rows, DataViewSchema.Column column, int size) : RowBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _get = rows.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[size];

        public override void Store(int row) => _get(ref _values[row]);

        public override Delegate CreateGetter(Func<int> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
    }
}
