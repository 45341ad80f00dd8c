using static Microsoft.ML.DeepYeast.Reports.ReportText;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>The sections behind that of the classes.</summary>
internal sealed partial class CellSections
{
    // Names of classes that have room beside each other; of more each stands upright.
    private const int MostNamesSideBySide = 6;

    // Lines of a table that a reader may still look through.
    private const int MostListedVerdicts = 2000;

    // Intervals from fewer groups are no more than a hint; see ConfidenceInterval.
    private const int FewGroups = 10;

    // Changes of the learning rate that are told one by one: rules that wait for a plateau make few, curves make one an epoch.
    private const int MostToldSteps = 8;

    // Of the shade of a full cell: the text on it stays readable on white and on black.
    private const double DarkestShade = 0.55;

    private void WriteTraining(TrainingHistory history)
    {
        if (history.Count == 0)
        {
            _html.Paragraph("The model holds no history: its network was not trained by this library, or no epoch was completed.");
            return;
        }
        bool validated = history.Any(figures => figures.ValidationLoss is not null);
        _html.Figure(ReportPlots.History(history), $"Accuracy (above) and loss (below) of each epoch. {(validated ? "Solid blue: training cells, while they were learned. Dashed orange: validation cells, after it." : "Training cells, while they were learned; there were no validation cells.")}");
        _html.Paragraph("With mixup, label smoothing or class weights the figures of the training cells are harder to reach than those of other cells, and can lie below them.");
        (EpochFigures Before, EpochFigures After)[] steps = [.. history.Zip(history.Skip(1)).Where(pair => pair.First.LearningRate != pair.Second.LearningRate)];
        bool isDivided = steps.Length is > 0 and <= MostToldSteps && steps.Length < history.Count / 2 && history.All(figures => figures.LearningRate > 0);
        string how = steps.Length == 0 ? $"It was {Rate(history[0].LearningRate)} throughout."
            : isDivided ? $"It went {string.Join(", ", steps.Select(step => $"from {Rate(step.Before.LearningRate)} to {Rate(step.After.LearningRate)} in epoch {step.After.Epoch}"))}."
            : $"It changed from epoch to epoch: {Rate(history[0].LearningRate)} at the end of the first, {Rate(history.Max(figures => figures.LearningRate))} at the most, {Rate(history[^1].LearningRate)} at the end.";
        _html.Figure(ReportPlots.LearningRates(history, isDivided), $"The learning rate: how large a step the training takes. {how}");
        TableColumn[] validation = validated ? [new("Validation loss"), new("Validation accuracy")] : [];
        _html.Fold("Table: figures of each epoch", history.Count, () => _html.Table("Figures of each epoch",
            [new("Epoch"), new("Loss"), new("Accuracy"), .. validation, new("Learning rate"), new("Seconds since the start")], history.Select(figures => EpochRow(figures, validated))));
    }

    private static string[] EpochRow(EpochFigures figures, bool validated)
    {
        string[] validation = validated ? [Figure(figures.ValidationLoss), Figure(figures.ValidationAccuracy)] : [];
        return [$"{figures.Epoch}", Figure(figures.Loss), Figure(figures.Accuracy), .. validation, Rate(figures.LearningRate), FormattableString.Invariant($"{figures.Elapsed.TotalSeconds:F1}")];
    }

    private void WriteConfusion()
    {
        _html.Paragraph("Each row is a true class, each column what the model said. A field has the number of cells and its share of the row; the right ones are framed. The stronger the shade, the larger the share.");
        _html.OpenTable("Numbers of cells by true class (rows) and predicted class (columns)", ("class", _evaluation.ClassNames.Count > MostNamesSideBySide ? "confusion many" : "confusion"));
        _html.Open("thead");
        _html.Open("tr");
        _html.Element("th", "True class", ("scope", "col"), ("rowspan", "2"), ("class", "text"));
        _html.Element("th", "Predicted class", ("scope", "colgroup"), ("colspan", $"{_evaluation.ClassNames.Count}"), ("class", "text"));
        _html.Element("th", "Cells", ("scope", "col"), ("rowspan", "2"));
        _html.Close();
        _html.Open("tr");
        foreach (string name in _evaluation.ClassNames)
            _html.Element("th", name, ("scope", "col"));
        _html.Close();
        _html.Close();
        _html.Open("tbody");
        for (int row = 0; row < _evaluation.ClassNames.Count; row++)
            WriteConfusionRow(row);
        _html.Close();
        _html.CloseTable();

        var mistakes = _evaluation.Confusion.SelectMany((row, i) => row.Select((count, j) => (True: i, Predicted: j, Count: count)))
            .Where(entry => entry.True != entry.Predicted && entry.Count > 0).OrderByDescending(entry => entry.Count).Take(3).ToArray();
        _html.Paragraph(mistakes.Length == 0
            ? "No cell was taken for one of another class."
            : $"Most often mistaken: {string.Join("; ", mistakes.Select(entry => $"{_evaluation.ClassNames[entry.True]} taken for {_evaluation.ClassNames[entry.Predicted]} ({Count(entry.Count, "cell")})"))}.");
    }

