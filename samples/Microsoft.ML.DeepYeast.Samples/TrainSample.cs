using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Trains a classifier in an ML.NET pipeline, evaluates it, saves it, and lets a second process use it.</summary>
internal static class TrainSample
{
    private const int CellsForSecondProcess = 6;

    // What the library's log has to say to a user: the beginnings of its messages.
    private static readonly string[] s_told = ["Training ", "Going on from checkpoint", "There is no checkpoint"];

    public static Command Command()
    {
        var command = new Command("train", "Trains on drawn cells (or on a CSV of your own), evaluates, saves the model, and classifies cells with it in a second process.");
        foreach (Option option in TrainSettings.Options)
            command.Add(option);
        command.SetAction(parsed => Run(TrainSettings.From(parsed)));
        return command;
    }

    private static int Run(TrainSettings settings)
    {
        WholeFile.Prepare(settings.Out);
        WholeFile.Prepare(settings.Json);
        WholeFile.Prepare(settings.History);
        WholeFile.Prepare(settings.Report);

        var mlContext = new MLContext(settings.Seed);
        mlContext.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
                AnsiConsole.WriteLine($"Warning: {message.RawMessage}");
            else if (s_told.Any(start => message.RawMessage.StartsWith(start, StringComparison.Ordinal)))
                AnsiConsole.WriteLine(message.RawMessage);
        };
        CellSets cells = CellSets.Open(mlContext, settings);
        if (!cells.TestIsDrawn)   // now, and not after the training
            ClassScores.WarnOfUnknown([.. cells.Test.GetColumn<string>("Label")], [.. cells.Training.GetColumn<string>("Label").Distinct()], "test cells");
        AnsiConsole.WriteLine($"Training on {settings.Data ?? $"{settings.Cells:N0} drawn cells"}: {settings.Trainer.Epochs} {(settings.Trainer.Epochs == 1 ? "epoch" : "epochs")}{(settings.Recipe is null ? "" : $", recipe {settings.Recipe}")}.");

        var clock = Stopwatch.StartNew();
        (ITransformer model, TimeSpan reading) = Train(mlContext, cells, settings);
        TimeSpan fit = clock.Elapsed;

        // Before the evaluation, so that a test cell that cannot be read does not cost the training.
        clock.Restart();
        mlContext.Model.SaveAtomically(model, cells.Training.Schema, settings.Out);
        TimeSpan save = clock.Elapsed;
        TrainingHistory history = ((IEnumerable<ITransformer>)model).OfType<DeepYeastPredictionTransformer>().Single().History;
        if (history[^1].ValidationAccuracy is not null)
            AnsiConsole.WriteLine($"Kept the weights of epoch {history.BestEpoch}, the best by validation.");
        SaveHistory(history, settings.History);
        AnsiConsole.WriteLine($"Saved {settings.Out} ({new FileInfo(settings.Out).Length / 1e6:F1} MB).");

        clock.Restart();
        Evaluation evaluation = Evaluate(mlContext, model, cells, settings);
        TimeSpan evaluate = clock.Elapsed;
        Interruption.Token.ThrowIfCancellationRequested();
        evaluation.Show();
        if (settings.Report is not null)
            AnsiConsole.WriteLine($"Wrote {settings.Report} ({new FileInfo(settings.Report).Length / 1e6:F1} MB).");

        AnsiConsole.WriteLine($"\nA second process loads {settings.Out} and classifies {(cells.TestIsDrawn ? "drawn cells" : "cells of the test")}:");
        clock.Restart();
        int exitCode = ClassifyInSecondProcess(mlContext, cells, settings);
        if (exitCode != 0)
            return exitCode;

