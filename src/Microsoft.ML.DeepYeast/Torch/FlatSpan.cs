namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>A part of a flat tensor.</summary>
/// <param name="Start">Index of its first value.</param>
/// <param name="Length">Number of its values.</param>
internal readonly record struct FlatSpan(long Start, long Length)
{
    public long End => Start + Length;

    /// <summary>The same in pieces of at most so many values.</summary>
    public IEnumerable<FlatSpan> Cut(long longest)
    {
        for (long start = Start; start < End; start += Math.Min(longest, End - start))
            yield return new(start, Math.Min(longest, End - start));
    }

    /// <summary>What others leave of it.</summary>
    /// <param name="others">Spans of it, in order and without overlap.</param>
    public IEnumerable<FlatSpan> Except(IEnumerable<FlatSpan> others)
    {
        long start = Start;
        foreach (FlatSpan other in others.Append(new(End, 0)))
        {
            if (other.Start > start)
                yield return new(start, other.Start - start);
            start = other.End;
        }
    }
}
