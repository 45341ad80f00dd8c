using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// A column whose equal values say that rows belong together: text, keys, numbers, truth values or times. What counts is the value itself, not a range or a hash code
/// that it shares with others. Values are numbered from 0 as they are met.
/// </summary>
internal abstract class GroupColumn
{
    /// <summary>What stands for a value that is missing: empty text, a key of 0, a NaN.</summary>
    public const int Missing = -1;

    private readonly IReadOnlyList<string>? _keyNames;

    private GroupColumn(DataViewSchema.Column column)
        => (Column, _keyNames) = (column, column.Type is KeyDataViewType ? ClassLabels.Of(column).Names : null);

    public DataViewSchema.Column Column { get; }

    /// <summary>Number of different values met so far.</summary>
    public abstract int Count { get; }

    /// <summary>Finds the column.</summary>
    /// <param name="schema">Where to look for it.</param>
    /// <param name="role">What the column is for, for messages.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this name, or its values cannot be compared.</exception>
    public static GroupColumn Find(DataViewSchema schema, string role, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw ColumnErrors.Missing(schema, role, name);
        if (column.Type is not PrimitiveDataViewType)
        {
            throw ColumnErrors.Mismatch(
                $"The {role} column '{name}' is {column.Type} but must be text, a key or a number, one value a row, since rows of equal values are put together.");
        }
        return (GroupColumn)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(column.Type.RawType), column)!;
    }

    /// <summary>A getter of the number of the row's value. A value that was not met before gets the next number.</summary>
    public abstract Func<int> CreateReader(DataViewRow row);

    /// <summary>As <see cref="CreateReader"/>, for several threads at once.</summary>
    /// <remarks>The getter throws <see cref="InvalidOperationException"/> where a value was not met before.</remarks>
    public abstract Func<int> CreateLookup(DataViewRow row);

    /// <summary>The value as text.</summary>
    public abstract string NameOf(int index);

    /// <summary>The error for a row whose value is missing, where each row needs one.</summary>
    public InvalidOperationException ErrorOfMissing(DataViewRow row) => new(
        $"Row {row.Position + 1} has no value in column '{Column.Name}', so it is not known which rows it belongs to. Give each row a value there, or leave out those without one.");

    private sealed class Typed<T>(DataViewSchema.Column column) : GroupColumn(column) where T : notnull
    {
        private readonly Dictionary<T, int> _indices = new(typeof(T) == typeof(ReadOnlyMemory<char>) ? (IEqualityComparer<T>)(object)new TextComparer() : null);
        private readonly List<T> _values = [];
        private readonly bool _isKey = column.Type is KeyDataViewType;

        public override int Count => _values.Count;

        public override Func<int> CreateReader(DataViewRow row) => Create(row, (value, _) =>
        {
            T kept = value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value;   // the row's own text may be gone with the row
            _indices.Add(kept, _values.Count);
            _values.Add(kept);
            return _values.Count - 1;
        });

        public override Func<int> CreateLookup(DataViewRow row) => Create(row, (value, position) => throw new InvalidOperationException(
            $"Row {position + 1} has the value '{TextOf(value)}' in column '{Column.Name}', which no row had when the rows were split. Give the split rows that stay the same, for example Data.Cache of them."));

        public override string NameOf(int index) => TextOf(_values[index]);

        private Func<int> Create(DataViewRow row, Func<T, long, int> indexOfNew)
        {
            ValueGetter<T> get = row.GetGetter<T>(Column);
            T value = default!;
            return () =>
            {
                get(ref value);
                if (IsMissing(value))
                    return Missing;
                return _indices.TryGetValue(value, out int index) ? index : indexOfNew(value, row.Position);
            };
        }

        private bool IsMissing(T value) => value switch
        {
            ReadOnlyMemory<char> text => text.IsEmpty,
            float number => float.IsNaN(number),
            double number => double.IsNaN(number),
            _ => _isKey && EqualityComparer<T>.Default.Equals(value, default),
        };

        private string TextOf(T value)
            => _keyNames is null ? FormattableString.Invariant($"{value}") : _keyNames[Convert.ToInt32(value, CultureInfo.InvariantCulture) - 1];
    }

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode([DisallowNull] ReadOnlyMemory<char> obj) => string.GetHashCode(obj.Span);
    }
}
