using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>
/// Few cells of new classes: a network that knows other classes is trained on with them, beside one that begins from nothing.
/// </summary>
internal static class FineTuneSample
{
    private const int TestCellsPerClass = 100;

    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "A saved model to begin with. Where the default is not there, the sample train makes it first, of the 12 main classes.",
        HelpName = "MODEL.zip",
        DefaultValueFactory = _ => SavedModel.DefaultPath,
    };
    private static readonly Option<string> FreezeOption = new("--freeze-through")
    {
        Description = "The layer that, with all before it, keeps its weights.",
        HelpName = "LAYER",
        DefaultValueFactory = _ => "bn3_4",
    };
    private static readonly Option<int> CellsOption = new("--cells")
    {
        Description = "Drawn cells a class to train on; the classes are actin, bud neck, lipid particle and microtubule.",
        HelpName = "N",
        DefaultValueFactory = _ => 25,
    };
    private static readonly Option<int> EpochsOption = new("--epochs")
    {
        Description = "How often each training goes over all cells.",
        HelpName = "N",
        DefaultValueFactory = _ => 30,
    };
    private static readonly Option<int> SeedsOption = new("--seeds")
    {
        Description = "How often both trainings are repeated, with other cells and other weights.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    public static Command Command()
    {
        var command = new Command("finetune", "Trains a saved model on with a few drawn cells of the 4 transfer classes, and a network from nothing beside it.")
        {
            ModelOption, FreezeOption, CellsOption, EpochsOption, SeedsOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        Network start = SavedModel.LoadNetwork(parsed.GetRequiredValue(ModelOption));
        int perClass = parsed.GetValue(CellsOption), epochs = parsed.GetValue(EpochsOption), seeds = parsed.GetValue(SeedsOption);
        string freeze = parsed.GetRequiredValue(FreezeOption);
        AnsiConsole.WriteLine($"Training {start.Graph.Name} on {perClass} cells of each of {string.Join(", ", LocalizationClasses.Transfer)}, {epochs} epochs.");

        var tuned = new List<double>();
        var scratch = new List<double>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            tuned.Add(TrainAndTest("fine-tuned", seed, perClass, new()
            {
                StartingNetwork = start,
                FreezeThrough = freeze,
                Epochs = epochs,
                CancellationToken = Interruption.Token,
            }));
            scratch.Add(TrainAndTest("from nothing", seed, perClass, new()
            {
                Network = (_, classCount) => start.Graph.ReplaceHead(classCount),
                Epochs = epochs,
                CancellationToken = Interruption.Token,
            }));
        }
        AnsiConsole.WriteLine($"Mean accuracy: fine-tuned {tuned.Average():F3}, from nothing {scratch.Average():F3}.");
    }

    private static double TrainAndTest(string what, int seed, int perClass, DeepYeastTrainer.Options options)
    {
        var mlContext = new MLContext(seed);
        int classes = LocalizationClasses.Transfer.Count;
        IDataView training = mlContext.Data.CreateSyntheticYeastCells(perClass * classes, seed, LocalizationClasses.Transfer);
        IDataView test = mlContext.Data.CreateSyntheticYeastCells(TestCellsPerClass * classes, seed + 1000, LocalizationClasses.Transfer);

        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.Transforms.DeepYeastPreprocess())
            .Append(mlContext.MulticlassClassification.Trainers.DeepYeast(options));
        var clock = Stopwatch.StartNew();
        var model = pipeline.Fit(training);
        double seconds = clock.Elapsed.TotalSeconds;
        double accuracy = mlContext.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        AnsiConsole.WriteLine($"seed {seed}, {what}: accuracy {accuracy:F3} on {TestCellsPerClass * classes} other cells, after {seconds:F1} s");
        return accuracy;
    }
}
