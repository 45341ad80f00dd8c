using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Classifies cells with weights that Keras has written, without any training.</summary>
internal static class ClassifySample
{
    private const int MostProbable = 3;

    private static readonly Argument<string> WeightsArgument = new("WEIGHTS.h5") { Description = "Keras weights in HDF5, as save_weights or ModelCheckpoint write them." };
    private static readonly Argument<string[]> ImagesArgument = new("IMAGES") { Description = "Images of cells.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> NetworkOption = Architecture.CreateOption("The architecture of the weights. [default: DeepYeast]");
    private static readonly Option<string[]> ClassesOption = new("--classes")
    {
        Description = "Names of the classes, in the order of the network's outputs. [default: the 12 main localizations]",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Command()
    {
        var command = new Command("classify", "Classifies cells with weights that Keras has written and prints the three most probable classes of each.")
        {
            WeightsArgument, ImagesArgument, NetworkOption, ClassesOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        string[] images = parsed.GetRequiredValue(ImagesArgument);
        IReadOnlyList<string> classes = parsed.GetValue(ClassesOption) is { Length: > 0 } names ? names : LocalizationClasses.Main;

        var mlContext = new MLContext();
        IDataView cells = mlContext.Data.LoadFromEnumerable(images.Select(CellFile.FromImage));
        var pipeline = mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath")
            .Append(mlContext.Transforms.DeepYeastPreprocess())
            .Append(mlContext.Transforms.DeepYeastClassify(parsed.GetRequiredValue(WeightsArgument), Architecture.Find(parsed.GetValue(NetworkOption) ?? nameof(Networks.DeepYeast)), classes));
        IDataView predictions = pipeline.Fit(cells).Transform(cells);
        foreach ((string image, IReadOnlyList<ClassProbability> best) in images.Zip(mlContext.MulticlassClassification.DecodePredictions(predictions, MostProbable)))
            AnsiConsole.WriteLine($"{Path.GetFileName(image)}: {string.Join(", ", best.Select(entry => $"{entry.ClassName} {entry.Probability:F2}"))}");
    }
}