        var seconds = new PhaseSeconds(reading.TotalSeconds, (fit - reading).TotalSeconds, evaluate.TotalSeconds, save.TotalSeconds, clock.Elapsed.TotalSeconds);
        AnsiConsole.WriteLine($"\n{seconds.Total:F0} s: {seconds.Reading:F1} reading, {seconds.Training:F1} training, {seconds.Evaluating:F1} evaluating, {seconds.SecondProcess:F1} in the second process.");
        if (settings.Json is not null)
            MetricsFile.Write(settings.Json, settings, Network.Of(model).Graph.Name, evaluation, seconds);
        return 0;
    }

    private static (ITransformer Model, TimeSpan Reading) Train(MLContext mlContext, CellSets cells, TrainSettings settings)
    {
        try
        {
            return TrainingDisplay.Follow(report => Fit(mlContext, cells, settings, report));
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.WriteLine(settings.Trainer.CheckpointFolder is { } folder
                ? $"What was learned is in '{folder}': the same command with --resume goes on from there."
                : "What was learned is lost; with --checkpoints FOLDER the next training can go on with --resume.");
            throw;
        }
    }

    // The whole of what a program needs to train; the rest of this file is about files, figures and the console.
    private static ITransformer Fit(MLContext mlContext, CellSets cells, TrainSettings settings, Action<TrainingProgress> report)
    {
        DeepYeastTrainer.Options options = settings.Trainer;
        options.ProgressCallback = report;
        options.CancellationToken = Interruption.Token;
        if (settings.Validates && cells.Validation is null)
            options.ValidationFraction = 0.2;

        IEstimator<ITransformer> features = Features(mlContext, cells);                                     // ImagePath or Image, Label -> Features, Label
        DeepYeastTrainer trainer = mlContext.MulticlassClassification.Trainers.DeepYeast(options);          // Features, Label -> Score, PredictedLabel
        IEstimator<ITransformer> name = mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel");    // key -> text

        if (cells.Validation is null)
            return features.Append(trainer).Append(name).Fit(cells.Training);

        // Validation cells go through the steps before the trainer as well, for which a chain has no place: fit step by step.
        ITransformer prepared = features.Fit(cells.Training);
        IDataView training = prepared.Transform(cells.Training);
        ITransformer trained = trainer.Fit(training, prepared.Transform(cells.Validation));
        return new TransformerChain<ITransformer>(prepared, trained, name.Fit(trained.Transform(training)));
    }

    /// <summary>The steps before the trainer.</summary>
    public static IEstimator<ITransformer> Features(MLContext mlContext, CellSets cells)
    {
        IEstimator<ITransformer> cell = mlContext.Transforms.Conversion.MapValueToKey("Label");
        if (cells.AreFiles)
            cell = cell.Append(mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath"));   // ImagePath -> Image
        return cell.Append(mlContext.Transforms.DeepYeastPreprocess());                                     // Image -> Features
    }

    private static void SaveHistory(TrainingHistory history, string? path)
    {
        if (path is null)
            return;
        history.SaveCsv(path);
        history.SaveSvg(Path.ChangeExtension(path, ".svg"));
    }

    private static Evaluation Evaluate(MLContext mlContext, ITransformer model, CellSets cells, TrainSettings settings) => Evaluation.Of(settings.Report is null
        ? mlContext.MulticlassClassification.EvaluateCells(model.Transform(cells.Test), new() { BootstrapResamples = 0, CancellationToken = Interruption.Token })
        : WriteReport(mlContext, model, cells, settings, settings.Report));

    private static CellEvaluation WriteReport(MLContext mlContext, ITransformer model, CellSets cells, TrainSettings settings, string path)
        => mlContext.MulticlassClassification.WriteCellReport(model, cells.Test, path, new()
        {
            Title = $"{Network.Of(model).Graph.Name}, trained on {(settings.Data is null ? "drawn cells" : Path.GetFileName(settings.Data))}",
            Notes =
            [
                new("Cells", settings.Data is null ? "drawn" : $"{settings.Data}, class in column {settings.Label}"),
                new("Training cells", $"{cells.Training.GetColumn<string>("Label").Count():N0}{(settings.Trainer.ValidationFraction > 0 ? $", {settings.Trainer.ValidationFraction:P0} of them to validate on" : "")}"),
                new("Recipe", settings.Recipe ?? "none"),
                new("Batch size", $"{settings.Trainer.BatchSize}"),
                new("Largest learning rate", FormattableString.Invariant($"{settings.Trainer.LearningRate}")),
                new("Seed", $"{settings.Seed}"),
            ],
            CancellationToken = Interruption.Token,
        });

    private static int ClassifyInSecondProcess(MLContext mlContext, CellSets cells, TrainSettings settings)
    {
        List<string> arguments = ["predict", settings.Out, "--count", $"{CellsForSecondProcess}"];
        if (cells.TestIsDrawn)
            arguments.AddRange(["--seed", $"{settings.TestSeed}"]);
        else if (settings.Test is not null)
            arguments.AddRange(["--data", settings.Test, "--label", settings.Label]);
        else if (settings.Split is not null)
            arguments.AddRange(["--data", settings.Data!, "--label", settings.Label, "--split", settings.Split]);
        else
            arguments.AddRange(mlContext.Data.ShuffleRows(cells.Test, settings.Seed).GetColumn<string>("ImagePath").Take(CellsForSecondProcess));

        string program = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")   // started as "dotnet Samples.dll"
            arguments.Insert(0, typeof(TrainSample).Assembly.Location);
        using Process second = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        second.WaitForExit();
        Interruption.Token.ThrowIfCancellationRequested();
        return second.ExitCode;
    }
}
