using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>What the user of the train sample may choose, with the defaults.</summary>
internal sealed record TrainSettings
{
    // ---- Defaults: the run without arguments must end within 5 minutes on 2 CPU cores. -------------------------------------

    private const int DefaultCells = 4000;
    private const int DefaultTestCells = 600;
    private const int DefaultSeed = 1;
    private const string DefaultLabel = "label";
    private static readonly DeepYeastTrainer.Options TrainerDefaults = new();

    /// <summary>Settings of a training, and by which name and width a user would ask for its network.</summary>
    private sealed record NamedRecipe(Func<DeepYeastTrainer.Options> Create, string Network, double Width = 1, bool Validates = true);

    private static readonly NamedRecipe ForDrawnCells = new(
        () => new() { Epochs = 10, Network = Architecture.Find(nameof(Networks.DeepYeast), 0.25) }, nameof(Networks.DeepYeast), 0.25, Validates: false);

    private const string ForFiles = nameof(Recipes.FewCells);

    private static readonly Dictionary<string, NamedRecipe> s_recipes = new()
    {
        [nameof(Recipes.FewCells)] = new(Recipes.FewCells, nameof(Networks.DeepYeastPooled), 0.25, Validates: false),
        [nameof(Recipes.DeepYeast)] = new(Recipes.DeepYeast, nameof(Networks.DeepYeast)),
        [nameof(Recipes.DeepYeastAugmented)] = new(Recipes.DeepYeastAugmented, nameof(Networks.DeepYeast)),
        [nameof(Recipes.DeepYeastMixup)] = new(Recipes.DeepYeastMixup, nameof(Networks.DeepYeast)),
        [nameof(Recipes.ResNet50)] = new(Recipes.ResNet50, nameof(Networks.ResNet50)),
        [nameof(Recipes.DenseNet40_BC)] = new(Recipes.DenseNet40_BC, nameof(Networks.DenseNet40_BC)),
        [nameof(Recipes.MobileNet)] = new(Recipes.MobileNet, nameof(Networks.MobileNet)),
    };

    // ---- The command line ----------------------------------------------------------------------------------------------------

