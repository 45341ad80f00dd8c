using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>Prints the layers of an architecture, or of the network inside a saved model.</summary>
internal static class SummarySample
{
    private static readonly Argument<string?> ModelArgument = new("MODEL.zip")
    {
        Description = "A saved model. [default: an untrained architecture]",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string?> NetworkOption = Architecture.CreateOption("The untrained architecture. [default: DeepYeast]");
    private static readonly Option<int> ClassesOption = new("--classes")
    {
        Description = "Number of classes of the untrained architecture.",
        HelpName = "N",
        DefaultValueFactory = _ => LocalizationClasses.Main.Count,
    };
    private static readonly Option<double> WidthOption = new("--width")
    {
        Description = "Factor on the filters of the untrained DeepYeast architecture.",
        HelpName = "FACTOR",
        DefaultValueFactory = _ => 1,
    };

    public static Command Command()
    {
        var command = new Command("summary", "Prints the layers of one of the library's networks, or of the network inside a saved model.") { ModelArgument, NetworkOption, ClassesOption, WidthOption };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        if (parsed.GetValue(ModelArgument) is not { } path)
        {
            Func<CellShape, int, NetworkGraph> architecture = Architecture.Find(parsed.GetValue(NetworkOption) ?? nameof(Networks.DeepYeast), parsed.GetValue(WidthOption));
            Console.Write(architecture(CellShape.DeepYeast, parsed.GetValue(ClassesOption)).Summary());
            return;
        }

        ITransformer model = SavedModel.Load(new MLContext(), path, out _);
        DeepYeastPredictionTransformer classifier = Steps(model).OfType<DeepYeastPredictionTransformer>().FirstOrDefault()
            ?? throw new UserErrorException($"'{path}' holds no classifier of this library.");
        Console.Write(classifier.Model.Graph.Summary());
        if (classifier.ClassNames is { } classes)
            Console.WriteLine($"Classes: {string.Join(", ", classes)}");
    }

    private static IEnumerable<ITransformer> Steps(ITransformer model)
        => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
