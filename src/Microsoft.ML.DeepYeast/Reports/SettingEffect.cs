using System.Globalization;
using System.Reflection;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Trials with like values of a setting.</summary>
/// <param name="Values">The value, or the lowest and the highest one.</param>
/// <param name="TrialCount">Number of trials.</param>
/// <param name="Mean">Mean of their figures.</param>
internal sealed record SettingLevel(string Values, int TrialCount, double Mean);

/// <summary>How far the figures of trials go with one of their settings: a one-way analysis of variance.</summary>
/// <param name="Name">The setting, in words.</param>
/// <param name="Levels">Its values, or thirds of their range.</param>
/// <param name="TrialCount">Number of trials for which the setting counts.</param>
/// <param name="Share">Share of the variance of the figures that lies between the levels (eta squared), in [0, 1]; null where all figures are the same.</param>
/// <param name="ShareByChance">What that share is on average where the setting does nothing: (levels - 1) / (trials - 1).</param>
internal sealed record SettingEffect(string Name, IReadOnlyList<SettingLevel> Levels, int TrialCount, double? Share, double ShareByChance)
{
    // Numbers with more values are cut into so many parts.
    private const int Parts = 3;

    private static readonly PropertyInfo[] s_settings = typeof(TrialSettings).GetProperties();

    /// <summary>The settings that varied, those that go with the figures most first.</summary>
    public static IReadOnlyList<SettingEffect> Of(IReadOnlyList<(TrialSettings Settings, double Figure)> trials)
        => [.. s_settings.Select(setting => Of(setting, trials)).OfType<SettingEffect>().OrderByDescending(effect => effect.Share)];

    /// <summary>Settings in words: those that are the same in all trials, and how the others are in each; without those that are in the name of what was trained.</summary>
    /// <param name="trials">The settings of the trials; at least one.</param>
    public static (string Common, Func<TrialSettings, string> Differing) InWords(IReadOnlyCollection<TrialSettings> trials)
    {
        ILookup<bool, PropertyInfo> differs = s_settings
            .Where(setting => setting.Name is not (nameof(TrialSettings.Network) or nameof(TrialSettings.Width) or nameof(TrialSettings.StartingPoint)))
            .ToLookup(setting => trials.Select(setting.GetValue).Distinct().Count() > 1);
        return (InWords(differs[false], trials.First()), settings => InWords(differs[true], settings));

        static string InWords(IEnumerable<PropertyInfo> of, TrialSettings settings) => string.Join(", ", of.Select(setting => $"{NameOf(setting)} {TextOf(setting.GetValue(settings)!)}"));
    }

    private static SettingEffect? Of(PropertyInfo setting, IReadOnlyList<(TrialSettings Settings, double Figure)> trials)
    {
        (object Value, double Figure)[] points = [.. trials.Where(trial => Counts(setting, trial.Settings)).Select(trial => (setting.GetValue(trial.Settings)!, trial.Figure))];
        (object Value, double Figure)[][] levels = [.. LevelsOf(setting, points)];
        if (levels.Length < 2)
            return null;
        double mean = points.Average(point => point.Figure), total = points.Sum(point => Square(point.Figure - mean));
        double between = levels.Sum(level => level.Length * Square(level.Average(point => point.Figure) - mean));
        return new(
            NameOf(setting), [.. levels.Select(level => new SettingLevel(ValuesOf(level), level.Length, level.Average(point => point.Figure)))], points.Length,
            total > 0 ? between / total : null, (levels.Length - 1.0) / (points.Length - 1));
    }

    /// <summary>Whether a setting says anything about a trial: a network to begin with has an architecture of its own, and some architectures have one width.</summary>
    private static bool Counts(PropertyInfo setting, TrialSettings settings) => setting.Name switch
    {
        nameof(TrialSettings.Network) => settings.StartingPoint == TrialSettings.Scratch,
        nameof(TrialSettings.Width) => settings is { StartingPoint: TrialSettings.Scratch, Network: nameof(Networks.DeepYeastPooled) or nameof(Networks.DeepYeast) },
        _ => true,
    };

    private static IEnumerable<(object Value, double Figure)[]> LevelsOf(PropertyInfo setting, (object Value, double Figure)[] points)
    {
        object[] values = [.. points.Select(point => point.Value).Distinct().Order()];
        if (setting.GetCustomAttribute<RangeAttribute>() is not { } range || values.Length <= Parts)
            return points.GroupBy(point => point.Value).OrderBy(level => level.Key).Select(level => level.ToArray());

        (double low, double high) = (Scaled(values[0]), Scaled(values[^1]));
        return points.GroupBy(point => Math.Min(Parts - 1, (int)(Parts * (Scaled(point.Value) - low) / (high - low)))).OrderBy(level => level.Key).Select(level => level.ToArray());

        double Scaled(object value)
        {
            double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            return range.LogBase ? Math.Log(number) : number;
        }
    }

    private static string ValuesOf((object Value, double Figure)[] level)
    {
        string lowest = TextOf(level.Min(point => point.Value)!), highest = TextOf(level.Max(point => point.Value)!);
        return lowest == highest ? lowest : $"{lowest} to {highest}";
    }

    // BatchSize: batch size.
    private static string NameOf(PropertyInfo setting) => string.Concat(setting.Name.Select((letter, i) => !char.IsUpper(letter) ? $"{letter}" : i == 0 ? $"{char.ToLowerInvariant(letter)}" : $" {char.ToLowerInvariant(letter)}"));

    private static string TextOf(object value) => value switch
    {
        double number => ReportText.Rate(number),
        bool flag => flag ? "yes" : "no",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static double Square(double value) => value * value;
}
