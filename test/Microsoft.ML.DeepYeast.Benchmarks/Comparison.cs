using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Two ways of doing the same work on the same cells.</summary>
/// <param name="Ours">What is measured.</param>
/// <param name="Theirs">What it is measured against.</param>
/// <param name="Text">Both in words.</param>
/// <param name="Cells">Cells that one run of either works through.</param>
/// <param name="Owned">Disposed with the comparison.</param>
internal sealed record Comparison(string Text, int Cells, Action Ours, Action Theirs, params IDisposable[] Owned) : IDisposable
{
    /// <summary>Runs both in turn and says how many times faster ours is: minimum, median and maximum over the rounds.</summary>
    public string Measure(int rounds)
    {
        Ours();
        Theirs();
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            ours[round] = Seconds(Ours);
            theirs[round] = Seconds(Theirs);
        }
        double[] ratios = [.. ours.Zip(theirs, (own, other) => other / own).Order()];
        return $"{ratios[rounds / 2],5:F2}x ({ratios[0]:F2}-{ratios[^1]:F2}, {rounds} rounds) {Text}; {CellsPerSecond(ours):F0} against {CellsPerSecond(theirs):F0} cells/s";
    }

    public void Dispose()
    {
        foreach (IDisposable owned in Owned)
            owned.Dispose();
    }

    private double CellsPerSecond(double[] seconds) => Cells / seconds.Order().ElementAt(seconds.Length / 2);

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }
}
