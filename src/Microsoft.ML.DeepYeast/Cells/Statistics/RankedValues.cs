using System.Numerics;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// The values of a plane by rank. They are dealt by size into as many buckets as there are values, and only those buckets sorted that a question goes to, which is several times
/// as fast as sorting all.
/// </summary>
/// <param name="size">How many values, at least 1.</param>
internal sealed class RankedValues(int size)
{
    private readonly float[] _values = new float[size];   // bucket after bucket
    private readonly int[] _buckets = new int[size];      // of each value as it came
    private readonly int[] _starts = new int[size + 1];   // of each bucket
    private readonly bool[] _isSorted = new bool[size];   // each bucket
    private float _lowest;
    private float _scale;                                 // buckets per unit

    /// <summary>Takes in other values.</summary>
    /// <param name="values">Finite values, as many as this ranks.</param>
    public void Deal(ReadOnlySpan<float> values)
    {
        FindBuckets(values);
        _isSorted.AsSpan().Clear();
        _starts.AsSpan().Clear();
        foreach (int bucket in _buckets)
            _starts[bucket]++;
        // From counts to ends. The values are then put in from each bucket's end, which leaves the starts.
        int end = 0;
        foreach (ref int bucket in _starts.AsSpan())
            bucket = end += bucket;
        for (int i = 0; i < values.Length; i++)
            _values[--_starts[_buckets[i]]] = values[i];
    }

    /// <inheritdoc cref="ContrastStretch.Percentile"/>
    public float Percentile(double percentile)
    {
        (int below, int above, _) = ContrastStretch.Position(size, percentile);
        SortAround(below);
        SortAround(above);
        return ContrastStretch.Percentile(_values, percentile);
    }

    /// <summary>The sum of the highest values.</summary>
    /// <param name="count">How many, from 0 to all; of one, a part may be wanted.</param>
    public double SumOfHighest(double count)
    {
        int whole = (int)count;
        double sum = 0;
        if (whole < size)
        {
            int next = size - 1 - whole;
            SortAround(next);
            sum += (count - whole) * _values[next];
        }
        return sum + Moments.Sum(_values.AsSpan(size - whole));
    }

    private void FindBuckets(ReadOnlySpan<float> values)
    {
        (_lowest, float highest) = Range(values);
        _scale = highest > _lowest ? Math.Min((size - 1) / (highest - _lowest), float.MaxValue) : 0;
        int i = 0;
        for (; i <= size - Vector<float>.Count; i += Vector<float>.Count)
            Vector.ConvertToInt32((new Vector<float>(values[i..]) - new Vector<float>(_lowest)) * _scale).CopyTo(_buckets, i);
        for (; i < size; i++)
            _buckets[i] = BucketOf(values[i]);
    }

    private int BucketOf(float value) => (int)((value - _lowest) * _scale);

    private static (float Lowest, float Highest) Range(ReadOnlySpan<float> values)
    {
        Vector<float> low = new(values[0]), high = low;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var some = new Vector<float>(values[i..]);
            low = Vector.Min(low, some);
            high = Vector.Max(high, some);
        }
        float lowest = low[0], highest = high[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++)
            (lowest, highest) = (Math.Min(lowest, low[lane]), Math.Max(highest, high[lane]));
        for (; i < values.Length; i++)
            (lowest, highest) = (Math.Min(lowest, values[i]), Math.Max(highest, values[i]));
        return (lowest, highest);
    }

    // The bucket that holds the value of this rank.
    private void SortAround(int rank)
    {
        int bucket = BucketOf(_values[rank]);
        if (_isSorted[bucket])
            return;
        _values.AsSpan(_starts[bucket].._starts[bucket + 1]).Sort();
        _isSorted[bucket] = true;
    }
}