    private static readonly Option<string?> DataOption = new("--data")
    {
        Description = "Train on the cells of this CSV. Its column 'path' names the images, relative to the CSV or absolute. [default: drawn cells]",
        HelpName = "FILE.csv",
    };
    private static readonly Option<string> LabelOption = new("--label")
    {
        Description = "The column of --data and --test that holds the class.",
        HelpName = "COLUMN",
        DefaultValueFactory = _ => DefaultLabel,
    };
    private static readonly Option<string?> SplitOption = new("--split")
    {
        Description = "The column of --data that holds train, test or validation. [default: 20 % of the rows, drawn by --seed, are the test]",
        HelpName = "COLUMN",
    };
    private static readonly Option<string?> TestOption = new("--test")
    {
        Description = "Evaluate on the cells of this CSV instead. [default: drawn cells of another seed, or those that --split names]",
        HelpName = "FILE.csv",
    };
    private static readonly Option<int?> CellsOption = new("--cells")
    {
        Description = $"Number of drawn cells to train on. [default: {DefaultCells}]",
        HelpName = "N",
    };
    private static readonly Option<int?> TestCellsOption = new("--test-cells")
    {
        Description = $"Number of drawn cells to evaluate on. [default: {DefaultTestCells}]",
        HelpName = "N",
    };
    private static readonly Option<int?> EpochsOption = new("--epochs")
    {
        Description = $"How often the training goes over all cells. [default: the recipe's; {ForDrawnCells.Create().Epochs} without one]",
        HelpName = "N",
    };
    private static readonly Option<string?> NetworkOption = Architecture.CreateOption(
        $"The architecture. [default: the recipe's; {ForDrawnCells.Network} without one]");
    private static readonly Option<double?> WidthOption = new("--width")
    {
        Description = FormattableString.Invariant($"Factor on the filters of DeepYeast and DeepYeastPooled; 1 is the published width, work goes with its square. [default: the recipe's; {ForDrawnCells.Width} without one]"),
        HelpName = "FACTOR",
    };
    private static readonly Option<int?> BatchOption = new("--batch")
    {
        Description = $"Cells a gradient step. [default: the recipe's; {TrainerDefaults.BatchSize} without one]",
        HelpName = "N",
    };
    private static readonly Option<double?> LearningRateOption = new("--learning-rate")
    {
        Description = FormattableString.Invariant($"The largest step size. [default: the recipe's; {TrainerDefaults.LearningRate} without one]"),
        HelpName = "RATE",
    };
    private static readonly Option<string?> AugmentOption = Augmentations.CreateOption("Random changes of training cells", "the recipe's; none without one");
    private static readonly Option<double?> MixupOption = new("--mixup")
    {
        Description = "Alpha of mixup: each training cell is a mixture of two. [default: the recipe's; 0, for none, without one]",
        HelpName = "ALPHA",
    };
    private static readonly Option<string?> RecipeOption = new Option<string?>("--recipe")
    {
        Description = $"Settings of the library's Recipes; the options beside it change them. Where no cells are there to validate on, all but {ForFiles} take a fifth of the training cells for it. [default: with --data {ForFiles}, else none]",
    }.AcceptOnlyFromAmong([.. s_recipes.Keys]);
    private static readonly Option<string?> CheckpointsOption = new("--checkpoints")
    {
        Description = "Folder for checkpoints, one a minute, to go on from with --resume.",
        HelpName = "FOLDER",
    };
    private static readonly Option<bool> ResumeOption = new("--resume") { Description = "Go on from the newest checkpoint in --checkpoints." };
    private static readonly Option<string?> HistoryOption = new("--history")
    {
        Description = "Also write the figures of each epoch to this CSV, and beside it draw them as SVG.",
        HelpName = "FILE.csv",
    };
    private static readonly Option<int> SeedOption = new("--seed")
    {
        Description = "Seed of everything random. The same seed on the same CPU gives the same model.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultSeed,
    };
    private static readonly Option<ComputeDevice> DeviceOption = new("--device")
    {
        Description = "Where to compute: auto (a GPU where there is one), cpu, cuda or cuda:N.",
        HelpName = "auto|cpu|cuda[:n]",
        DefaultValueFactory = _ => ComputeDevice.Auto,
        CustomParser = ParseDevice,
    };
    private static readonly Option<Precision> PrecisionOption = new("--precision")
    {
        Description = "What the training computes in: Auto (Mixed where the hardware has bfloat16), Full, Mixed or TensorFloat32.",
        DefaultValueFactory = _ => Precision.Auto,
    };
    private static readonly Option<string?> OutOption = new("--out")
    {
        Description = $"Where the model is saved. [default: {SavedModel.DefaultPath}]",
        HelpName = "MODEL.zip",
    };
    private static readonly Option<string?> JsonOption = new("--json")
    {
        Description = "Also write figures, settings and seconds to this file, for scripts.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> ReportOption = new("--report")
    {
        Description = "Also write a page on the training and the test, with figures, example cells and what the network looked at, to this file. The sample 'evaluate' can do so later, with --group.",
        HelpName = "FILE.html",
    };

    /// <summary>What the cells are.</summary>
    public static IReadOnlyList<Option> CellOptions { get; } = [DataOption, LabelOption, SplitOption, CellsOption, SeedOption];

    /// <summary>What a gradient step is.</summary>
    public static IReadOnlyList<Option> StepOptions { get; } = [NetworkOption, WidthOption, BatchOption, AugmentOption, MixupOption, RecipeOption, DeviceOption, PrecisionOption];

    /// <summary>Everything.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [
        .. CellOptions, TestOption, TestCellsOption, .. StepOptions, EpochsOption, LearningRateOption, CheckpointsOption, ResumeOption, OutOption, HistoryOption, JsonOption, ReportOption,
    ];

    // ---- The settings --------------------------------------------------------------------------------------------------------

    public string? Data { get; private init; }

    public required string Label { get; init; }

    public string? Split { get; private init; }

    public string? Test { get; private init; }

    public required int Cells { get; init; }

    public required int TestCells { get; init; }

    public string? Recipe { get; private init; }

    /// <summary>Whether the recipe goes by cells to validate on.</summary>
    public bool Validates => Recipe is not null && s_recipes[Recipe].Validates;

    /// <summary>What the recipe, or the library, and the command line say; without what only this run can say.</summary>
    public required DeepYeastTrainer.Options Trainer { get; init; }

    public string? History { get; private init; }

    public required int Seed { get; init; }

    public required string Out { get; init; }

    public string? Json { get; private init; }

    public string? Report { get; private init; }

    /// <summary>Draws cells that the training has not seen.</summary>
    public int TestSeed => unchecked(Seed + 1);