    private void WriteConfusionRow(int row)
    {
        int support = _evaluation.Classes[row].Support;
        _html.Open("tr");
        _html.Element("th", _evaluation.ClassNames[row], ("scope", "row"), ("class", "text"));
        for (int column = 0; column < _evaluation.ClassNames.Count; column++)
        {
            int count = _evaluation.Confusion[row][column];
            double share = support == 0 ? 0 : (double)count / support;
            string shade = FormattableString.Invariant($"background-color:rgba(0,114,178,{DarkestShade * share:F3})");
            _html.Open("td", [("style", shade), .. row == column ? [("class", "right")] : Array.Empty<(string, string)>()]);
            _html.Text(Number(count));
            if (count > 0)
                _html.Element("small", Percent(share));
            _html.Close();
        }
        _html.Element("td", Number(support));
        _html.Close();
    }

    private void WriteClassFigures()
    {
        _html.Paragraph("Precision: of the cells said to be of the class, the share that is. Recall: of the cells of the class, the share that was found. F1: the harmonic mean of both.");
        _html.Table("Precision, recall and F1 of each class", [new("Class", IsText: true), new("Precision"), new("Recall"), new("F1"), new("Cells")],
        [
            .. _evaluation.Classes.Select(each => new[] { each.ClassName, Figure(each.Precision), Figure(each.Recall), Figure(each.F1), Number(each.Support) }),
            MeansOf("Mean of the classes", _evaluation.MacroMean),
            MeansOf("Mean, by number of cells", _evaluation.WeightedMean),
        ]);

        string[] MeansOf(string name, ClassMeans means) => [name, Figure(means.Precision), Figure(means.Recall), Figure(means.F1), Number(_evaluation.CellCount)];
    }

    private void WriteReliability()
    {
        ReliabilityBin[] bins = [.. _evaluation.Reliability.Where(bin => bin.CellCount > 0)];
        double confidence = bins.Sum(bin => bin.CellCount * bin.MeanConfidence!.Value) / _evaluation.CellCount;
        _html.Paragraph($"The confidence of a cell is its highest probability. If it can be believed, of the cells with a confidence of 0.8 eight in ten are right. Here the mean confidence is {Figure(confidence)} " +
            $"and the accuracy {Figure(_evaluation.Accuracy)}. The expected calibration error (ECE), which is the mean distance of the two over groups of cells of like confidence, is {Figure(_evaluation.ExpectedCalibrationError)}.");
        _html.Figure(ReportPlots.Reliability(_evaluation.Reliability), "Accuracy of cells of like confidence. On the dashed line they are the same; below it the model is too sure, above it not sure enough.");
        _html.Table("Confidence and accuracy", [new("Confidence", IsText: true), new("Cells"), new("Mean confidence"), new("Accuracy")],
            bins.Select(bin => new[] { $"{Figure(bin.Lower)} to {Figure(bin.Upper)}", Number(bin.CellCount), Figure(bin.MeanConfidence), Figure(bin.Accuracy) }));
    }

    private void WriteVerdicts()
    {
        if (_evaluation.Groups is not { } groups)
        {
            _html.Paragraph($"With option {nameof(CellReportOptions.GroupColumnName)}, a column of at least two groups (the protein, or the well), this section says how good verdicts from several cells are.");
            return;
        }
        if (groups.MixedGroupCount > 0)
            _html.Paragraph($"{Number(groups.MixedGroupCount)} of {Number(groups.GroupCount)} groups (column “{report.Options.GroupColumnName}”) have cells of several classes, so no verdict on them is right or wrong; they are left out here.");
        if (groups.Verdicts.Count == 0)
            return;

        _html.Paragraph($"Here a group is all cells with one value of “{GroupName}”, which are of one class. The verdict on it is the class with the highest mean probability over its cells: the more cells, the more their errors even out.");
        (string Cells, int Groups, double Accuracy, ConfidenceInterval? Interval)[] points =
        [
            .. groups.AccuracyByCellCount.Select(point => ($"{point.CellCount}", point.GroupCount, point.Accuracy, point.Interval)),
            ("all", groups.Verdicts.Count, groups.Accuracy!.Value, groups.AccuracyInterval),
        ];
        _html.Figure(ReportPlots.Verdicts([.. points.Select(point => (point.Cells, point.Accuracy, point.Interval))]),
            $"Share of right verdicts from so many cells drawn at random. Bars: 95 % interval, had there been other groups.{(groups.Verdicts.Count < FewGroups ? $" With {Number(groups.Verdicts.Count)} groups they are a hint, and too narrow where all are right." : "")}");
        _html.Table("Verdicts by number of cells", [new("Cells", IsText: true), new("Right"), new("95 % interval"), new("Groups with so many")],
            points.Select(point => new[] { point.Cells, Figure(point.Accuracy), Interval(point.Interval), Number(point.Groups) }));

        GroupVerdict[] listed = [.. groups.Verdicts.OrderBy(verdict => verdict.IsRight).Take(MostListedVerdicts)];
        _html.Fold("Table: the verdict on each group, wrong ones first", listed.Length, () => _html.Table("The verdict on each group from all of its cells, wrong ones first",
            [new(GroupName, IsText: true), new("Class", IsText: true), new("Verdict", IsText: true), new("Right?", IsText: true), new("Mean probability"), new("Cells")],
            listed.Select(verdict => new[] { verdict.Group, verdict.TrueClass, verdict.PredictedClass, verdict.IsRight ? "right" : "wrong", Figure(verdict.MeanProbability), Number(verdict.CellCount) })));
        if (listed.Length < groups.Verdicts.Count)
            _html.Paragraph($"{Number(groups.Verdicts.Count - listed.Length)} more verdicts are not listed.");
    }

