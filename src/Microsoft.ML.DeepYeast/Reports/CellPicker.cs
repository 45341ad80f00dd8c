using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Evaluation;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Picks the cells that are shown while all are scored, so that no image is read a second time and only those that are shown stay in memory.</summary>
internal sealed class CellPicker : ICellVisitor
{
    // More do not become clearer on a picture of 720 pixels.
    private const int MostMappedCells = 1000;
    private const int CellsPerReport = 64;

    private readonly DataViewSchema.Column _features;
    private readonly DataViewSchema.Column? _path;
    private readonly Action<int>? _report;
    private readonly Reservoir<ShownCell>[] _examples;   // by class
    private readonly Reservoir<ShownCell> _mapped;
    private readonly MostConfident _right, _wrong;
    private DataViewRow _row = null!;
    private ValueGetter<VBuffer<float>> _getFeatures = null!;
    private ValueGetter<ReadOnlyMemory<char>>? _getPath;
    private VBuffer<float> _buffer;
    private int _count;

    /// <param name="features">The column of the cells.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="path">The column that names the images; null for none.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="options">How many cells are shown.</param>
    /// <param name="seed">Seed of the choice.</param>
    public CellPicker(DataViewSchema.Column features, CellShape shape, DataViewSchema.Column? path, int classes, CellReportOptions options, int seed)
    {
        (_features, Shape, _path, _report) = (features, shape, path, options.ProgressCallback);
        var random = new CellRandom((ulong)(uint)seed);
        _examples = [.. Enumerable.Range(0, classes).Select(_ => new Reservoir<ShownCell>(options.ExampleCellsPerClass, random))];
        _mapped = new(MostMappedCells, random);
        (_right, _wrong) = (new(options.ExplainedCells, classes), new(options.ExplainedCells, classes));
    }

    public IEnumerable<DataViewSchema.Column> Columns => _path is { } path ? [_features, path] : [_features];

    /// <summary>The shape of the cells.</summary>
    public CellShape Shape { get; }

    /// <summary>Some cells of a class, by row.</summary>
    public IReadOnlyList<ShownCell> ExamplesOf(int trueClass) => ByRow(_examples[trueClass]);

    /// <summary>Some cells of all classes, by row.</summary>
    public IReadOnlyList<ShownCell> Mapped => ByRow(_mapped);

    /// <summary>The right cells with the highest confidence; classes take turns.</summary>
    public IReadOnlyList<ShownCell> Right => _right.Cells;

    /// <summary>The wrong cells with the highest confidence; true classes take turns.</summary>
    public IReadOnlyList<ShownCell> Wrong => _wrong.Cells;

    public void Open(DataViewRow row)
    {
        _row = row;
        _getFeatures = row.GetGetter<VBuffer<float>>(_features);
        _getPath = _path is { } path ? row.GetGetter<ReadOnlyMemory<char>>(path) : null;
    }

    public void Visit(int trueClass, double[] scores)
    {
        int predicted = ScoredCells.Highest(scores);
        double confidence = scores[predicted];
        ShownCell? cell = null;
        _examples[trueClass].Offer(Cell);
        _mapped.Offer(Cell);
        (predicted == trueClass ? _right : _wrong).Offer(trueClass, confidence, Cell);
        if (++_count % CellsPerReport == 0)
            _report?.Invoke(_count);

        ShownCell Cell() => cell ??= new(_row.Position + 1, FileName(), trueClass, predicted, confidence, Features());
    }

    private float[] Features()
    {
        _getFeatures(ref _buffer);
        return [.. _buffer.DenseValues()];
    }

    private string? FileName()
    {
        if (_getPath is null)
            return null;
        ReadOnlyMemory<char> path = default;
        _getPath(ref path);
        return Path.GetFileName(path.ToString());
    }

    private static IReadOnlyList<ShownCell> ByRow(Reservoir<ShownCell> cells) => [.. cells.Items.OrderBy(cell => cell.Row)];

    /// <summary>The cells of the highest confidence, of equal ones those that came first. Classes take turns, since the model is often surest of one of them.</summary>
    private sealed class MostConfident(int capacity, int classes)
    {
        // By class; the first to go is in front.
        private readonly PriorityQueue<ShownCell, (double Confidence, long Before)>[] _cells = [.. Enumerable.Range(0, classes).Select(_ => new PriorityQueue<ShownCell, (double, long)>())];

        public IReadOnlyList<ShownCell> Cells => [.. _cells
            .SelectMany(cells => cells.UnorderedItems.OrderByDescending(item => item.Priority).Select((item, turn) => (item.Element, item.Priority, Turn: turn)))
            .OrderBy(item => item.Turn).ThenByDescending(item => item.Priority).Select(item => item.Element).Take(capacity)];

        public void Offer(int trueClass, double confidence, Func<ShownCell> create)
        {
            PriorityQueue<ShownCell, (double Confidence, long Before)> cells = _cells[trueClass];
            if (capacity == 0 || (cells.Count == capacity && cells.Peek().Confidence >= confidence))
                return;
            ShownCell cell = create();
            cells.Enqueue(cell, (confidence, -cell.Row));
            if (cells.Count > capacity)
                cells.Dequeue();
        }
    }
}
