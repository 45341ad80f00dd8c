using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// The rows of a view that belong to some of its groups. They are picked by their value as they are read, so that nothing hangs on the order of the rows.
/// </summary>
internal sealed class GroupFilterView : IDataView
{
    private readonly IDataView _source;
    private readonly GroupColumn _groups;
    private readonly bool[] _kept;   // by number of the group

    private GroupFilterView(IDataView source, GroupColumn groups, bool[] kept) => (_source, _groups, _kept) = (source, groups, kept);

    /// <summary>Two views: the rows of some groups, and the other rows.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="groups">The column that says to which group a row belongs, which has met all of its values.</param>
    /// <param name="isTest">By number of the group.</param>
    public static DataOperationsCatalog.TrainTestData Split(IDataView source, GroupColumn groups, bool[] isTest)
        => new(new GroupFilterView(source, groups, [.. isTest.Select(test => !test)]), new GroupFilterView(source, groups, isTest));

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = Active(columnsNeeded);
        return new Cursor(this, _source.GetRowCursor(Read(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = Active(columnsNeeded);
        return [.. _source.GetRowCursorSet(Read(active), n, rand).Select(rows => new Cursor(this, rows, active))];
    }

    private bool[] Active(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
            active[column.Index] = true;
        return active;
    }

    private IEnumerable<DataViewSchema.Column> Read(bool[] active) => Schema.Where(column => active[column.Index] || column.Index == _groups.Column.Index);

    private sealed class Cursor(GroupFilterView view, DataViewRowCursor rows, bool[] active) : DataViewRowCursor
    {
        private readonly Func<int> _getGroup = view._groups.CreateLookup(rows);
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => rows.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => IsColumnActive(column) ? rows.GetGetter<TValue>(column) : throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' was not asked for when the cursor was opened.");

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                int group = _getGroup();
                if (group == GroupColumn.Missing)
                    throw view._groups.ErrorOfMissing(rows);
                if (view._kept[group])
                {
                    _position++;
                    return true;
                }
            }
            _position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
