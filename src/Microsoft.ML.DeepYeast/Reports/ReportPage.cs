using System.Globalization;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>
/// A report as one HTML file that needs no other: style and pictures are in it, and there is no script. What a picture shows is also in a table, and what a colour says
/// is also said in words or numbers.
/// </summary>
internal sealed partial class ReportPage(CellReport report)
{
    // Of the classes, how many are looked through for the true one.
    private static readonly int[] s_topCounts = [2, 3, 5];

    private readonly HtmlWriter _html = new();
    private readonly CellEvaluation _evaluation = report.Evaluation;
    private readonly NetworkGraph _graph = report.Classifier.Model.Graph;

    public string Write()
    {
        (string Id, string Title, Action Write)[] sections =
        [
            ("model", "What was trained and tested", WriteModel),
            ("classes", "Classes and example cells", WriteClasses),
            ("training", "Training", WriteTraining),
            ("confusion", "Confusion matrix", WriteConfusion),
            ("figures", "Figures of each class", WriteClassFigures),
            ("reliability", "Can the probabilities be believed?", WriteReliability),
            ("verdicts", "Verdicts from several cells", WriteVerdicts),
            ("confident", "The most confident cells, and what the network looked at", WriteConfidentCells),
            ("map", "Map of the cells", WriteMap),
        ];

        _html.Markup("<!DOCTYPE html>\n");
        _html.Open("html", ("lang", "en"));
        _html.Open("head");
        _html.Empty("meta", ("charset", "utf-8"));
        _html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        // Nothing is fetched and nothing runs, whatever a name of a class or a file may be.
        _html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        _html.Element("title", report.Options.Title);
        _html.Markup($"<style>{ReportStyle.Css}</style>\n");
        _html.Close();
        _html.Open("body");
        _html.Open("header");
        _html.Element("h1", report.Options.Title);
        WriteSummary();
        _html.Close();
        _html.Open("nav", ("aria-label", "Sections"));
        _html.Open("ol");
        foreach ((string id, string title, _) in sections)
        {
            _html.Open("li");
            _html.Element("a", title, ("href", $"#{id}"));
            _html.Close();
        }
        _html.Close();
        _html.Close();
        _html.Open("main");
        foreach ((string id, string title, Action write) in sections)
        {
            _html.Open("section", ("id", id), ("aria-labelledby", $"{id}-title"));
            _html.Element("h2", title, ("id", $"{id}-title"));
            write();
            _html.Close();
        }
        _html.Close();
        _html.Close();
        _html.Close();
        return _html.ToString();
    }

    private void WriteSummary()
    {
        int right = _evaluation.Classes.Select((_, i) => _evaluation.Confusion[i][i]).Sum();
        _html.Element("p", $"The model was right on {Number(right)} of {Number(_evaluation.CellCount)} test cells: an accuracy of {Figure(_evaluation.Accuracy)}{InBrackets(_evaluation.AccuracyInterval)}.", ("class", "lead"));
        if (_evaluation.Groups is { Accuracy: { } accuracy } groups)
        {
            _html.Paragraph($"Verdicts from all cells with one value of “{GroupName}” were right for {Number(groups.Verdicts.Count(verdict => verdict.IsRight))} of " +
                $"{Number(groups.Verdicts.Count)}: {Figure(accuracy)}{InBrackets(groups.AccuracyInterval)}.");
        }
    }

