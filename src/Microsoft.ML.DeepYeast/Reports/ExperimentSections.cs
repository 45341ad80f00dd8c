using static Microsoft.ML.DeepYeast.Reports.ReportText;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What a report says of the search that found its model.</summary>
internal sealed class ExperimentSections(HtmlWriter html, ExperimentReport report) : IReportPart
{
    // Of longer searches minutes are easier to read.
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(3);

    // With fewer trials a mean is that of one or two.
    private const int FewTrials = 10;
    // With fewer, most settings go with all of the variance by chance.
    private const int FewestTrials = 4;

    private string MetricName { get; } = report.Metric switch
    {
        ExperimentMetric.MicroAccuracy => "accuracy",
        ExperimentMetric.MacroAccuracy => "mean recall of the classes",
        _ => "log-loss",
    };

    public IEnumerable<ReportSection> Sections =>
    [
        new("search", "The search", WriteSearch),
        new("leaders", "Leader board", WriteLeaders),
        new("settings", "What mattered", WriteSettings),
    ];

    public void WriteSummary()
    {
        html.Paragraph($"The best of {Count(report.Runs.Count, "trial")} in {Duration(report.Elapsed)} was trial {report.Best.Number}, {report.Best.TrainerName}, with {MetricName} {Figure(report.Best.Metric)}{InBrackets(report.Best.MetricInterval)} on cells held out of its training. {Verdict()}");
        html.Paragraph(report.WasRefitted
            ? "It was then trained once more on all of these cells, those held out included; the rest of this page is about that model, on test cells that the search has not seen."
            : $"The rest of this page is about the model that was judged so, on test cells that the search has not seen; {(report.Best.LearnsNothing ? "it learned nothing from these cells" : "it was trained without the cells held out, with several folds without those of the first one")}.");
    }

    /// <summary>Whether the best can be told from the next one.</summary>
    private string Verdict()
    {
        if (report.RunnerUp is not { } next)
            return "There is no other trial with a figure to compare it with.";
        string ahead = $"Trial {next.Number}, {next.TrainerName}, is next with {Figure(next.Metric)}.";
        if (report.Lead is not { } lead)
            return $"{ahead} The cells held out are too few, or of one group, to say whether the two differ.";
        return report.IsBestDistinguishable
            ? $"{ahead} The cells held out tell the two apart: the 95 % interval of the difference, best less next, is {Interval(lead)}."
            : $"{ahead} The cells held out do not tell the two apart: the 95 % interval of the difference, best less next, is {Interval(lead)}, with 0 in it. On other cells the next one may be the better.";
    }

    private void WriteSearch()
    {
        string[] kinds = [.. report.Runs.Where(run => run.Figures.Count > 0).Select(KindOf).Distinct()];
        bool inSeconds = report.Elapsed < s_longest;
        string times = inSeconds ? "seconds" : "minutes";
        html.Figure(
            ReportPlots.Trials(
                [.. report.Runs.Where(run => run.Figures.Count > 0).Select(run => (Array.IndexOf(kinds, KindOf(run)), run.Figures.Select(figure => (TimeOf(figure.At), figure.Metric)).ToArray()))],
                [.. Leaders().Select(point => (TimeOf(point.At), point.Metric)), (TimeOf(report.Elapsed), report.Best.Metric)], $"{times} since the beginning", MetricName,
                byPowers: report.Metric == ExperimentMetric.LogLoss),
            $"The figures of all trials when they were judged, on cells held out of their training. The points of one trial, which was trained on between them, are joined. The steps are the {MetricName} of the trial that led at each time" +
            $"{(report.Metric == ExperimentMetric.LogLoss ? "; less is better" : "")}: since a trial’s figure may get worse as it is trained on, they may go back.");
        html.MarkTable("Markers of the plot", "kind", [new("What was trained", IsText: true), new("Trials"), new($"Best {MetricName}"), new("Seconds, all together")], kinds.Select((kind, index) =>
        {
            DeepYeastRunDetail[] runs = [.. report.Runs.Where(run => run.Figures.Count > 0 && KindOf(run) == kind)];
            string best = report.Ranking.FirstOrDefault(runs.Contains) is { } first ? Figure(first.Metric) : "–";
            return (index, new[] { kind, Number(runs.Length), best, Seconds(runs.Sum(run => run.RuntimeInSeconds)) });
        }));
        RunFigureRow[] rows = [.. report.Runs.SelectMany(run => run.Figures.Select(figure => new RunFigureRow(run, figure))).OrderBy(row => row.Figure.At)];
        html.Fold("Table: the figures in order of time", rows.Length, () => html.Table($"The {MetricName} of each trial when it was judged",
            [new("Seconds since the beginning"), new("Trial"), new("What was trained", IsText: true), new("Epochs"), new("Figure"), new("95 % interval")],
            rows.Select(row => new[] { Seconds(row.Figure.At.TotalSeconds), $"{row.Run.Number}", row.Run.TrainerName, EpochsOf(row.Figure.Epochs), Figure(row.Figure.Metric), Interval(row.Figure.Interval) })));

        double TimeOf(TimeSpan time) => inSeconds ? time.TotalSeconds : time.TotalMinutes;
    }

    private sealed record RunFigureRow(DeepYeastRunDetail Run, RunFigure Figure);

