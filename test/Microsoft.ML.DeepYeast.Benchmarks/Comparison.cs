using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Something that can be measured again and again.</summary>
internal interface IMeasurement : IDisposable
{
    Figure Measure(int rounds);
}

/// <summary>Two ways of doing the same work on the same cells, in turn.</summary>
/// <param name="Text">Both in words.</param>
/// <param name="Cells">Cells that one run of either works through.</param>
/// <param name="Ours">What is measured.</param>
/// <param name="Theirs">What it is measured against.</param>
/// <param name="Owned">Disposed with the comparison.</param>
internal sealed record Comparison(string Text, int Cells, Action Ours, Action Theirs, params IDisposable[] Owned) : IMeasurement
{
    /// <summary>Whether theirs runs with the C library's own way with memory, as it would in a program without this library; see <see cref="Benchmarks.SystemHeap"/>.</summary>
    public bool TheirsOnSystemHeap { get; init; }

    /// <summary>How many times faster ours is.</summary>
    public Figure Measure(int rounds)
    {
        Ours();
        Theirs();
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            if (TheirsOnSystemHeap)
                Ours();   // not timed: the heap was emptied for theirs
            ours[round] = Seconds(Ours);
            if (TheirsOnSystemHeap)
            {
                SystemHeap.Enter();
                Theirs();
            }
            theirs[round] = Seconds(Theirs);
            if (TheirsOnSystemHeap)
                SystemHeap.Leave();
        }
        return Ratio(Text, Cells, ours, theirs);
    }

    /// <summary>The ratio of the seconds that two ways took for the same cells, round by round.</summary>
    public static Figure Ratio(string text, int cells, IReadOnlyList<double> ours, IReadOnlyList<double> theirs)
        => new(text, "x", [.. ours.Zip(theirs, (own, other) => other / own)],
            FormattableString.Invariant($"{cells / Figure.MedianOf(ours):F0} against {cells / Figure.MedianOf(theirs):F0} cells/s"));

    public void Dispose()
    {
        foreach (IDisposable owned in Owned)
            owned.Dispose();
    }

    internal static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }
}
