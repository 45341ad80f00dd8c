using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Looks for a learning rate: a short training with ever larger steps.</summary>
internal static class LearningRateSample
{
    private static readonly Option<string> PlotOption = new("--plot")
    {
        Description = "Where the loss over the learning rate is drawn.",
        HelpName = "FILE.svg",
        DefaultValueFactory = _ => "models/learning-rate.svg",
    };

    public static Command Command()
    {
        var command = new Command("lr-find", "Takes steps of ever larger learning rates, draws the loss over the rate, and suggests one.") { PlotOption };
        foreach (Option option in TrainSettings.CellOptions)
            command.Add(option);
        foreach (Option option in TrainSettings.StepOptions)
            command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        TrainSettings settings = TrainSettings.From(parsed);
        var mlContext = new MLContext(settings.Seed);
        CellSets cells = CellSets.Open(mlContext, settings);
        settings.Trainer.CancellationToken = Interruption.Token;

        IEstimator<ITransformer> features = TrainSample.Features(mlContext, cells);
        IDataView training = features.Fit(cells.Training).Transform(cells.Training);
        LearningRateRange range = new LearningRateFinder().Find(mlContext.MulticlassClassification.Trainers.DeepYeast(settings.Trainer), training);

        string plot = parsed.GetRequiredValue(PlotOption);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(plot))!);
        range.SaveSvg(plot);
        foreach (LearningRatePoint point in range.Points.Where((_, i) => i % 10 == 0))
            AnsiConsole.WriteLine(FormattableString.Invariant($"{point.LearningRate:E1}: loss {point.SmoothedLoss:F3}"));
        AnsiConsole.WriteLine(range.Suggestion is { } rate
            ? FormattableString.Invariant($"The loss fell fastest at {rate:G2}: train with --learning-rate {rate:G1}, or half of it. Drawn in {plot}.")
            : $"The loss fell at no rate. Drawn in {plot}.");
    }
}
