using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Finds the best classifier that a given time allows, tests it once on cells that the search has not seen, and saves it.</summary>
internal static class ExperimentSample
{
    // With fewer an interval is about these, and hardly about others.
    private const int FewGroups = 10;

    // A network to begin with has an architecture of its own, of which these say nothing.
    private static readonly string[] s_ofArchitecture = [nameof(TrialSettings.Network), nameof(TrialSettings.Width), nameof(TrialSettings.Dropout)];

    public static Command Command()
    {
        var command = new Command("experiment", "Searches networks, settings and baselines for a given time, on drawn cells or on a CSV of your own, and saves and tests the best model.");
        foreach (Option option in ExperimentSettings.Options)
            command.Add(option);
        command.SetAction(parsed => Run(ExperimentSettings.From(parsed)));
        return command;
    }

    private static void Run(ExperimentSettings settings)
    {
        WholeFile.Prepare(settings.Out);
        WholeFile.Prepare(settings.Report);
        WholeFile.Prepare(settings.Json);

        var mlContext = new MLContext(settings.Seed);
        var display = new ExperimentDisplay(settings.Metric);
        mlContext.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
                display.Tell($"Warning: {message.RawMessage}");
            else if (message.RawMessage.StartsWith("Searching ", StringComparison.Ordinal) || message.RawMessage.StartsWith("The search ends ", StringComparison.Ordinal))
                display.Tell(message.RawMessage);
        };
        DeepYeastExperimentSettings search = settings.ToLibrary();
        (search.ProgressCallback, search.CancellationToken) = (display.Show, Interruption.Token);
        CellSets cells = OpenCells(mlContext, settings);
        DeepYeastExperiment experiment = mlContext.MulticlassClassification.CreateDeepYeastExperiment(search);

