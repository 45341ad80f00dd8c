using System.Globalization;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>What a benchmark found: one quantity over several rounds.</summary>
/// <param name="Text">What was measured, in words.</param>
/// <param name="Unit">Of the values: "x" for a ratio.</param>
/// <param name="Values">One a round.</param>
/// <param name="Detail">What lies behind the values, in words.</param>
internal sealed record Figure(string Text, string Unit, IReadOnlyList<double> Values, string Detail = "")
{
    public double Median => MedianOf(Values);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Median,8:G4} {Unit} ({Values.Min():G3}-{Values.Max():G3}, {Values.Count} rounds) {Text}{(Detail.Length > 0 ? "; " : "")}{Detail}");

    public static double MedianOf(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}
