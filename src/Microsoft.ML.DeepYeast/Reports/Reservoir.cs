using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Keeps some of a stream of unknown length, each subset of it as likely as any other (Vitter, ACM TOMS 11(1):37-57, 1985, algorithm R).</summary>
internal sealed class Reservoir<T>(int capacity, CellRandom random)
{
    private readonly List<T> _items = [];
    private int _seen;

    /// <summary>What is kept, in no order.</summary>
    public IReadOnlyList<T> Items => _items;

    /// <summary>The next one of the stream, which is made only if it is kept.</summary>
    public void Offer(Func<T> create)
    {
        _seen++;
        if (_items.Count < capacity)
            _items.Add(create());
        else if (random.Count(0, _seen - 1) is var place && place < capacity)
            _items[place] = create();
    }
}
