using System.Globalization;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Numbers as a report writes them.</summary>
internal static class ReportText
{
    public static string Duration(TimeSpan time) => time.TotalMinutes < 2
        ? FormattableString.Invariant($"{time.TotalSeconds:F0} seconds")
        : time.TotalHours < 2 ? FormattableString.Invariant($"{time.TotalMinutes:F0} minutes") : FormattableString.Invariant($"{time.TotalHours:F1} hours");

    public static string Count(long count, string thing) => $"{Number(count)} {thing}{(count == 1 ? "" : "s")}";

    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Figure(double? value) => value is null ? "–" : value.Value.ToString("F3", CultureInfo.InvariantCulture);

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");

    public static string Rate(double value) => value.ToString(Math.Abs(value) is 0 or >= 1e-4 ? "G3" : "0.##e-0", CultureInfo.InvariantCulture);

    public static string Interval(ConfidenceInterval? interval) => interval is var (lower, upper) ? $"{Figure(lower)} to {Figure(upper)}" : "–";

    public static string InBrackets(ConfidenceInterval? interval) => interval is null ? "" : $" (95 % interval {Interval(interval)})";
}
