namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>How often each code occurs in each group; only codes that do occur take room.</summary>
internal sealed class GroupCounts
{
    private readonly int[] _starts;   // of each group in the two below
    private readonly int[] _codes;
    private readonly int[] _counts;

    /// <param name="occurrences">A group and a code, both from 0, in any order.</param>
    /// <param name="groupCount">Number of groups.</param>
    public GroupCounts(IEnumerable<(int Group, int Code)> occurrences, int groupCount)
    {
        long[] sorted = [.. occurrences.Select(each => ((long)each.Group << 32) | (uint)each.Code)];
        Array.Sort(sorted);
        _starts = new int[groupCount + 1];
        List<int> codes = [], counts = [];
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1])
            {
                counts[^1]++;
                continue;
            }
            codes.Add((int)sorted[i]);
            counts.Add(1);
            _starts[(sorted[i] >> 32) + 1] = codes.Count;
        }
        for (int group = 0; group < groupCount; group++)
            _starts[group + 1] = Math.Max(_starts[group + 1], _starts[group]);   // a group without codes ends where it begins
        (_codes, _counts) = ([.. codes], [.. counts]);
    }

    public int GroupCount => _starts.Length - 1;

    /// <summary>The highest code and one.</summary>
    public int CodeCount => _codes.Length == 0 ? 0 : _codes.Max() + 1;

    /// <summary>The codes that occur in a group.</summary>
    public ReadOnlySpan<int> CodesOf(int group) => _codes.AsSpan(_starts[group].._starts[group + 1]);

    /// <summary>How often each of them does.</summary>
    public ReadOnlySpan<int> CountsOf(int group) => _counts.AsSpan(_starts[group].._starts[group + 1]);

    /// <summary>Adds a group's counts, times a factor, to counts by code.</summary>
    public void AddTo(Span<int> totals, int group, int factor)
    {
        for (int i = _starts[group]; i < _starts[group + 1]; i++)
            totals[_codes[i]] += factor * _counts[i];
    }
}
