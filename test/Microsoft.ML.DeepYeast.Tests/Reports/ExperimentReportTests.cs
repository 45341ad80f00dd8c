using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The report on an experiment: its tables against the trials that it was made of, its form, and what it refuses.</summary>
[TestClass]
public sealed class ExperimentReportTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void WriteExperimentReport_Trials_AreRankedWithTheirFigures()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(
            Run(1, 0.5, kind: "SdcaMaximumEntropy on statistics"), Run(2, 0.9, new()), Run(3, double.NaN, new() { LearningRate = 0.5 }, error: "The loss is NaN."),
            Run(4, 0.7, new() { Augmentation = "Strong" }, epochs: 5, isComplete: false)));

        ReportFile report = Read(folder);
        Assert.AreSequenceEqual(
            new[] { "1 2 DeepYeastPooled x 0.25 0.900 0.850 to 0.950 48 20", "2 4 DeepYeastPooled x 0.25 0.700 0.650 to 0.750 5 of 48 40", "3 1 SdcaMaximumEntropy on statistics 0.500 0.450 to 0.550 – 10" },
            report.Table("Trials, the best first").Select(row => string.Join(" ", row[..7])));
        Assert.AreEqual("learning rate 0.001, augmentation Strong", report.Table("Trials, the best first")[1][7]);
        Assert.Contains(
            "and all of them with dropout 0.5, epochs 48, batch size 16, optimizer Adam, weight decay 1e-6, schedule Cosine, mixup alpha 0.2, label smoothing 0, balanced classes no.", report.Section("leaders").Value);
        string[] failed = report.Table("Trials that failed").Single();
        Assert.AreEqual("The loss is NaN.", failed[2]);
        Assert.AreEqual("learning rate 0.5, augmentation None", failed[4]);
    }

    [TestMethod]
    public void WriteExperimentReport_LogLoss_RanksTheLowestFirst()
    {
        using var folder = new TemporaryFolder();
        double loss = MetricsOfHeldOut().LogLoss;

        Write(folder, Result(lead: new(-0.3, -0.1), Run(1, loss + 1, new()), Run(2, loss, new() { BatchSize = 32 }), Run(3, loss + 0.2, new() { BatchSize = 64 })));

        ReportFile report = Read(folder);
        Assert.AreSequenceEqual(new[] { "2", "3", "1" }, report.Table("Trials, the best first").Select(row => row[1]));
        Assert.Contains("log-loss", report.Section("leaders").Value);
        Assert.Contains("tell the two apart: the 95 % interval of the difference, best less next, is -0.300 to -0.100", report.Section("leaders").Value);
    }

    [TestMethod]
    public void WriteExperimentReport_MacroAccuracy_IsCalledSo()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(Run(1, MetricsOfHeldOut().MacroAccuracy, new())));

        Assert.Contains("with mean recall of the classes", Read(folder).Named("header").Single().Value);
        Assert.Contains("There is no other trial", Read(folder).Section("leaders").Value);
    }

    [TestMethod]
    [DataRow(-0.01, 0.05, "do not tell the two apart")]
    [DataRow(0.01, 0.05, "tell the two apart")]
    public void WriteExperimentReport_Lead_SaysWhetherTheBestCanBeTold(double lower, double upper, string expected)
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(lead: new(lower, upper), Run(1, 0.9, new()), Run(2, 0.88, new() { BatchSize = 32 })));

        foreach (string text in new[] { Read(folder).Named("header").Single().Value, Read(folder).Section("leaders").Value })
        {
            Assert.Contains("Trial 2, DeepYeastPooled x 0.25, is next with 0.880.", text);
            Assert.Contains($"held out {expected}: ", text);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"is {lower:F3} to {upper:F3}"), text);
        }
    }

    [TestMethod]
    public void WriteExperimentReport_NoLead_SaysThatNothingCanBeSaid()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(Run(1, 0.9, new()), Run(2, 0.88, new())));

        Assert.Contains("to say whether the two differ", Read(folder).Section("leaders").Value);
    }

    [TestMethod]
    public void WriteExperimentReport_FewTrials_SaysNothingOfWhatMattered()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(Run(1, 0.9, new()), Run(2, 0.88, new() { BatchSize = 32 }), Run(3, 0.8, new() { BatchSize = 64 })));

        Assert.Contains("3 trials of networks came to a figure: too few to say what mattered.", Read(folder).Section("settings").Value);
    }

    // Trial 1 leads from 10 s, falls back at 30 s, and trial 2 leads with its 0.6; from 40 s it is trial 1 again.
    [TestMethod]
    public void WriteExperimentReport_Search_HasTheFiguresInOrderOfTimeAndTheStepsOfTheLeader()
    {
        using var folder = new TemporaryFolder();
        DeepYeastRunDetail first = Run(1, 0.8, new(), figures: [(16, 0.7, 10), (32, 0.5, 30), (48, 0.8, 40)]), second = Run(2, 0.6, new() { Network = "MobileNet" }, figures: [(40, 0.6, 20)]);

        Write(folder, Result(first, second));

        ReportFile report = Read(folder);
        Assert.AreSequenceEqual(
            new[] { "10 1 16 0.700", "20 2 40 0.600", "30 1 32 0.500", "40 1 48 0.800" },
            report.Table("The accuracy of each trial when it was judged").Select(row => string.Join(" ", row[0], row[1], row[3], row[4])));
        Assert.AreSequenceEqual(new[] { "DeepYeastPooled 1 0.800 10", "MobileNet 1 0.600 20" }, report.Table("Markers of the plot").Select(row => string.Join(" ", row[0], row[2], row[3], row[4])));
        // The steps are the lines in the page's own colour that are thicker than those of axes: 0.7 for 20 s, 0.6 for 10 s, and 0.8 for the 60 s that are left of 100.
        XElement[] lines = [.. report.Section("search").Descendants().Where(element => element.Attribute("style")?.Value.Contains("stroke:currentColor;stroke-width:1.5", StringComparison.Ordinal) == true)];
        (double Length, double Y)[] steps = [.. lines.SelectMany(line => PointsOf(line).Zip(PointsOf(line).Skip(1))).Where(ends => ends.First.Y == ends.Second.Y && ends.First.X != ends.Second.X)
            .GroupBy(ends => ends.First.Y, (y, ends) => (ends.Sum(each => each.Second.X - each.First.X), y))];
        Assert.HasCount(3, steps);
        Assert.AreEqual(20.0 / 10, steps[0].Length / steps[1].Length, 0.01);
        Assert.AreEqual(60.0 / 10, steps[2].Length / steps[1].Length, 0.01);
        Assert.AreEqual(0.2 / 0.1, (steps[1].Y - steps[2].Y) / (steps[1].Y - steps[0].Y), 0.01);
    }

    [TestMethod]
    public void WriteExperimentReport_Baseline_LeavesOutWhatIsAboutNetworks()
    {
        using var folder = new TemporaryFolder();
        IDataView training = Tiny.Cells(_mlContext, 60);
        MulticlassPredictionTransformer<MaximumEntropyModelParameters> model = _mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(training);
        IDataView test = Tiny.Cells(_mlContext, 40, seed: 2);
        CellEvaluation expected = _mlContext.MulticlassClassification.EvaluateCells(model.Transform(test));

        CellEvaluation actual = Write(folder, Result(Run(1, 0.9, kind: "SdcaMaximumEntropy on statistics", model: model)), cells: test);

        Assert.AreEqual(expected.Accuracy, actual.Accuracy);
        Assert.AreEqual(expected.AccuracyInterval, actual.AccuracyInterval);
        ReportFile report = Read(folder);
        Assert.AreSequenceEqual(
            new[] { "search", "leaders", "settings", "model", "classes", "confusion", "figures", "reliability", "verdicts" }, report.Named("section").Select(section => section.Attribute("id")!.Value));
        Assert.HasCount(3 * 6, report.Section("classes").Descendants("img").ToArray());
        Assert.DoesNotContain("Network", string.Join(" ", report.Table("The model and its test").Select(row => row[0])));
        Assert.Contains("No setting of a network varied: 0 trials", report.Section("settings").Value);
    }

    [TestMethod]
    public void WriteExperimentReport_BaselineThatReadsOtherColumns_ShowsNoCells()
    {
        using var folder = new TemporaryFolder();
        IDataView Renamed(int seed)
        {
            IDataView cells = Tiny.Cells(_mlContext, 60, seed: seed);
            IDataView copied = _mlContext.Transforms.CopyColumns("Other", "Features").Fit(cells).Transform(cells);
            return _mlContext.Transforms.DropColumns("Features").Fit(copied).Transform(copied);
        }
        ITransformer model = _mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy(featureColumnName: "Other").Fit(Renamed(1));

        Write(folder, Result(Run(1, 0.9, kind: "SdcaMaximumEntropy on statistics", model: model)), cells: Renamed(2));

        Assert.IsEmpty(Read(folder).Named("img").ToArray());
        Assert.HasCount(3, Read(folder).Table("Test cells of each class"));
    }

    [TestMethod]
    public void WriteExperimentReport_Network_HasAllOfItsOwnReport()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 60, seed: 2);
        _mlContext.MulticlassClassification.WriteCellReport(model, cells, folder.File("cells.html"));

        Write(folder, Result(Run(1, 0.9, new(), model: model)), cells: cells);

        ReportFile own = new(folder.File("cells.html")), report = Read(folder);
        foreach (XElement section in own.Named("section"))
            Assert.AreEqual(section.ToString(), report.Section(section.Attribute("id")!.Value).ToString());
    }

    [TestMethod]
    public void WriteExperimentReport_NamesThatAreMarkup_StayText()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(Run(1, 0.9, kind: "<script>alert(1)</script>"), Run(2, double.NaN, new() { Augmentation = "<i>" }, error: "\"><img src=x onerror='alert(2)'>")));

        ReportFile report = Read(folder);
        Assert.IsEmpty(report.Named("script", "i").ToArray());
        Assert.IsEmpty(report.Page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)).ToArray());
        Assert.AreEqual("<script>alert(1)</script>", report.Table("Trials, the best first")[0][2]);
        Assert.AreEqual("\"><img src=x onerror='alert(2)'>", report.Table("Trials that failed")[0][2]);
    }

    [TestMethod]
    public void WriteExperimentReport_AnyExperiment_CanBeReadByAScreenReader()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(lead: new(-0.1, 0.1), Run(1, 0.5, kind: "LightGbm on statistics"), Run(2, 0.9, new()), Run(3, 0.8, new() { BatchSize = 32 }), Run(4, double.NaN, new(), error: "It failed.")));

        ReportFile report = Read(folder);
        string[] ids = [.. report.Page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.HasCount(ids.Length, ids.Distinct().ToArray(), "An id comes twice.");
        Assert.IsTrue(report.Named("a").All(link => ids.Contains(link.Attribute("href")!.Value[1..])));
        Assert.IsTrue(report.Named("svg").All(svg => svg.Attribute("aria-hidden") is not null || (svg.Attribute("role")!.Value == "img" && svg.Attribute("aria-label")!.Value.Length > 10)));
        Assert.IsTrue(report.Named("th").All(head => head.Attribute("scope")!.Value is "col" or "row" or "colgroup"));
        Assert.DoesNotContain("rgb(1,2,3)", report.Page.ToString());
        Assert.IsTrue(report.Page.Descendants().Attributes("clip-path").All(clip => ids.Contains(clip.Value["url(#".Length..^1])));
        Assert.IsTrue(report.Named("figure").All(figure => figure.ElementsAfterSelf().Any(element => element.DescendantsAndSelf("table").Any())));
    }

    [TestMethod]
    [DataRow(true, "trained once more on all of these cells")]
    [DataRow(false, "the model that was judged so")]
    public void WriteExperimentReport_Refit_SaysOnWhatTheModelWasTrained(bool wasRefitted, string expected)
    {
        using var folder = new TemporaryFolder();

        Write(folder, Result(lead: null, wasRefitted, Run(1, 0.9, new())));

        Assert.Contains(expected, Read(folder).Named("header").Single().Value);
    }

    [TestMethod]
    public void WriteExperimentReport_NoLabel_ThrowsNamingTheColumnsAndWritesNothing()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _mlContext.MulticlassClassification.WriteExperimentReport(Result(Run(1, 0.9, new())), Tiny.Cells(_mlContext, 30), folder.File("report.html"), new() { LabelColumnName = "Class" }));

        Assert.Contains("There is no label column 'Class'. The columns are: 'Id', 'Features', 'Label'", error.Message);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void WriteExperimentReport_NoResult_Throws()
    {
        using var folder = new TemporaryFolder();

        Assert.ThrowsExactly<ArgumentNullException>(
            () => _mlContext.MulticlassClassification.WriteExperimentReport<DeepYeastRunDetail>(null!, Tiny.Cells(_mlContext, 30), folder.File("report.html")));
    }

    private CellEvaluation Write(TemporaryFolder folder, DeepYeastExperimentResult<DeepYeastRunDetail> result, IDataView? cells = null)
        => _mlContext.MulticlassClassification.WriteExperimentReport(result, cells ?? Tiny.Cells(_mlContext, 30, seed: 2), folder.File("report.html"));

    private static ReportFile Read(TemporaryFolder folder) => new(folder.File("report.html"));

    private DeepYeastExperimentResult<DeepYeastRunDetail> Result(params DeepYeastRunDetail[] runs) => Result(lead: null, runs);

    private DeepYeastExperimentResult<DeepYeastRunDetail> Result(ConfidenceInterval? lead, params DeepYeastRunDetail[] runs) => Result(lead, wasRefitted: true, runs);

    private DeepYeastExperimentResult<DeepYeastRunDetail> Result(ConfidenceInterval? lead, bool wasRefitted, params DeepYeastRunDetail[] runs)
    {
        ExperimentMetric metric = runs.Any(run => run.Metric == MetricsOfHeldOut().LogLoss) ? ExperimentMetric.LogLoss
            : runs.Any(run => run.Metric == MetricsOfHeldOut().MacroAccuracy) ? ExperimentMetric.MacroAccuracy : ExperimentMetric.MicroAccuracy;
        DeepYeastRunDetail[] ranking = [.. runs.Where(run => run.Exception is null && !double.IsNaN(run.Metric)).OrderBy(run => metric == ExperimentMetric.LogLoss ? run.Metric : -run.Metric)];
        return new(metric, runs, ranking[0], ranking.ElementAtOrDefault(1), lead, wasRefitted, TimeSpan.FromSeconds(100), () => { });
    }

    /// <summary>A trial of 10 s times its number; its interval is 0.05 to both sides.</summary>
    private DeepYeastRunDetail Run(
        int number, double metric, TrialSettings? settings = null, string? kind = null, int? epochs = null, bool isComplete = true, (int Epochs, double Metric, int Seconds)[]? figures = null,
        string? error = null, ITransformer? model = null)
    {
        ConfidenceInterval? interval = double.IsNaN(metric) ? null : new(metric - 0.05, metric + 0.05);
        int trained = epochs ?? settings?.Epochs ?? 0;
        RunFigure[] judged = figures is not null ? [.. figures.Select(figure => new RunFigure(figure.Epochs, figure.Metric, null, TimeSpan.FromSeconds(figure.Seconds)))]
            : double.IsNaN(metric) ? [] : [new(trained, metric, interval, TimeSpan.FromSeconds(10 * number))];
        return new(
            new(number, kind ?? settings!.Describe(), settings, LearnsNothing: false, metric, interval, TimeSpan.FromSeconds(10 * number), trained, isComplete, judged, error is null ? null : new InvalidOperationException(error)),
            new(() => model ?? Tiny.Fit(_mlContext)), new(MetricsOfHeldOut), new(() => Tiny.Trainer(_mlContext)));
    }

    // 9 of 10 cells of a class with 20 cells and 1 of 2 of one with 4: accuracies 20 of 24 and 0.7, and a loss of about 0.47.
    private Data.MulticlassClassificationMetrics MetricsOfHeldOut()
    {
        IEnumerable<Scored> rows = [.. Enumerable.Repeat(new Scored("a", "a"), 18), .. Enumerable.Repeat(new Scored("a", "b"), 2), .. Enumerable.Repeat(new Scored("b", "b"), 2), .. Enumerable.Repeat(new Scored("b", "a"), 2)];
        IDataView text = _mlContext.Data.LoadFromEnumerable(rows);
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(_mlContext.Transforms.Conversion.MapValueToKey("PredictedLabel")).Fit(text).Transform(text);
        return _mlContext.MulticlassClassification.Evaluate(keys);
    }

    private sealed class Scored(string truth, string said)
    {
        public string Label { get; } = truth;

        public string PredictedLabel { get; } = said;

        [VectorType(2)]
        public float[] Score { get; } = said == "a" ? [0.8f, 0.2f] : [0.2f, 0.8f];
    }

    private static (double X, double Y)[] PointsOf(XElement line) => [.. line.Attribute("points")!.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(point => point.Split(',')).Select(pair => (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture)))];
}
