using static Microsoft.ML.DeepYeast.Reports.ReportText;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What a report says of a model and its test cells. Of a model without a network, the sections on the network are left out.</summary>
internal sealed partial class CellSections(HtmlWriter html, CellReport report) : IReportPart
{
    // Of the classes, how many are looked through for the true one.
    private static readonly int[] s_topCounts = [2, 3, 5];

    private readonly HtmlWriter _html = html;
    private readonly CellEvaluation _evaluation = report.Evaluation;

    public IEnumerable<ReportSection> Sections
    {
        get
        {
            yield return new("model", "What was trained and tested", WriteModel);
            yield return new("classes", "Classes and example cells", WriteClasses);
            if (report.Network is { } trained)
                yield return new("training", "Training", () => WriteTraining(trained.History));
            yield return new("confusion", "Confusion matrix", WriteConfusion);
            yield return new("figures", "Figures of each class", WriteClassFigures);
            yield return new("reliability", "Can the probabilities be believed?", WriteReliability);
            yield return new("verdicts", "Verdicts from several cells", WriteVerdicts);
            if (report.Network is not { } network || report.Cells is not { } cells)
                yield break;
            yield return new("confident", "The most confident cells, and what the network looked at", () => WriteConfidentCells(network, cells));
            yield return new("map", "Map of the cells", () => WriteMap(network, cells));
        }
    }

    public void WriteSummary()
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
        List<(string, string)> lines =
        [
            .. report.Network is { } network ? NetworkInWords(network) : [],
            .. report.Cells is { } cells ? [("A cell", cells.Shape.ToString())] : Array.Empty<(string, string)>(),
            ("Classes", $"{Number(_evaluation.ClassNames.Count)}: {string.Join(", ", _evaluation.ClassNames)}"),
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
        _html.Table("Test cells of each class", [new("Class", IsText: true), new("Cells"), new("Share of all")],
            _evaluation.Classes.Select(each => new[] { each.ClassName, Number(each.Support), Percent((double)each.Support / _evaluation.CellCount) }));
        if (report.Options.ExampleCellsPerClass == 0 || report.Cells is not { } shown)
            return;
        CellPictures pictures = CreatePictures(shown);
        _html.Paragraph($"Below are cells of each class, drawn at random: {pictures.PanelsInWords}. The number is that of the row in the test data.");
        for (int i = 0; i < _evaluation.ClassNames.Count; i++)
        {
            _html.Element("h3", _evaluation.ClassNames[i]);
            IReadOnlyList<ShownCell> cells = shown.ExamplesOf(i);
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

    private CellPictures CreatePictures(CellPicker cells)
    {
        (int height, int width) = report.Network?.MapSize ?? (1, 1);
        return new(cells.Shape, height, width);
    }

    private static (string, string)[] NetworkInWords(ShownNetwork network)
    {
        NetworkGraph graph = network.Graph;
        return
        [
            ("Network", $"{graph.Name}: {Count(graph.Layers.Count, "layer")}, {Number(graph.TrainableParameterCount)} weights that training changes and {Number(graph.NonTrainableParameterCount)} statistics"),
            ("Training", network.History.Count == 0 ? "not known: the network was not trained by this library, or without a whole epoch" : TrainingInWords(network.History)),
        ];
    }

    private static string TrainingInWords(TrainingHistory history)
    {
        EpochFigures last = history[^1];
        string kept = history.BestEpoch is { } best && last.ValidationAccuracy is not null ? $"; the weights are those of epoch {best}, the best by validation" : "";
        return $"{Count(history.Count, "epoch")} in {Duration(last.Elapsed)}{kept}";
    }

    private static string Place(ShownCell cell) => cell.FileName is null ? $"Row {Number(cell.Row)}" : $"Row {Number(cell.Row)}, {cell.FileName}";
}
