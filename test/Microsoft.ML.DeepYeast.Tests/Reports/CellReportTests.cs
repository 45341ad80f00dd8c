using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.DeepYeast.Plumbing;
using SkiaSharp;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The report: its figures and pictures against those that the library's other doors give, its form, and what it refuses.</summary>
[TestClass]
public sealed class CellReportTests
{
    private static readonly string[] s_classes = ["red", "green", "both"];

    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class Row
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; init; } = [];

        public string Label { get; init; } = "";

        public string Plate { get; init; } = "";

        public string ImagePath { get; init; } = "";
    }

    [TestMethod]
    public void WriteCellReport_TrainedModel_HasTheFiguresOfEvaluateCells()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.Epochs = 1);
        IDataView cells = Tiny.Cells(_mlContext, 100, seed: 2);
        CellEvaluation expected = _mlContext.MulticlassClassification.EvaluateCells(model.Transform(cells));

        CellEvaluation actual = Write(folder, model, cells, new());

        Assert.AreEqual(expected.Accuracy, actual.Accuracy);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss);
        Assert.AreEqual(expected.AccuracyInterval, actual.AccuracyInterval);
        ReportFile report = Read(folder);
        string[][] confusion = report.Table("Numbers of cells by true class (rows) and predicted class (columns)");
        for (int i = 0; i < 3; i++)
        {
            string[] counts = [s_classes[i], .. expected.Confusion[i].Select(count => $"{count}"), $"{expected.Classes[i].Support}"];
            Assert.AreSequenceEqual(counts, confusion[i]);
            ClassEvaluation figures = expected.Classes[i];
            Assert.AreSequenceEqual(new[] { figures.ClassName, Text(figures.Precision), Text(figures.Recall), Text(figures.F1), $"{figures.Support}" }, report.Table("Precision, recall and F1 of each class")[i]);
        }
        Assert.AreSequenceEqual(
            expected.Reliability.Where(bin => bin.CellCount > 0).Select(bin => $"{Text(bin.Lower)} to {Text(bin.Upper)} {bin.CellCount} {Text(bin.MeanConfidence)} {Text(bin.Accuracy)}"),
            report.Table("Confidence and accuracy").Select(row => string.Join(" ", row)));
        Assert.Contains($"is {Text(expected.ExpectedCalibrationError)}.", report.Section("reliability").Value);
    }

    [TestMethod]
    public void WriteCellReport_Groups_HasAVerdictOnEachWrongOnesFirst()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Untrained(s_classes);
        IDataView cells = Cells(60);
        CellEvaluation evaluation = Write(folder, model, cells, new() { GroupColumnName = "Plate", GroupName = "plate" });

        ReportFile report = Read(folder);

        Assert.AreSequenceEqual(
            evaluation.Groups!.Verdicts.OrderBy(verdict => verdict.IsRight)
                .Select(verdict => $"{verdict.Group} {verdict.TrueClass} {verdict.PredictedClass} {(verdict.IsRight ? "right" : "wrong")} {Text(verdict.MeanProbability)} {verdict.CellCount}"),
            report.Table("The verdict on each group from all of its cells, wrong ones first").Select(row => string.Join(" ", row)));
        Assert.HasCount(6, evaluation.Groups.Verdicts);
        string[][] curve = report.Table("Verdicts by number of cells");
        Assert.AreSequenceEqual(new[] { "1", "2", "5", "10", "all" }, curve.Select(row => row[0]));
        Assert.AreEqual(Text(evaluation.Groups.Accuracy), curve[^1][1]);
    }

    [TestMethod]
    public void WriteCellReport_NoGroups_SaysHowToNameThem()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Untrained(s_classes), Cells(30), new());

        Assert.Contains("With option GroupColumnName", Read(folder).Section("verdicts").Value);
    }

    [TestMethod]
    public void WriteCellReport_NamesThatAreMarkup_StayText()
    {
        using var folder = new TemporaryFolder();
        string[] classes = ["<script>alert(1)</script>", "\"><img src=x onerror='alert(2)'>", "a & b"];
        IDataView cells = Cells(60, classes, plate: "</td><script>alert(3)</script>", path: "folder/<svg onload=alert(4)>.png");

        Write(folder, Untrained(classes), cells, new()
        {
            Title = "</title><script>alert(5)</script>",
            GroupColumnName = "Plate",
            GroupName = "<b>plate</b>",
            Notes = [new("<i>", "<script>alert(6)</script>")],
        });

        ReportFile report = Read(folder);
        Assert.IsEmpty(report.Named("script", "b", "i").ToArray());
        Assert.IsEmpty(report.Page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)).ToArray());
        Assert.AreEqual("</title><script>alert(5)</script>", report.Named("h1").Single().Value);
        Assert.AreSequenceEqual(classes, report.Table("Test cells of each class").Select(row => row[0]));
        Assert.Contains("<svg onload=alert(4)>.png", report.Section("classes").Value);
        Assert.Contains("</td><script>alert(3)</script>", report.Section("verdicts").Value);
    }

    [TestMethod]
    public void WriteCellReport_AnyModel_NeedsNothingFromElsewhere()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Tiny.Fit(_mlContext), Cells(60), new() { GroupColumnName = "Plate" });

        ReportFile report = Read(folder);
        Assert.IsEmpty(report.Named("script", "link", "iframe", "object", "embed", "base").ToArray());
        XAttribute[] references = [.. report.Page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action" or "data")];
        Assert.IsNotEmpty(references);
        Assert.IsTrue(references.All(reference => reference.Value.StartsWith('#') || reference.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal)));
        string style = report.Named("style").Single().Value;
        Assert.DoesNotContain("@import", style);
        Assert.DoesNotContain("url(", style);
    }

    [TestMethod]
    public void WriteCellReport_AnyModel_CanBeReadByAScreenReader()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Tiny.Fit(_mlContext), Cells(60), new() { GroupColumnName = "Plate" });

        ReportFile report = Read(folder);
        Assert.AreEqual("en", report.Page.Attribute("lang")!.Value);
        int level = 0;
        foreach (XElement heading in report.Named("h1", "h2", "h3", "h4"))
        {
            int next = heading.Name.LocalName[1] - '0';
            Assert.IsLessThanOrEqualTo(level + 1, next, $"Heading '{heading.Value}' leaves a level out.");
            level = next;
        }
        Assert.HasCount(1, report.Named("h1").ToArray());
        Assert.IsTrue(report.Named("img").All(image => image.Attribute("alt")!.Value.Length > 10));
        Assert.IsTrue(report.Named("svg").All(svg => svg.Attribute("aria-hidden") is not null || (svg.Attribute("role")!.Value == "img" && svg.Attribute("aria-label")!.Value.Length > 10)));
        Assert.IsTrue(report.Named("th").All(head => head.Attribute("scope")!.Value is "col" or "row" or "colgroup"));
        Assert.IsTrue(report.Named("table").All(table => table.Element("caption")!.Value.Length > 0));
        string[] ids = [.. report.Page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.HasCount(ids.Length, ids.Distinct().ToArray(), "An id comes twice.");
        Assert.IsTrue(report.Named("a").All(link => ids.Contains(link.Attribute("href")!.Value[1..])));
        Assert.Contains("currentColor", report.Section("reliability").Descendants().First(element => element.Name.LocalName == "svg").ToString(), "Plots have the text colour of the page, which may be dark.");
        Assert.DoesNotContain("rgb(1,2,3)", report.Page.ToString());
        Assert.IsTrue(report.Page.Descendants().Attributes("clip-path").All(clip => ids.Contains(clip.Value["url(#".Length..^1])));
        // Each plot is followed by a table in its section.
        Assert.IsTrue(report.Named("figure").All(figure => figure.ElementsAfterSelf().Any(element => element.DescendantsAndSelf("table").Any())));
    }

    // The panels are the cell, its green channel and the overlay, 16 pixels each with 2 between them.
    [TestMethod]
    public void WriteCellReport_ConfidentCells_ShowWhatDeepYeastExplainDraws()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.Epochs = 1);
        IDataView cells = Tiny.Cells(_mlContext, 100, seed: 2);
        MLImage[] overlays = [.. OverlaysOf(model, cells)];
        CellEvaluation evaluation = Write(folder, model, cells, new() { ExplainedCells = 5 });

        XElement[] shown = [.. Read(folder).Section("confident").Descendants("li")];

        int right = evaluation.Confusion.Select((row, i) => row[i]).Sum();
        Assert.HasCount(Math.Min(5, right) + Math.Min(5, 100 - right), shown);
        foreach (XElement cell in shown)
        {
            int row = int.Parse(cell.Elements("span").Last().Value["Row ".Length..], CultureInfo.InvariantCulture);
            using SKBitmap picture = Decode(cell.Element("img")!);
            Assert.AreEqual((3 * 16 + 2 * 2, 16), (picture.Width, picture.Height));
            ReadOnlySpan<byte> overlay = overlays[row - 1].Pixels;
            for (int pixel = 0; pixel < 16 * 16; pixel++)
            {
                SKColor actual = picture.GetPixel(2 * (16 + 2) + pixel % 16, pixel / 16);
                for (int colour = 0; colour < 3; colour++)
                    Assert.AreEqual(overlay[4 * pixel + colour], new[] { actual.Red, actual.Green, actual.Blue }[colour], 1.0, $"row {row}, pixel {pixel}");   // a batch of another size rounds otherwise
            }
        }
    }

    [TestMethod]
    public void WriteCellReport_ConfidentCells_AreTheMostConfidentOfEachClassInTurn()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.Epochs = 1);
        IDataView cells = Tiny.Cells(_mlContext, 100, seed: 2);
        var scored = Tiny.Scores(model.Transform(cells)).Select((scores, row) => (Row: row + 1, True: row % 3, Predicted: Array.IndexOf(scores, scores.Max()), Confidence: scores.Max())).ToArray();

        Write(folder, model, cells, new() { ExplainedCells = 4 });

        XElement[] lists = [.. Read(folder).Section("confident").Elements("ul")];
        foreach ((XElement list, bool right) in lists.Zip(scored.Any(cell => cell.True == cell.Predicted) ? new[] { true, false } : [false]))
        {
            int[] expected = [.. scored.Where(cell => (cell.True == cell.Predicted) == right).GroupBy(cell => cell.True)
                .SelectMany(group => group.OrderByDescending(cell => cell.Confidence).Select((cell, turn) => (cell, turn)))
                .OrderBy(entry => entry.turn).ThenByDescending(entry => entry.cell.Confidence).Take(4).Select(entry => entry.cell.Row)];
            Assert.AreSequenceEqual(expected.Select(row => $"Row {row}"), list.Elements("li").Select(cell => cell.Elements("span").Last().Value));
        }
        Assert.IsNotEmpty(lists);
    }

    [TestMethod]
    public void WriteCellReport_Examples_AreOfTheirClassWithTheirPixels()
    {
        using var folder = new TemporaryFolder();
        List<Tiny.Row> rows = Tiny.Rows(40, seed: 3);

        Write(folder, Untrained(s_classes), Tiny.Cells(_mlContext, rows), new() { ExampleCellsPerClass = 3 });

        XElement section = Read(folder).Section("classes");
        Assert.AreSequenceEqual(s_classes, section.Elements("h3").Select(heading => heading.Value));
        foreach ((XElement list, string name) in section.Elements("ul").Zip(s_classes))
        {
            Assert.HasCount(3, list.Elements("li").ToArray());
            foreach (XElement cell in list.Elements("li"))
            {
                Tiny.Row row = rows[int.Parse(cell.Element("span")!.Value["Row ".Length..], CultureInfo.InvariantCulture) - 1];
                Assert.AreEqual(name, row.Label);
                using SKBitmap picture = Decode(cell.Element("img")!);
                for (int pixel = 0; pixel < 64; pixel++)
                {
                    (byte red, byte green) = (GreyLevels.Nearest(row.Features[pixel]), GreyLevels.Nearest(row.Features[64 + pixel]));
                    Assert.AreEqual(new SKColor(red, green, 0), picture.GetPixel(pixel % 8, pixel / 8));
                    Assert.AreEqual(new SKColor(green, green, green), picture.GetPixel(8 + 2 + pixel % 8, pixel / 8));
                }
            }
        }
    }

    // Principal components y of centred points X solve X X' y = |y|^2 y; those of the largest |y|^2 are the first.
    [TestMethod]
    public void WriteCellReport_Map_HasTheComponentsOfTheHiddenLayer()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 100, seed: 2);
        float[][] features = [.. _mlContext.Transforms.DeepYeastFeatures(model.Model, "pool").Fit(cells).Transform(cells).GetColumn<float[]>("Features")];
        double[] means = [.. Enumerable.Range(0, 4).Select(i => features.Average(cell => (double)cell[i]))];
        double[][] centred = [.. features.Select(cell => cell.Zip(means, (value, mean) => value - mean).ToArray())];
        double variance = centred.Sum(point => point.Sum(value => value * value));

        Write(folder, model, cells, new());

        ReportFile report = Read(folder);
        string[][] places = report.Table("Place of each cell on the map");
        Assert.AreSequenceEqual(Enumerable.Range(1, 100).Select(row => $"{row}"), places.Select(row => row[0]));
        double[][] components = [.. Enumerable.Range(2, 2).Select(column => places.Select(row => double.Parse(row[column], CultureInfo.InvariantCulture)).ToArray())];
        double[] lengths = [.. components.Select(component => component.Sum(value => value * value))];
        foreach ((double[] component, double length) in components.Zip(lengths))
        {
            double[] axis = [.. Enumerable.Range(0, 4).Select(i => centred.Zip(component, (point, value) => point[i] * value).Sum())];
            for (int i = 0; i < component.Length; i++)
                Assert.AreEqual(component[i], centred[i].Zip(axis, (value, weight) => value * weight).Sum() / length, 2e-3, $"cell {i}");
        }
        Assert.AreEqual(0, components[0].Zip(components[1], (first, second) => first * second).Sum() / lengths[0], 2e-3);
        Assert.IsGreaterThan(lengths[1], lengths[0]);
        Assert.IsGreaterThan(variance - lengths.Sum(), lengths[1], "All others together have less than the second one.");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"the output of layer pool. The map shows the two directions in which they differ most (principal components): {100 * lengths[0] / variance:F0} % and"), report.Section("map").Value);
    }

    [TestMethod]
    public void WriteCellReport_SameSeed_GivesTheSameFileAndAnotherSeedAnotherOne()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);

        string[] files = [.. new[] { 1, 1, 2 }.Select(seed =>
        {
            Write(folder, model, Cells(60), new() { Seed = seed });
            return File.ReadAllText(folder.File("report.html"));
        })];

        Assert.AreEqual(files[0], files[1]);
        Assert.AreNotEqual(files[0], files[2]);
    }

    [TestMethod]
    public void WriteCellReport_Cells_AreReadOnce()
    {
        using var folder = new TemporaryFolder();
        int read = 0;
        List<int> reports = [];

        Write(folder, Untrained(s_classes), _mlContext.Data.LoadFromEnumerable(Rows(200).Select(row =>
        {
            read++;
            return row;
        })), new() { GroupColumnName = "Plate", ProgressCallback = reports.Add });

        Assert.AreEqual(200, read);
        Assert.AreSequenceEqual(new[] { 64, 128, 192 }, reports);
    }

    [TestMethod]
    public void WriteCellReport_UntrainedNetwork_SaysThatThereIsNoHistory()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Untrained(s_classes), Cells(30), new());

        Assert.Contains("The model holds no history", Read(folder).Section("training").Value);
    }

    [TestMethod]
    public void WriteCellReport_ValidatedTraining_HasAllOfItsHistory()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext, options => options.Epochs = 3).Fit(Tiny.Cells(_mlContext, 48), Tiny.Cells(_mlContext, 30, seed: 2));

        Write(folder, model, Cells(30), new());

        string[][] epochs = Read(folder).Table("Figures of each epoch");
        Assert.AreSequenceEqual(model.History.Select(figures => $"{figures.Epoch} {Text(figures.Loss)} {Text(figures.Accuracy)} {Text(figures.ValidationLoss)} {Text(figures.ValidationAccuracy)}"),
            epochs.Select(row => string.Join(" ", row[..5])));
    }

    [TestMethod]
    public void WriteCellReport_RateThatWasDivided_TellsInWhichEpoch()
    {
        using var folder = new TemporaryFolder();
        double[] rates = [.. Enumerable.Repeat(1e-3, 6), .. Enumerable.Repeat(1e-4, 3), 1e-5];
        var history = new TrainingHistory([.. rates.Select((rate, i) => new EpochFigures(i + 1, 1, 0.5, null, null, rate, TimeSpan.FromSeconds(i)))], bestEpoch: null);
        var model = new DeepYeastPredictionTransformer(CatalogEnvironment.Of(_mlContext.Transforms), NetworkRun.Randomized(Tiny.Network(Tiny.Shape, 3)), "Features", ClassLabels.Of(s_classes), ComputeDevice.Cpu, history, testTimeAugmentation: false);

        Write(folder, model, Cells(30), new());

        Assert.Contains("It went from 0.001 to 0.0001 in epoch 7, from 0.0001 to 1e-5 in epoch 10.", Read(folder).Section("training").Value);
    }

    [TestMethod]
    public void WriteCellReport_TwelveClassesOfFullSize_StaysBelow5Megabytes()
    {
        using var folder = new TemporaryFolder();
        IDataView drawn = _mlContext.Data.CreateSyntheticYeastCells(96, seed: 1);
        IDataView cells = _mlContext.Transforms.DeepYeastPreprocess().Fit(drawn).Transform(drawn);
        DeepYeastPredictionTransformer model = _mlContext.Transforms.DeepYeastClassify(NetworkRun.Randomized(Networks.DeepYeast(CellShape.DeepYeast, 12, 0.25), NetworkRun.Randoms(4 * CellShape.DeepYeast.Size, 1))).Fit(cells);

        Write(folder, model, cells, new());

        Assert.HasCount(12 * 6, Read(folder).Section("classes").Descendants("img").ToArray());
        Assert.Contains("the output of layer relu5.", Read(folder).Text);
        Assert.IsLessThan(5_000_000, new FileInfo(folder.File("report.html")).Length);
    }

    [TestMethod]
    public void WriteCellReport_ModelWithoutClassifier_Throws()
    {
        using var folder = new TemporaryFolder();
        IDataView cells = Cells(30);
        ITransformer model = _mlContext.Transforms.CopyColumns("Copy", "Features").Fit(cells);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Write(folder, model, cells, new()));

        Assert.Contains("has no step with a network of this library. Give one with a DeepYeastPredictionTransformer in it.", error.Message);
        AssertEmpty(folder);
    }

    [TestMethod]
    public void WriteCellReport_NoLabel_ThrowsNamingTheColumns()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Write(folder, Untrained(s_classes), Cells(30), new() { LabelColumnName = "Class" }));

        Assert.Contains("There is no label column 'Class'. The columns are: 'Features', 'Label', 'Plate', 'ImagePath'.", error.Message);
        AssertEmpty(folder);
    }

    [TestMethod]
    public void WriteCellReport_NoRow_Throws()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Write(folder, Untrained(s_classes), Cells(0), new()));

        Assert.Contains("There is no cell to evaluate", error.Message);
        AssertEmpty(folder);
    }

    [TestMethod]
    public void WriteCellReport_TextOfOtherClasses_ThrowsNamingThoseOfTheModel()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Write(folder, Untrained(s_classes), Cells(30, ["x", "y", "z"]), new()));

        Assert.Contains("30 rows lack a label", error.Message);
        Assert.Contains("red, green, both", error.Message);
        AssertEmpty(folder);
    }

    [TestMethod]
    public void WriteCellReport_TextWithOneOtherClass_CountsItsRowsAsLeftOut()
    {
        using var folder = new TemporaryFolder();

        CellEvaluation evaluation = Write(folder, Untrained(s_classes), Cells(30, ["red", "green", "purple"]), new());

        Assert.AreEqual(20, evaluation.CellCount);
        Assert.Contains("10, whose label in column “Label” is missing or none of the model’s classes", Read(folder).Text);
    }

    [TestMethod]
    public void WriteCellReport_KeysOfOtherClasses_Throws()
    {
        using var folder = new TemporaryFolder();
        IDataView cells = Cells(30, ["red", "green", "purple"]);
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(cells).Transform(cells);

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Write(folder, Untrained(s_classes), keys, new()));

        Assert.Contains("Only in the label: 'purple'.", error.Message);
        Assert.Contains("Only in the scores: 'both'.", error.Message);
        AssertEmpty(folder);
    }

    [TestMethod]
    [DataRow("missing/report.html")]
    [DataRow("")]
    public void WriteCellReport_PathThatCannotBeWritten_ThrowsBeforeACellIsRead(string name)
    {
        using var folder = new TemporaryFolder();
        int read = 0;
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Rows(30).Select(row =>
        {
            read++;
            return row;
        }));

        var error = Assert.Throws<IOException>(() => _mlContext.MulticlassClassification.WriteCellReport(Untrained(s_classes), cells, Path.Combine(folder.Path, name)));

        Assert.Contains(folder.Path, error.Message);
        Assert.AreEqual(0, read);
        AssertEmpty(folder);
    }

    [TestMethod]
    public void WriteCellReport_Cancelled_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("report.html"), "old");
        using var cancellation = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Write(folder, Untrained(s_classes), Cells(200), new()
        {
            CancellationToken = cancellation.Token,
            ProgressCallback = _ => cancellation.Cancel(),
        }));

        Assert.AreEqual("old", File.ReadAllText(folder.File("report.html")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void WriteCellReport_NegativeNumberOfCells_Throws()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Write(folder, Untrained(s_classes), Cells(30), new() { ExampleCellsPerClass = -1 }));

        Assert.Contains("ExampleCellsPerClass is -1 but must be at least 0", error.Message);
    }

    [TestMethod]
    public void WriteCellReport_NoCellsToShow_IsWholeWithoutThem()
    {
        using var folder = new TemporaryFolder();

        Write(folder, Untrained(s_classes), Cells(30), new() { ExampleCellsPerClass = 0, ExplainedCells = 0 });

        Assert.IsEmpty(Read(folder).Named("img").ToArray());
        Assert.HasCount(9, Read(folder).Named("section").ToArray());
    }

    private CellEvaluation Write(TemporaryFolder folder, ITransformer model, IDataView cells, CellReportOptions options)
        => _mlContext.MulticlassClassification.WriteCellReport(model, cells, folder.File("report.html"), options);

    private static ReportFile Read(TemporaryFolder folder) => new(folder.File("report.html"));

    private static void AssertEmpty(TemporaryFolder folder) => Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));

    private DeepYeastPredictionTransformer Untrained(string[] classes)
        => _mlContext.Transforms.DeepYeastClassify(NetworkRun.Randomized(Tiny.Network(Tiny.Shape, classes.Length)), classes).Fit(Cells(1));

    private IDataView Cells(int count, string[]? classes = null, string plate = "plate", string path = "cell.png") => _mlContext.Data.LoadFromEnumerable(Rows(count, classes, plate, path));

    /// <summary>Cells whose labels are text and take turns; two plates a class.</summary>
    private static IEnumerable<Row> Rows(int count, string[]? classes = null, string plate = "plate", string path = "cell.png") => Tiny.Rows(count, seed: 5).Select((row, i) => new Row
    {
        Features = row.Features,
        Label = (classes ?? s_classes)[i % 3],
        Plate = $"{plate}{i % 6}",
        ImagePath = path,
    });

    private IEnumerable<MLImage> OverlaysOf(DeepYeastPredictionTransformer model, IDataView cells)
    {
        IDataView explained = _mlContext.Transforms.DeepYeastExplain(model, new DeepYeastExplanationEstimator.Options { OverlayColumnName = "Overlay", OverlayScale = 2 }).Fit(cells).Transform(cells);
        using DataViewRowCursor cursor = explained.GetRowCursor(explained.Schema["Overlay"]);
        var getOverlay = cursor.GetGetter<MLImage>(explained.Schema["Overlay"]);
        while (cursor.MoveNext())
        {
            MLImage overlay = null!;
            getOverlay(ref overlay);
            yield return overlay;
        }
    }

    private static SKBitmap Decode(XElement image) => SKBitmap.Decode(Convert.FromBase64String(image.Attribute("src")!.Value["data:image/png;base64,".Length..]));

    private static string Text(double? value) => value is null ? "–" : value.Value.ToString("F3", CultureInfo.InvariantCulture);
}
