namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Something that is measured by itself, since what counts is not how it compares.</summary>
/// <param name="Text">What it is, in words.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Sample">Measures once.</param>
/// <param name="Owned">Disposed with the quantity.</param>
internal sealed record Quantity(string Text, string Unit, Func<double> Sample, params IDisposable[] Owned) : IMeasurement
{
    public Figure Measure(int rounds)
    {
        Sample();
        return new(Text, Unit, [.. Enumerable.Range(0, rounds).Select(_ => Sample())]);
    }

    public void Dispose()
    {
        foreach (IDisposable owned in Owned)
            owned.Dispose();
    }
}