    private void WriteModel()
    {
        TrainingHistory history = report.Classifier.History;
        List<(string, string)> lines =
        [
            ("Network", $"{_graph.Name}: {Count(_graph.Layers.Count, "layer")}, {Number(_graph.TrainableParameterCount)} weights that training changes and {Number(_graph.NonTrainableParameterCount)} statistics"),
            ("A cell", _graph.InputShape.ToString()),
            ("Classes", $"{Number(_graph.ClassCount)}: {string.Join(", ", _evaluation.ClassNames)}"),
            ("Training", history.Count == 0 ? "not known: the network was not trained by this library, or without a whole epoch" : TrainingInWords(history)),
            ("Test cells", Number(_evaluation.CellCount)),
        ];
        if (_evaluation.SkippedRowCount > 0)
            lines.Add(("Rows left out", $"{Number(_evaluation.SkippedRowCount)}, whose label in column “{report.Options.LabelColumnName}” is missing or none of the model’s classes"));
        if (_evaluation.Groups is { } groups)
            lines.Add(("Groups", $"{Number(groups.GroupCount)} values of “{GroupName}”"));
        lines.AddRange(report.Options.Notes.Select(note => (note.Key, note.Value)));
        _html.Table("The model and its test", [new("What", IsText: true), new("Value", IsText: true)], lines.Select(line => new[] { line.Item1, line.Item2 }));

        List<(string, double?, ConfidenceInterval?)> figures =
        [
            ("Accuracy: share of cells whose class was found", _evaluation.Accuracy, _evaluation.AccuracyInterval),
            .. s_topCounts.Where(k => k < _evaluation.ClassNames.Count)
                .Select(k => ($"Share of cells whose class was among the {k} most probable", (double?)_evaluation.TopAccuracies[k - 1], (ConfidenceInterval?)null)),
            ("Mean of the recalls of all classes with cells", _evaluation.BalancedAccuracy, null),
            ("Mean of the F1 of all classes (macro F1)", _evaluation.MacroMean.F1, _evaluation.MacroF1Interval),
            ("Log-loss: mean of -ln(probability of the true class); 0 is best", _evaluation.LogLoss, null),
            ("Expected calibration error; 0 is best", _evaluation.ExpectedCalibrationError, null),
            ("Cohen’s kappa; 0 is chance, 1 is best", _evaluation.CohenKappa, null),
            ("Matthews’ correlation; 0 is chance, 1 is best", _evaluation.MatthewsCorrelation, null),
        ];
        _html.Table("Figures over all test cells", [new("Figure", IsText: true), new("Value"), new("95 % interval")], figures.Select(line => new[] { line.Item1, Figure(line.Item2), Interval(line.Item3) }));
        if (_evaluation.AccuracyInterval is not null)
        {
            _html.Element("p", report.Options.GroupColumnName is not null
                ? $"The intervals say how far a figure would move with other values of “{GroupName}” (bootstrap over its {Number(_evaluation.Groups!.GroupCount)} values; of fewer than some ten they are a hint, no more)."
                : "The intervals say how far a figure would move with other cells (bootstrap). Cells of one field of view or one plate resemble each other, so with other fields it may move farther.", ("class", "note"));
        }
    }

    private void WriteClasses()
    {
        CellPictures pictures = CreatePictures();
        _html.Table("Test cells of each class", [new("Class", IsText: true), new("Cells"), new("Share of all")],
            _evaluation.Classes.Select(each => new[] { each.ClassName, Number(each.Support), Percent((double)each.Support / _evaluation.CellCount) }));
        if (report.Options.ExampleCellsPerClass == 0)
            return;
        _html.Paragraph($"Below are cells of each class, drawn at random: {pictures.PanelsInWords}. The number is that of the row in the test data.");
        for (int i = 0; i < _evaluation.ClassNames.Count; i++)
        {
            _html.Element("h3", _evaluation.ClassNames[i]);
            IReadOnlyList<ShownCell> cells = report.Cells.ExamplesOf(i);
            if (cells.Count == 0)
            {
                _html.Paragraph("The test data has no cell of this class.");
                continue;
            }
            _html.Open("ul", ("class", "cells"));
            foreach (ShownCell cell in cells)
                WriteCell(pictures.Draw(cell), $"Cell of class {_evaluation.ClassNames[i]}", "example", Place(cell));
            _html.Close();
        }
    }

    private void WriteCell(string picture, string description, string size, params string[] lines)
    {
        _html.Open("li");
        _html.Empty("img", ("class", size), ("src", picture), ("alt", description));
        foreach (string line in lines)
            _html.Element("span", line);
        _html.Close();
    }

    private string GroupName => report.Options.GroupName ?? report.Options.GroupColumnName!;

    private CellPictures CreatePictures() => new(_graph.InputShape, report.Network.MapSize.Height, report.Network.MapSize.Width);

    private static string TrainingInWords(TrainingHistory history)
    {
        EpochFigures last = history[^1];
        string kept = history.BestEpoch is { } best && last.ValidationAccuracy is not null ? $"; the weights are those of epoch {best}, the best by validation" : "";
        return $"{Count(history.Count, "epoch")} in {Duration(last.Elapsed)}{kept}";
    }

    private static string Place(ShownCell cell) => cell.FileName is null ? $"Row {Number(cell.Row)}" : $"Row {Number(cell.Row)}, {cell.FileName}";

    private static string Duration(TimeSpan time) => time.TotalMinutes < 2
        ? FormattableString.Invariant($"{time.TotalSeconds:F0} seconds")
        : time.TotalHours < 2 ? FormattableString.Invariant($"{time.TotalMinutes:F0} minutes") : FormattableString.Invariant($"{time.TotalHours:F1} hours");

    private static string Count(long count, string thing) => $"{Number(count)} {thing}{(count == 1 ? "" : "s")}";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Figure(double? value) => value is null ? "–" : value.Value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");

    private static string Rate(double value) => value.ToString(Math.Abs(value) is 0 or >= 1e-4 ? "G3" : "0.##e-0", CultureInfo.InvariantCulture);

    private static string Interval(ConfidenceInterval? interval) => interval is var (lower, upper) ? $"{Figure(lower)} to {Figure(upper)}" : "–";

    private static string InBrackets(ConfidenceInterval? interval) => interval is null ? "" : $" (95 % interval {Interval(interval)})";
}
