using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Says how good a saved model is on cells of one's own: for each split the figures, classes, confusion, and verdicts on whole groups such as proteins.</summary>
internal static class EvaluateSample
{
    private const int ListedVerdicts = 30;

    private const string All = "all";

    // What the model has not seen comes first.
    private static readonly string[] Splits = ["test", "validation", "train"];

    private static readonly Argument<string> ModelArgument = new("MODEL.zip") { Description = "A saved model." };
    private static readonly Option<string> DataOption = new("--data")
    {
        Description = "The cells: a CSV whose column 'path' names the images, relative to the CSV or absolute.",
        HelpName = "FILE.csv",
        Required = true,
    };
    private static readonly Option<string> LabelOption = new("--label")
    {
        Description = "The column of --data that holds the true class.",
        HelpName = "COLUMN",
        DefaultValueFactory = _ => "label",
    };
    private static readonly Option<string?> SplitOption = new("--split")
    {
        Description = "The column of --data that holds train, validation or test; each is evaluated by itself. [default: all cells are evaluated together]",
        HelpName = "COLUMN",
    };
    private static readonly Option<string?> GroupOption = new("--group")
    {
        Description = "The column of --data whose equal values say that cells belong together, such as the protein: there are verdicts on whole groups, and the intervals are about other groups. [default: none]",
        HelpName = "COLUMN",
    };
    private static readonly Option<string?> JsonOption = new("--json")
    {
        Description = "Also write the figures to this file, for scripts.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> ReportOption = new("--report")
    {
        Description = "Also write a page on the cells, with figures, examples and what the network looked at, to this file. With --split it is about the test.",
        HelpName = "FILE.html",
    };

    private sealed class KnownClass
    {
        public required string Label { get; init; }
    }

    public static Command Command()
    {
        var command = new Command("evaluate", "Says how good a saved model is on the cells of a CSV, for each split of them.")
        {
            ModelArgument, DataOption, LabelOption, SplitOption, GroupOption, JsonOption, ReportOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        (string path, string data, string? group) = (parsed.GetRequiredValue(ModelArgument), parsed.GetRequiredValue(DataOption), parsed.GetValue(GroupOption));
        string? json = parsed.GetValue(JsonOption);
        string? report = parsed.GetValue(ReportOption);
        WholeFile.Prepare(json);
        WholeFile.Prepare(report);
        var mlContext = new MLContext(seed: 0);
        ITransformer model = SavedModel.Load(mlContext, path, out DataViewSchema? inputSchema);
        IReadOnlyList<CellFile> cells = CellFile.ReadCsv(data, parsed.GetRequiredValue(LabelOption), parsed.GetValue(SplitOption), group);

        (string Name, CellFile[] Cells)[] parts = [.. Parts(cells, parsed.GetValue(SplitOption) is not null)];
        string reported = parsed.GetValue(SplitOption) is null ? All : "test";
        if (report is not null && parts.All(part => part.Name != reported))
            throw new UserErrorException("--report is about the test, but no row is of the test. Leave --split out to have it about all cells.");

        var evaluations = new Dictionary<string, CellEvaluation>();
        foreach ((string name, CellFile[] part) in parts)
        {
            string kind = name == All ? "cells" : $"{name} cells";
            IDataView predictions = Predict(mlContext, model, inputSchema, part, kind);
            CellEvaluation evaluation = name == reported && report is not null
                ? mlContext.MulticlassClassification.WriteCellReport(model, Rows(mlContext, inputSchema, part), report, new()
                {
                    Title = $"{Path.GetFileName(path)} on {Path.GetFileName(data)}, {kind}",
                    GroupColumnName = group is null ? null : nameof(CellFile.Group),
                    GroupName = group,
                    Notes = [new("Model", path), new("Cells", $"{data}, class in column {parsed.GetRequiredValue(LabelOption)}, {kind}")],
                    CancellationToken = Interruption.Token,
                })
                : mlContext.MulticlassClassification.EvaluateCells(predictions, new()
                {
                    GroupColumnName = group is null ? null : nameof(CellFile.Group),
                    CancellationToken = Interruption.Token,
                });
            Show(name == "train" ? $"{kind}, from which the model may have learned" : kind, evaluation, group);
            evaluations.Add(name, evaluation);
        }
        if (report is not null)
            AnsiConsole.WriteLine($"Wrote {report} ({new FileInfo(report).Length / 1e6:F1} MB).");
        if (json is not null)
            MetricsFile.Write(json, new { Model = path, Data = data, Group = group, Splits = evaluations });
    }

    private static IEnumerable<(string Name, CellFile[] Cells)> Parts(IReadOnlyList<CellFile> cells, bool bySplit)
        => bySplit ? Splits.Select(split => (split, cells.Where(cell => cell.Split == split).ToArray())).Where(part => part.Item2.Length > 0) : [(All, [.. cells])];

    private static IDataView Rows(MLContext mlContext, DataViewSchema? inputSchema, CellFile[] cells) => CellSets.LoadImagesFor(inputSchema, mlContext, mlContext.Data.LoadFromEnumerable(cells));

    private static IDataView Predict(MLContext mlContext, ITransformer model, DataViewSchema? inputSchema, CellFile[] cells, string kind)
    {
        IDataView predictions = model.Transform(Rows(mlContext, inputSchema, cells));
        IReadOnlyList<string> classes = ClassScores.NamesOf(predictions.Schema);
        ClassScores.WarnOfUnknown([.. cells.Select(cell => cell.Label)], classes, kind);
        if (predictions.Schema[nameof(CellFile.Label)].Type is KeyDataViewType)
            return predictions;

        // A model that was not trained here has no step that maps labels.
        IDataView keys = mlContext.Data.LoadFromEnumerable(classes.Select(each => new KnownClass { Label = each }));
        return mlContext.Transforms.Conversion.MapValueToKey(nameof(CellFile.Label), keyData: keys).Fit(predictions).Transform(predictions);
    }

    private static void Show(string kind, CellEvaluation evaluation, string? group)
    {
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"\n[bold]{evaluation.CellCount:N0} {kind}[/]");
        AnsiConsole.Write(FigureTable(evaluation, group));
        AnsiConsole.Write(ClassTable(evaluation));
        AnsiConsole.WriteLine("Confusion (rows: true class, columns: predicted class):");
        AnsiConsole.Write(Tables.Confusion(evaluation.ClassNames, evaluation.Confusion));
        AnsiConsole.WriteLine("Reliability (confidence: the highest probability of a cell):");
        AnsiConsole.Write(ReliabilityTable(evaluation));
        if (evaluation.Groups is { } groups)
            Show(groups, group!);
    }

    private static Table FigureTable(CellEvaluation evaluation, string? group)
    {
        Table table = Tables.Create("Figure", "Value", $"95 % interval, other {(group is null ? "cells" : $"values of '{Markup.Escape(group)}'")}");
        Add("Accuracy", evaluation.Accuracy, evaluation.AccuracyInterval);
        foreach (int k in new[] { 2, 3, 5 }.Where(k => k < evaluation.ClassNames.Count))
            Add($"Among the {k} most probable", evaluation.TopAccuracies[k - 1]);
        Add("Mean recall of classes with cells", evaluation.BalancedAccuracy);
        Add("Macro F1", evaluation.MacroMean.F1, evaluation.MacroF1Interval);
        Add("Log-loss", evaluation.LogLoss);
        Add("Cohen's kappa", evaluation.CohenKappa);
        Add("Matthews' correlation", evaluation.MatthewsCorrelation);
        Add("Expected calibration error", evaluation.ExpectedCalibrationError);
        return table;

        void Add(string figure, double? value, ConfidenceInterval? interval = null) => table.AddRow(figure, Text(value), Text(interval));
    }

    private static Table ClassTable(CellEvaluation evaluation)
    {
        Table table = Tables.Create("Class", "Precision", "Recall", "F1", "Support");
        foreach (ClassEvaluation figures in evaluation.Classes)
            table.AddRow(Markup.Escape(figures.ClassName), Text(figures.Precision), Text(figures.Recall), Text(figures.F1), $"{figures.Support}");
        foreach ((string name, ClassMeans means) in new[] { ("Macro mean", evaluation.MacroMean), ("Weighted mean", evaluation.WeightedMean) })
            table.AddRow(name, Text(means.Precision), Text(means.Recall), Text(means.F1), $"{evaluation.CellCount}");
        return table;
    }

    private static Table ReliabilityTable(CellEvaluation evaluation)
    {
        Table table = Tables.Create("Confidence", "Mean", "Accuracy", "Cells");
        foreach (ReliabilityBin bin in evaluation.Reliability.Where(bin => bin.CellCount > 0))
            table.AddRow($"{Text(bin.Lower)} to {Text(bin.Upper)}", Text(bin.MeanConfidence), Text(bin.Accuracy), $"{bin.CellCount}");
        return table;
    }

    private static void Show(GroupEvaluation groups, string column)
    {
        if (groups.MixedGroupCount > 0)
            AnsiConsole.WriteLine($"{groups.MixedGroupCount} of {groups.GroupCount} values of '{column}' have cells of several classes, so no verdict on them is right or wrong.");
        if (groups.Verdicts.Count == 0)
            return;

        AnsiConsole.WriteLine($"Verdicts on whole values of '{column}', by the mean probability of cells:");
        Table curve = Tables.Create("Cells", "Accuracy", "95 % interval", "Groups");
        foreach (VerdictAccuracy point in groups.AccuracyByCellCount)
            curve.AddRow($"{point.CellCount}", Text(point.Accuracy), Text(point.Interval), $"{point.GroupCount}");
        curve.AddRow("all", Text(groups.Accuracy), Text(groups.AccuracyInterval), $"{groups.Verdicts.Count}");
        AnsiConsole.Write(curve);

        GroupVerdict[] listed = [.. groups.Verdicts.OrderBy(verdict => verdict.IsRight).Take(ListedVerdicts)];
        Table verdicts = Tables.Create(Markup.Escape(column), "Cells", "Class", "Verdict", "Probability");
        foreach (GroupVerdict verdict in listed)
            verdicts.AddRow(Markup.Escape(verdict.Group), $"{verdict.CellCount}", Markup.Escape(verdict.TrueClass), verdict.IsRight ? Markup.Escape(verdict.PredictedClass) : $"[bold]{Markup.Escape(verdict.PredictedClass)}[/]", Text(verdict.MeanProbability));
        AnsiConsole.Write(verdicts);
        if (listed.Length < groups.Verdicts.Count)
            AnsiConsole.WriteLine($"... and {groups.Verdicts.Count - listed.Length} more, of which {groups.Verdicts.Count(verdict => verdict.IsRight) - listed.Count(verdict => verdict.IsRight)} are right. --json writes all.");
    }

    private static string Text(double? value) => value is null ? "-" : value.Value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Text(ConfidenceInterval? interval) => interval is not var (lower, upper) ? "" : $"{Text(lower)} to {Text(upper)}";
}