    private void WriteConfidentCells(ShownNetwork network, CellPicker cells)
    {
        if (report.Options.ExplainedCells == 0)
        {
            _html.Paragraph("None were asked for.");
            return;
        }
        CellPictures pictures = CreatePictures(cells);
        (int height, int width) = network.MapSize;
        _html.Paragraph($"Three pictures a cell, from left to right: {pictures.PanelsInWords}; and the cell under a map (Grad-CAM, arXiv:1610.02391) of layer {network.ExplainedLayer}, which has {height} x {width} fields: " +
            "the stronger the sky blue, the more speaks there for the class that the model said, compared with the rest of the cell. A rim of blue around the cell comes of the coarse map, but much of it far from the cell is a warning: the model goes by the surroundings. Where there is no blue at all, nothing " +
            "at this layer speaks for the class. The cells are those with the highest confidence, and their true classes take turns.");
        WriteConfidentCells("Right, with high confidence", cells.Right, network, pictures);
        WriteConfidentCells("Wrong, with high confidence", cells.Wrong, network, pictures);
    }

    private void WriteConfidentCells(string heading, IReadOnlyList<ShownCell> cells, ShownNetwork network, CellPictures pictures)
    {
        _html.Element("h3", heading);
        if (cells.Count == 0)
        {
            _html.Paragraph("There is none.");
            return;
        }
        _html.Open("ul", ("class", "cells"));
        foreach ((ShownCell cell, float[] map) in cells.Zip(network.Explain(cells)))
        {
            (string truth, string said) = (_evaluation.ClassNames[cell.TrueClass], _evaluation.ClassNames[cell.PredictedClass]);
            string verdict = truth == said ? $"{truth}, confidence {Figure(cell.Confidence)}" : $"{truth}, taken for {said}, confidence {Figure(cell.Confidence)}";
            WriteCell(pictures.Draw(cell, map), $"Cell of class {truth}, and what speaks in it for {said}", "explained", verdict, Place(cell));
        }
        _html.Close();
    }

    private void WriteMap(ShownNetwork network, CellPicker picked)
    {
        string layer = ShownNetwork.HiddenLayer(network.Graph);
        IReadOnlyList<ShownCell> cells = picked.Mapped;
        PrincipalPlane plane = network.Map(cells, layer);
        _html.Paragraph($"Before it decides, the network describes each cell by {Number(network.Graph.GetOutputShape(layer).Size)} numbers, the output of layer {layer}. The map shows the two directions in which they differ most (principal " +
            $"components): {Percent(plane.FirstShare)} and {Percent(plane.SecondShare)} of their variance. Cells that lie side by side look alike to the network; what is apart in other directions may lie side by side here.");
        string shown = cells.Count < _evaluation.CellCount ? $"{Number(cells.Count)} of {Number(_evaluation.CellCount)} test cells, drawn at random" : "All test cells";
        _html.Figure(ReportPlots.Map(plane, cells, _evaluation.ClassNames.Count), $"{shown}, by true class. The table has the marker of each class.");
        WriteMapKey(cells, plane);
        _html.Fold("Table: place of each cell", cells.Count, () => _html.Table("Place of each cell on the map", [new("Row"), new("Class", IsText: true), new("First component"), new("Second component")],
            cells.Zip(plane.Points).Select(entry => new[] { Number(entry.First.Row), _evaluation.ClassNames[entry.First.TrueClass], Figure(entry.Second.First), Figure(entry.Second.Second) })), printed: false);
    }

    private void WriteMapKey(IReadOnlyList<ShownCell> cells, PrincipalPlane plane)
    {
        ILookup<int, (double First, double Second)> points = cells.Zip(plane.Points).ToLookup(entry => entry.First.TrueClass, entry => entry.Second);
        _html.MarkTable("Markers of the map, and the mean place of each class", "mark", [new("Class", IsText: true), new("Cells shown"), new("First component"), new("Second component")],
            points.OrderBy(place => place.Key).Select(place => (place.Key, new[]
            {
                _evaluation.ClassNames[place.Key], Number(place.Count()), Figure(place.Average(point => point.First)), Figure(place.Average(point => point.Second)),
            })));
    }
}
