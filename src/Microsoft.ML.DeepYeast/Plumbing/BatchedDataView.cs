using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// A data view with the columns of an <see cref="IBatchModel"/> added. A cursor reads up to a batch of rows from one source cursor, runs
/// the model once and then hands the rows out; meanwhile another thread reads the next batch from the same source cursor. There is no second,
/// look-ahead cursor, which would run stateful sources twice.
/// </summary>
internal sealed class BatchedDataView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly IBatchModel _model;
    private readonly DataViewSchema.Column _input;
    private readonly ColumnBindings _bindings;

    public BatchedDataView(IHost host, IDataView source, IBatchModel model)
    {
        (_host, _source, _model) = (host, source, model);
        _input = model.FindInput(source.Schema);
        _bindings = new(source.Schema, model.CreateOutputColumns(source.Schema));
    }

    public DataViewSchema Schema => _bindings.Schema;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
            active[column.Index] = true;

        bool scoring = false;
        var needed = new HashSet<int>();
        for (int i = 0; i < active.Length; i++)
        {
            int index = _bindings.MapColumnIndex(out bool fromSource, i);
            if (active[i] && fromSource)
                needed.Add(index);
            scoring |= active[i] && !fromSource;
        }
        DataViewRowCursor rows = _source.GetRowCursor(_source.Schema.Where(column => needed.Contains(column.Index) || (scoring && column.Index == _input.Index)), rand);
        return new Cursor(this, rows, active, needed, scoring);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursorBase
    {
        private const int UnscoredRows = 64;

        private readonly BatchedDataView _view;
        private readonly DataViewRowCursor _rows;
        private readonly bool[] _active;
        private readonly int _batchSize;
        // Where rows are scored there is room for two batches: one is handed out while the other is read.
        private readonly Dictionary<int, RowBuffer> _buffers;
        private readonly DataViewRowId[] _ids;
        private readonly ValueGetter<DataViewRowId> _getId;
        private readonly ValueGetter<VBuffer<float>>? _getInput;
        private readonly float[][] _inputs;
        private readonly float[] _outputs;
        private VBuffer<float> _inputBuffer;
        private Task<int>? _reading;   // the number of rows of the next batch
        private int _start;            // where the current batch lies: 0 or the batch size
        private int _count;
        private int _index;
        private volatile bool _abandoned;   // nobody wants the batch that is being read

        public Cursor(BatchedDataView view, DataViewRowCursor rows, bool[] active, HashSet<int> needed, bool scoring) : base(view._host)
        {
            (_view, _rows, _active, _batchSize) = (view, rows, active, scoring ? view._model.BatchSize : UnscoredRows);
            int room = (scoring ? 2 : 1) * _batchSize;
            _buffers = needed.ToDictionary(index => index, index => RowBuffer.Create(rows, view._source.Schema[index], room));
            _getId = rows.GetIdGetter();
            _ids = new DataViewRowId[room];
            _getInput = scoring ? rows.GetGetter<VBuffer<float>>(view._input) : null;
            _inputs = scoring ? [new float[_batchSize * view._model.InputSize], new float[_batchSize * view._model.InputSize]] : [];
            _outputs = scoring ? new float[_batchSize * view._model.OutputSize] : [];
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentRow()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.CheckParam(column.Index < _active.Length && _active[column.Index], nameof(column), "requested column is not active");
            int index = _view._bindings.MapColumnIndex(out bool fromSource, column.Index);
            Delegate getter = fromSource ? _buffers[index].CreateGetter(CurrentRow) : _view._model.CreateGetter(index, CurrentOutput);
            return getter as ValueGetter<TValue>
                ?? throw Ch.Except($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
        }

        protected override bool MoveNextCore()
        {
            if (++_index < _count)
                return true;
            if (_reading is null)
                _count = Read(_start);
            else
            {
                _count = _reading.GetAwaiter().GetResult();
                _start = OtherStart;
            }
            _index = 0;
            int next = OtherStart;
            // The last batch is not followed by another; and rows that are not scored are not worth a thread.
            _reading = _getInput is null ? null : _count == _batchSize ? Task.Run(() => Read(next)) : Task.FromResult(0);
            if (_count > 0 && _getInput is not null)
                _view._model.Score(_inputs[_start / _batchSize], _count, _outputs);
            return _count > 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _abandoned = true;
                if (_reading is not null)
                {
                    Task.WaitAny(_reading);
                    _ = _reading.Exception;   // looked at, or the runtime would report it as forgotten
                }
                _rows.Dispose();
            }
            base.Dispose(disposing);
        }

        private int OtherStart => _batchSize - _start;

        /// <summary>Reads a batch, and gives the number of its rows, fewer than its size where the source ends.</summary>
        private int Read(int start)
        {
            int count = 0;
            while (count < _batchSize && !_abandoned && _rows.MoveNext())
                Store(start, count++);
            return count;
        }

        private void Store(int start, int row)
        {
            _getId(ref _ids[start + row]);
            foreach (RowBuffer buffer in _buffers.Values)
                buffer.Store(start + row);
            if (_getInput is not null)
            {
                int size = _view._model.InputSize;
                _getInput(ref _inputBuffer);
                FeatureValues.CopyTo(_inputBuffer, _inputs[start / _batchSize].AsSpan(row * size, size), _view._input, _rows);
            }
        }

        private int CurrentRow()
        {
            Ch.Check(IsGood, RowCursorUtils.FetchValueStateError);
            return _start + _index;
        }

        private ReadOnlyMemory<float> CurrentOutput() => _outputs.AsMemory((CurrentRow() - _start) * _view._model.OutputSize, _view._model.OutputSize);
    }
}
