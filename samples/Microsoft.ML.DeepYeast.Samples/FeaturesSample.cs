using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Microsoft.ML.DeepYeast.Layers;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Takes what one layer of a trained network makes of cells as features for a trainer of ML.NET.</summary>
internal static class FeaturesSample
{
    private const int DrawnCells = 400;

    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "The saved model whose network is used. Where the default is not there, the sample train makes it first.",
        HelpName = "MODEL.zip",
        DefaultValueFactory = _ => SavedModel.DefaultPath,
    };
    private static readonly Option<string?> LayerOption = new("--layer")
    {
        Description = "The layer; the sample 'summary' lists the layers of a model. [default: the one that the last dense layer reads]",
        HelpName = "NAME",
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description = "Learn from the cells of this CSV. Its column 'path' names the images, relative to the CSV or absolute. [default: drawn cells of the 4 transfer classes]",
        HelpName = "FILE.csv",
    };
    private static readonly Option<string> LabelOption = new("--label")
    {
        Description = "The column of --data that holds the class.",
        HelpName = "COLUMN",
        DefaultValueFactory = _ => "label",
    };
    private static readonly Option<string?> SplitOption = new("--split")
    {
        Description = "The column of --data that holds train or test. [default: 20 % of the rows are the test]",
        HelpName = "COLUMN",
    };

    public static Command Command()
    {
        var command = new Command("features", "Takes features from a layer of a saved model and lets a linear trainer of ML.NET learn classes from them that the model does not know.")
        {
            ModelOption, LayerOption, DataOption, LabelOption, SplitOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        var mlContext = new MLContext(seed: 1);
        Network network = SavedModel.LoadNetwork(parsed.GetRequiredValue(ModelOption));
        string layer = parsed.GetValue(LayerOption) ?? network.Graph.Layers.OfType<Dense>().Last().Inputs[0];
        (IDataView training, IDataView test) = OpenCells(mlContext, parsed);

        var features = mlContext.Transforms.DeepYeastPreprocess()             // Image -> Features: 2 x 64 x 64
            .Append(mlContext.Transforms.DeepYeastFeatures(network, layer))   // Features -> Features: what the layer makes of them
            .Append(mlContext.Transforms.Conversion.MapValueToKey("Label"))
            .Append(mlContext.Transforms.NormalizeMeanVariance("Features"))
            .AppendCacheCheckpoint(mlContext);                                // the trainer goes over the features many times
        var model = features.Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(training);
        double accuracy = mlContext.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        AnsiConsole.WriteLine($"{network.Graph.GetOutputShape(layer).Size} features from '{layer}', SdcaMaximumEntropy: accuracy {accuracy:F3} on cells that it did not learn from.");
    }

    private static (IDataView Training, IDataView Test) OpenCells(MLContext mlContext, ParseResult parsed)
    {
        if (parsed.GetValue(DataOption) is not { } data)
        {
            return (mlContext.Data.CreateSyntheticYeastCells(DrawnCells, seed: 1, LocalizationClasses.Transfer),
                mlContext.Data.CreateSyntheticYeastCells(DrawnCells, seed: 2, LocalizationClasses.Transfer));
        }
        CellSets cells = CellSets.FromFile(mlContext, data, parsed.GetRequiredValue(LabelOption), parsed.GetValue(SplitOption), test: null, seed: 1);
        return (CellSets.LoadImages(mlContext, cells.Training), CellSets.LoadImages(mlContext, cells.Test));
    }
}