    public static TrainSettings From(ParseResult parsed)
    {
        string? data = parsed.GetValue(DataOption);
        if (data is null && parsed.GetValue(SplitOption) is not null)
            throw new UserErrorException("--split names a column of --data, which is not given.");
        if (data is not null && parsed.GetValue(CellsOption) is not null)
            throw new UserErrorException("--cells is a number of drawn cells, but --data says to train on a file.");
        // The trainer checks its options when it is made: now, and not once the cells are read.
        DeepYeastTrainer.Options trainer = CreateTrainerOptions(parsed);
        _ = new MLContext().MulticlassClassification.Trainers.DeepYeast(trainer);
        return new()
        {
            Data = data,
            Label = parsed.GetRequiredValue(LabelOption),
            Split = parsed.GetValue(SplitOption),
            Test = parsed.GetValue(TestOption),
            Cells = AtLeastOne("--cells", parsed.GetValue(CellsOption) ?? DefaultCells),
            TestCells = AtLeastOne("--test-cells", parsed.GetValue(TestCellsOption) ?? DefaultTestCells),
            Recipe = RecipeOf(parsed),
            Trainer = trainer,
            Seed = parsed.GetValue(SeedOption),
            Out = parsed.GetValue(OutOption) ?? SavedModel.DefaultPath,
            History = parsed.GetValue(HistoryOption),
            Json = parsed.GetValue(JsonOption),
            Report = parsed.GetValue(ReportOption),
        };
    }

    private static DeepYeastTrainer.Options CreateTrainerOptions(ParseResult parsed)
    {
        NamedRecipe recipe = RecipeOf(parsed) is { } name ? s_recipes[name] : ForDrawnCells;
        DeepYeastTrainer.Options options = recipe.Create();
        string network = parsed.GetValue(NetworkOption) ?? recipe.Network;
        double width = parsed.GetValue(WidthOption) ?? (Architecture.HasWidth(network) ? recipe.Width : 1);
        if ((network, width) != (recipe.Network, recipe.Width))
            options.Network = Architecture.Find(network, width);
        options.Epochs = parsed.GetValue(EpochsOption) ?? options.Epochs;
        options.BatchSize = parsed.GetValue(BatchOption) ?? options.BatchSize;
        options.LearningRate = parsed.GetValue(LearningRateOption) ?? options.LearningRate;
        options.MixupAlpha = parsed.GetValue(MixupOption) ?? options.MixupAlpha;
        options.Augmentation = Augmentations.Find(parsed.GetValue(AugmentOption)) ?? options.Augmentation;
        options.Device = parsed.GetValue(DeviceOption);
        options.Precision = parsed.GetValue(PrecisionOption);
        options.CheckpointFolder = parsed.GetValue(CheckpointsOption);
        options.Resume = parsed.GetValue(ResumeOption);
        if (options.Resume && options.CheckpointFolder is null)
            throw new UserErrorException("--resume goes on from the checkpoints in a folder; name it with --checkpoints.");
        return options;
    }

    /// <summary>What the command line calls an option of the trainer; null where it has none for it.</summary>
    public static string? NameOnTheCommandLine(string option) => option switch
    {
        nameof(DeepYeastTrainer.Options.Epochs) => EpochsOption.Name,
        nameof(DeepYeastTrainer.Options.BatchSize) => BatchOption.Name,
        nameof(DeepYeastTrainer.Options.LearningRate) => LearningRateOption.Name,
        nameof(DeepYeastTrainer.Options.MixupAlpha) => MixupOption.Name,
        nameof(DeepYeastTrainer.Options.Augmentation) => AugmentOption.Name,
        nameof(DeepYeastTrainer.Options.CheckpointFolder) => CheckpointsOption.Name,
        nameof(DeepYeastTrainer.Options.Resume) => ResumeOption.Name,
        nameof(DeepYeastTrainer.Options.Device) => DeviceOption.Name,
        nameof(DeepYeastTrainer.Options.Precision) => PrecisionOption.Name,
        _ => null,
    };

    private static string? RecipeOf(ParseResult parsed) => parsed.GetValue(RecipeOption) ?? (parsed.GetValue(DataOption) is null ? null : ForFiles);

    private static int AtLeastOne(string option, int value) => value >= 1 ? value : throw new UserErrorException($"{option} is {value} but must be at least 1.");

    private static ComputeDevice ParseDevice(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        switch (text)
        {
            case "auto":
                return ComputeDevice.Auto;
            case "cpu":
                return ComputeDevice.Cpu;
            case "cuda":
                return ComputeDevice.Cuda();
            case var _ when text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out int index) && index >= 0:
                return ComputeDevice.Cuda(index);
            default:
                argument.AddError($"--device is '{text}' but must be auto, cpu, cuda or cuda:N.");
                return default;
        }
    }
}
