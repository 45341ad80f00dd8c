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
/// <param name="Companions">Other settings that hardly varied without it, so that what is due to one of them cannot be told from what is due to another.</param>
internal sealed record SettingEffect(string Name, IReadOnlyList<SettingLevel> Levels, int TrialCount, double? Share, double ShareByChance, IReadOnlyList<string> Companions)
{
    // Numbers with more values are cut into so many parts.
    private const int Parts = 3;
    // Cramér's V from which on two settings are companions; it is 1 where the levels of one say those of the other.
    private const double Together = 0.8;
    private const int None = -1;

    private static readonly PropertyInfo[] s_settings = typeof(TrialSettings).GetProperties();

    /// <summary>The settings that varied, those that go with the figures most first.</summary>
    public static IReadOnlyList<SettingEffect> Of(IReadOnlyList<(TrialSettings Settings, double Figure)> trials)
    {
        (PropertyInfo Setting, int[] Levels)[] varied = [.. s_settings.Select(setting => (setting, LevelsOf(setting, trials))).Where(each => each.Item2.Where(level => level != None).Distinct().Count() > 1)];
        return [.. varied
            .Select(each => Of(each.Setting, each.Levels, trials, [.. varied.Where(other => other.Setting != each.Setting && Association(each.Levels, other.Levels) >= Together).Select(other => NameOf(other.Setting))]))
            .OrderByDescending(effect => effect.Share)];
    }

    /// <summary>Settings in words: those that are the same in all trials, and how the others are in each; without those that are in the name of what was trained.</summary>
    /// <param name="trials">The settings of the trials; at least one.</param>
    public static (string Common, Func<TrialSettings, string> Differing) InWords(IReadOnlyCollection<TrialSettings> trials)
    {
        ILookup<bool, PropertyInfo> differs = s_settings
            .Where(setting => setting.Name is not (nameof(TrialSettings.Network) or nameof(TrialSettings.Width) or nameof(TrialSettings.StartingPoint)))
            .ToLookup(setting => trials.Select(settings => ValueOf(setting, settings)).Distinct().Count() > 1);
        return (InWords(differs[false], trials.First()), settings => InWords(differs[true], settings));

        static string InWords(IEnumerable<PropertyInfo> of, TrialSettings settings)
            => string.Join(", ", of.Where(setting => Counts(setting, settings)).Select(setting => $"{NameOf(setting)} {TextOf(setting.GetValue(settings)!)}"));
    }

    /// <summary>A setting of a trial; null where it says nothing about it.</summary>
    private static object? ValueOf(PropertyInfo setting, TrialSettings settings) => Counts(setting, settings) ? setting.GetValue(settings) : null;

    private static SettingEffect Of(PropertyInfo setting, int[] levelOfTrials, IReadOnlyList<(TrialSettings Settings, double Figure)> trials, string[] companions)
    {
        (object Value, double Figure)[][] levels = [.. trials.Zip(levelOfTrials).Where(entry => entry.Second != None).GroupBy(entry => entry.Second).OrderBy(level => level.Key)
            .Select(level => level.Select(entry => (setting.GetValue(entry.First.Settings)!, entry.First.Figure)).ToArray())];
        (object Value, double Figure)[] points = [.. levels.SelectMany(level => level)];
        double mean = points.Average(point => point.Figure), total = points.Sum(point => Square(point.Figure - mean));
        double between = levels.Sum(level => level.Length * Square(level.Average(point => point.Figure) - mean));
        return new(
            NameOf(setting), [.. levels.Select(level => new SettingLevel(ValuesOf(level), level.Length, level.Average(point => point.Figure)))], points.Length,
            total > 0 ? between / total : null, (levels.Length - 1.0) / (points.Length - 1), companions);
    }

    /// <summary>Cramér's V of two settings, in [0, 1], over the trials for which both count; 0 where one of them does not vary among these.</summary>
    private static double Association(int[] first, int[] second)
    {
        (int First, int Second)[] pairs = [.. first.Zip(second).Where(pair => pair.First != None && pair.Second != None)];
        ILookup<int, int> rows = pairs.ToLookup(pair => pair.First, pair => pair.Second), columns = pairs.ToLookup(pair => pair.Second, pair => pair.First);
        if (rows.Count < 2 || columns.Count < 2)
            return 0;
        double phi = pairs.GroupBy(pair => pair).Sum(alike => Square(alike.Count()) / ((double)rows[alike.Key.First].Count() * columns[alike.Key.Second].Count())) - 1;   // chi squared / n
        return Math.Sqrt(phi / (Math.Min(rows.Count, columns.Count) - 1));
    }

    /// <summary>Whether a setting says anything about a trial: a network to begin with has an architecture of its own, and some architectures have one width.</summary>
    private static bool Counts(PropertyInfo setting, TrialSettings settings) => setting.Name switch
    {
        nameof(TrialSettings.Network) => settings.StartingPoint == TrialSettings.Scratch,
        nameof(TrialSettings.Width) or nameof(TrialSettings.Dropout) => settings is { StartingPoint: TrialSettings.Scratch, HasWidth: true },
        _ => true,
    };

    /// <summary>The level of each trial, from 0; <see cref="None"/> where the setting does not count.</summary>
    private static int[] LevelsOf(PropertyInfo setting, IReadOnlyList<(TrialSettings Settings, double Figure)> trials)
    {
        object?[] ofTrials = [.. trials.Select(trial => ValueOf(setting, trial.Settings))];
        object[] values = [.. ofTrials.OfType<object>().Distinct().Order()];
        if (setting.GetCustomAttribute<RangeAttribute>() is not { } range || values.Length <= Parts)
            return [.. ofTrials.Select(value => Array.IndexOf(values, value))];

        (double low, double high) = (Scaled(values[0]), Scaled(values[^1]));
        return [.. ofTrials.Select(value => value is null ? None : Math.Min(Parts - 1, (int)(Parts * (Scaled(value) - low) / (high - low))))];

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
