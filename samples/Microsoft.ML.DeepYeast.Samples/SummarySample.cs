using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>Prints the layers of an architecture, or of the network inside a saved model.</summary>
internal static class SummarySample
{
    private static readonly Dictionary<string, Func<CellShape, int, NetworkGraph>> s_networks = new()
    {
        [nameof(Networks.DeepYeast)] = Networks.DeepYeast,
        [nameof(Networks.ResNet50)] = Networks.ResNet50,
        [nameof(Networks.MobileNet)] = Networks.MobileNet,
        [nameof(Networks.DenseNet40_BC)] = Networks.DenseNet40_BC,
    };

    private static readonly Argument<string?> ModelArgument = new("MODEL.zip")
    {
        Description = "A saved model. [default: an untrained architecture]",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string> NetworkOption = new Option<string>("--network")
    {
        Description = "The untrained architecture.",
        DefaultValueFactory = _ => nameof(Networks.DeepYeast),
    }.AcceptOnlyFromAmong([.. s_networks.Keys]);
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
            Console.Write(Build(parsed.GetRequiredValue(NetworkOption), parsed.GetValue(ClassesOption), parsed.GetValue(WidthOption)).Summary());
            return;
        }

        ITransformer model = SavedModel.Load(new MLContext(), path, out _);
        DeepYeastPredictionTransformer classifier = Steps(model).OfType<DeepYeastPredictionTransformer>().FirstOrDefault()
            ?? throw new UserErrorException($"'{path}' holds no classifier of this library.");
        Console.Write(classifier.Model.Graph.Summary());
        if (classifier.ClassNames is { } classes)
            Console.WriteLine($"Classes: {string.Join(", ", classes)}");
    }

    private static NetworkGraph Build(string name, int classes, double width)
    {
        if (width == 1)
            return s_networks[name](CellShape.DeepYeast, classes);
        return name == nameof(Networks.DeepYeast)
            ? Networks.DeepYeast(CellShape.DeepYeast, classes, width)
            : throw new UserErrorException($"{WidthOption.Name} is for {nameof(Networks.DeepYeast)} alone; leave it out for {name}.");
    }

    private static IEnumerable<ITransformer> Steps(ITransformer model)
        => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