    /// <summary>The figure of the trial that led, after each time that a trial was judged.</summary>
    private IEnumerable<RunFigure> Leaders()
    {
        var latest = new Dictionary<int, double>();
        foreach ((int number, RunFigure figure) in report.Ranking.SelectMany(run => run.Figures.Select(figure => (run.Number, figure))).OrderBy(entry => entry.figure.At))
        {
            latest[number] = figure.Metric;
            yield return figure with { Metric = report.Metric == ExperimentMetric.LogLoss ? latest.Values.Min() : latest.Values.Max() };
        }
    }

    private void WriteLeaders()
    {
        html.Paragraph($"Trials by their latest {MetricName} on cells held out of their training. The intervals say how far a figure would move with other such cells; another seed of the training moves it as well. {Verdict()}");
        html.Paragraph("The best of many is in part the luckiest: on other cells it tends to do a little worse than its figure here.");
        TrialSettings[] networks = [.. report.Runs.Select(run => run.Settings).OfType<TrialSettings>()];
        (string common, Func<TrialSettings, string> differing) = networks.Length > 0 ? SettingEffect.InWords(networks) : ("", _ => "");
        if (networks.Length > 0)
            html.Paragraph($"Networks were trained with the settings in the last column{(common == "" ? "" : $", and all of them with {common}")}.");
        html.Table("Trials, the best first",
            [new("Rank"), new("Trial"), new("What was trained", IsText: true), new("Figure"), new("95 % interval"), new("Epochs"), new("Seconds"), new("How", IsText: true)],
            report.Ranking.Select((run, i) => new[]
            {
                $"{i + 1}", $"{run.Number}", run.TrainerName, Figure(run.Metric), Interval(run.MetricInterval), run.Settings is { } settings && !run.IsComplete ? $"{run.Epochs} of {settings.Epochs}" : EpochsOf(run.Epochs),
                Seconds(run.RuntimeInSeconds), How(run),
            }));
        if (report.Ranking.Any(run => !run.IsComplete))
            html.Element("p", "Trials with fewer epochs than they were meant to have were paused, since others did better or the time was over.", ("class", "note"));
        if (report.Failed.Count == 0)
            return;
        html.Table("Trials that failed", [new("Trial"), new("What was trained", IsText: true), new("Why", IsText: true), new("Seconds"), new("How", IsText: true)], report.Failed.Select(run => new[]
        {
            $"{run.Number}", run.TrainerName, run.Exception!.Message, Seconds(run.RuntimeInSeconds), How(run),
        }));

        string How(DeepYeastRunDetail run) => run.Settings is { } settings ? differing(settings) : run.LearnsNothing ? "it learned nothing from these cells" : "a baseline, with ML.NET’s own settings";
    }

    private void WriteSettings()
    {
        (TrialSettings Settings, double Figure)[] trials = [.. report.Ranking.Where(run => run.Settings is not null).Select(run => (run.Settings!, run.Metric))];
        IReadOnlyList<SettingEffect> effects = SettingEffect.Of(trials);
        if (effects.Count == 0 || trials.Length < FewestTrials)
        {
            html.Paragraph(effects.Count == 0
                ? $"No setting of a network varied: {Count(trials.Length, "trial")} of networks came to a figure."
                : $"{Count(trials.Length, "trial")} of networks came to a figure: too few to say what mattered.");
            return;
        }
        html.Paragraph($"For each setting that varied among the {Number(trials.Length)} trials of networks with a figure: their mean {MetricName} by its value, or by thirds of its range, and the share of the variance of all figures that lies between these values. " +
            "A setting that does nothing reaches the share in the column beside it by chance alone; one that is not far above it has not been shown to matter.");
        html.Paragraph($"{(trials.Length < FewTrials ? $"With {Count(trials.Length, "trial")} this is hardly a hint. " : "")}Read it as a hint, and not as a cause: the search does not vary one setting at a time, good trials are trained longer than bad ones, and new ones are drawn near the best, so settings go together and their shares overlap; the last column names those that hardly varied without each other. Epochs are those that a whole training has.");
        html.Table("Settings, those that go with the figures most first", [new("Setting", IsText: true), new("Share of the variance"), new("By chance"), new("Trials"), new("Cannot be told from", IsText: true)],
            effects.Select(effect => new[] { effect.Name, effect.Share is { } share ? Percent(share) : "–", Percent(effect.ShareByChance), Number(effect.TrialCount), string.Join(", ", effect.Companions) }));
        html.Table($"Mean {MetricName} by setting", [new("Setting", IsText: true), new("Value", IsText: true), new("Mean"), new("Trials")],
            effects.SelectMany(effect => effect.Levels.Select(level => new[] { effect.Name, level.Values, Figure(level.Mean), Number(level.TrialCount) })));
    }

    /// <summary>What trials have in common that are drawn alike.</summary>
    private static string KindOf(DeepYeastRunDetail run) => run.Settings switch
    {
        null => run.TrainerName,
        { StartingPoint: TrialSettings.Given } => "the given network",
        { StartingPoint: TrialSettings.Drawn } settings => $"{settings.Network} from drawn cells",
        { Network: var network } => network,
    };

    private static string EpochsOf(int epochs) => epochs == 0 ? "–" : Number(epochs);

    private static string Seconds(double seconds) => Number((long)Math.Round(seconds));
}