        // The three ways to judge a trial: by folds, by cells of their own, or by cells that the experiment sets aside.
        string? group = GroupColumn(settings);
        if (settings.Folds is { } folds)
            Finish(mlContext, settings, cells, display.Follow(() => experiment.Execute(cells.Training, (uint)folds, samplingKeyColumn: group, progressHandler: display)));
        else if (cells.Validation is { } validation)
            Finish(mlContext, settings, cells, display.Follow(() => experiment.Execute(cells.Training, validation, samplingKeyColumn: group, progressHandler: display)));
        else
            Finish(mlContext, settings, cells, display.Follow(() => experiment.Execute(cells.Training, samplingKeyColumn: group, progressHandler: display)));
    }

    private static CellSets OpenCells(MLContext mlContext, ExperimentSettings settings)
    {
        if (settings.Data is null)
        {
            return new(
                mlContext.Data.CreateSyntheticYeastCells(settings.Cells, settings.Seed), null, mlContext.Data.CreateSyntheticYeastCells(settings.TestCells, settings.TestSeed),
                AreFiles: false, TestIsDrawn: true);
        }
        CellSets cells = CellSets.FromFile(mlContext, settings.Data, settings.Label, settings.Split, test: null, settings.Seed, settings.Group);
        if (settings.Folds is not null && cells.Validation is not null)
            throw new UserErrorException($"--folds judges trials by folds of the training cells, but column '{settings.Split}' has validation cells for it. Leave --folds out, or name them train.");
        ClassScores.WarnOfUnknown([.. cells.Test.GetColumn<string>("Label")], [.. cells.Training.GetColumn<string>("Label").Distinct()], "test cells");   // now, and not after the search
        return cells;
    }

    /// <summary>Saves the best model, tests it, and says what was found.</summary>
    private static void Finish<TRun>(MLContext mlContext, ExperimentSettings settings, CellSets cells, DeepYeastExperimentResult<TRun> result) where TRun : DeepYeastRunDetail
    {
        using (result)
        {
            if (Interruption.Token.IsCancellationRequested)
                AnsiConsole.WriteLine("Interrupted: the search ended early, and this is the best so far.");
            Show(result, settings);
            if (settings.Start is not null)
                AnsiConsole.WriteLine($"Figures of trials that begin with {settings.Start} are too good if it has learned from any of the training cells.");
            if (GroupCount(settings, cells.Validation ?? cells.Training) is > 0 and < FewGroups and var groups)
                AnsiConsole.WriteLine($"The cells held out are of {groups} values of '{settings.Group}': too few for their intervals to say much of others.");

            // Before the test, so that a test cell that cannot be read does not cost the search.
            ITransformer model = result.BestRun.Model!;
            mlContext.Model.SaveAtomically(model, cells.Training.Schema, settings.Out);
            AnsiConsole.WriteLine($"Saved {settings.Out} ({new FileInfo(settings.Out).Length / 1e6:F1} MB).");

            // Of one group there is no interval about others, and no verdict on many.
            string? group = GroupCount(settings, cells.Test) > 1 ? GroupColumn(settings) : null;
            CellEvaluation test = settings.Report is null
                ? mlContext.MulticlassClassification.EvaluateCells(model.Transform(cells.Test), new() { GroupColumnName = group })
                : mlContext.MulticlassClassification.WriteExperimentReport(result, cells.Test, settings.Report, ReportOptions(settings, group));
            Evaluation.Of(test).Show();
            if (test.AccuracyInterval is var (lower, upper))
            {
                string others = group is not null ? $"other values of '{settings.Group}'" : settings.Group is null ? "other cells" : $"other cells of the one value of '{settings.Group}' in the test";
                AnsiConsole.WriteLine($"95 % interval of the accuracy, with {others}: {lower:F3} to {upper:F3}.");
            }
            if (settings.Report is not null)
                AnsiConsole.WriteLine($"Wrote {settings.Report} ({new FileInfo(settings.Report).Length / 1e6:F1} MB).");
            if (settings.Json is not null)
                MetricsFile.Write(settings.Json, Figures(settings, result, test));
            ShowWhatNext(settings);
        }
    }

    private static string? GroupColumn(ExperimentSettings settings) => settings.Group is null ? null : nameof(CellFile.Group);

    /// <summary>Number of groups that the rows are of; 0 where no column says it.</summary>
    private static int GroupCount(ExperimentSettings settings, IDataView rows) => GroupColumn(settings) is { } column ? rows.GetColumn<string>(column).Distinct().Count() : 0;

    private static void Show<TRun>(DeepYeastExperimentResult<TRun> result, ExperimentSettings settings) where TRun : DeepYeastRunDetail
    {
        IReadOnlyList<TRun> ranking = result.Ranking;
        AnsiConsole.WriteLine($"\n{ExperimentDisplay.CountOf(result.RunDetails)} in {ExperimentDisplay.Clock(result.Elapsed)}, by their {ExperimentDisplay.NameOf(settings.Metric)} on cells held out, with 95 % intervals:");
        Table table = Tables.Create("Rank", "Trial", "What", "Figure", "Epochs", "Seconds");
        table.Columns[2].Alignment = Justify.Left;
        for (int i = 0; i < ranking.Count; i++)
            table.AddRow($"{i + 1}", $"{ranking[i].Number}", Markup.Escape(ranking[i].TrainerName), ExperimentDisplay.FigureOf(ranking[i]), ExperimentDisplay.EpochsOf(ranking[i]), $"{ranking[i].RuntimeInSeconds:F0}");
        AnsiConsole.Write(table);
        foreach (TRun run in result.RunDetails.Except(ranking))
            AnsiConsole.WriteLine($"Trial {run.Number}, {run.TrainerName}, failed: {ErrorText.Of(run.Exception!)}");

        if (result.BestRun.Settings is { } best)
            AnsiConsole.WriteLine($"Settings of trial {result.BestRun.Number}: {string.Join(", ", typeof(TrialSettings).GetProperties().Where(setting => best.StartingPoint == "Scratch" || !s_ofArchitecture.Contains(setting.Name)).Select(setting => FormattableString.Invariant($"{setting.Name} {setting.GetValue(best)}")))}.");
        AnsiConsole.WriteLine(Verdict(result));
        AnsiConsole.WriteLine(result.WasRefitted
            ? $"Trial {result.BestRun.Number} was trained once more, on all cells, those held out included."
            : $"The model is trial {result.BestRun.Number} as it was judged{(result.BestRun.LearnsNothing ? ": it learns nothing from the cells" : ", without the cells held out (with several folds those of the first one): it was not trained once more on all")}.");
    }

    private static string Verdict<TRun>(DeepYeastExperimentResult<TRun> result) where TRun : DeepYeastRunDetail
    {
        if (result.RunnerUp is not { } next)
            return $"Trial {result.BestRun.Number} is the only one with a figure.";
        if (result.Lead is not var (lower, upper))
            return $"Whether trial {result.BestRun.Number} is better than trial {next.Number} cannot be said: the cells held out are too few, or of one group.";
        string interval = $"the 95 % interval of their difference is {lower:F3} to {upper:F3}";
        return result.IsBestDistinguishable
            ? $"Trial {result.BestRun.Number} is better than trial {next.Number} on the cells held out: {interval}."
            : $"Trial {result.BestRun.Number} cannot be told from trial {next.Number} on the cells held out: {interval}.";
    }

    private static CellReportOptions ReportOptions(ExperimentSettings settings, string? group) => new()
    {
        Title = $"{FormattableString.Invariant($"{settings.Minutes}")} {(settings.Minutes == 1 ? "minute" : "minutes")} of search on {(settings.Data is null ? "drawn cells" : Path.GetFileName(settings.Data))}",
        GroupColumnName = group,
        GroupName = group is null ? null : settings.Group,
        Notes =
        [
            new("Cells", settings.Data is null ? "drawn" : $"{settings.Data}, class in column {settings.Label}"),
            new("Judged by", settings.Folds is { } folds ? $"cross-validation with {folds} folds" : "cells held out of the training"),
            .. settings.Group is null ? Array.Empty<KeyValuePair<string, string>>() : [new("Held out together", $"cells of one value of {settings.Group}")],
            new("Seed", $"{settings.Seed}"),
        ],
    };

    private static object Figures<TRun>(ExperimentSettings settings, DeepYeastExperimentResult<TRun> result, CellEvaluation test) where TRun : DeepYeastRunDetail => new
    {
        Settings = new
        {
            settings.Minutes, settings.Data, settings.Label, settings.Split, settings.Group, Cells = settings.Data is null ? settings.Cells : (int?)null, settings.Folds,
            Metric = $"{settings.Metric}", Trainers = settings.Trainers?.Select(trainer => $"{trainer}"), settings.Start, settings.Refit, settings.Folder, settings.Seed, settings.Out,
        },
        Seconds = result.Elapsed.TotalSeconds,
        Best = result.BestRun.Number,
        RunnerUp = result.RunnerUp?.Number,
        result.Lead,
        result.IsBestDistinguishable,
        result.WasRefitted,
        WasInterrupted = Interruption.Token.IsCancellationRequested,
        Trials = result.RunDetails.Select(run => new
        {
            run.Number,
            run.TrainerName,
            run.Settings,
            Metric = double.IsNaN(run.Metric) ? (double?)null : run.Metric,
            run.MetricInterval,
            run.Epochs,
            run.IsComplete,
            Seconds = run.RuntimeInSeconds,
            Figures = run.Figures.Select(figure => new { figure.Epochs, figure.Metric, figure.Interval, Seconds = figure.At.TotalSeconds }),
            Error = run.Exception?.Message,
        }),
        Test = test,
    };

    private static void ShowWhatNext(ExperimentSettings settings)
    {
        AnsiConsole.WriteLine("\nTo go on:");
        if (settings.Data is null)
        {
            AnsiConsole.WriteLine($"  ./build.sh sample predict {Quoted(settings.Out)} --seed {settings.TestSeed}");
            return;
        }
        string cells = $"{Quoted(settings.Out)} --data {Quoted(settings.Data)} --label {Quoted(settings.Label)}{(settings.Split is null ? "" : $" --split {Quoted(settings.Split)}")}";
        AnsiConsole.WriteLine($"  ./build.sh sample predict {cells}");
        AnsiConsole.WriteLine($"  ./build.sh sample evaluate {cells}{(settings.Group is null ? "" : $" --group {Quoted(settings.Group)}")}");
    }

    private static string Quoted(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
