using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>What the user of the train sample may choose, with the defaults.</summary>
internal sealed record TrainSettings
{
    // ---- Defaults: the run without arguments must end within 5 minutes on 2 CPU cores. -------------------------------------

    private const int DefaultCells = 2400;
    private const int DefaultTestCells = 600;
    private const int DefaultSeed = 1;
    private const string DefaultLabel = "label";
    private static readonly DeepYeastTrainer.Options TrainerDefaults = new();
    private static readonly (int Epochs, double Width) ForDrawnCells = (10, 0.25);
    private static readonly (int Epochs, double Width) ForFiles = (24, 0.25);

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
    private static readonly Option<int> TestCellsOption = new("--test-cells")
    {
        Description = "Number of drawn cells to evaluate on.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultTestCells,
    };
    private static readonly Option<int?> EpochsOption = new("--epochs")
    {
        Description = $"How often the training goes over all cells. [default: {ForDrawnCells.Epochs}, with --data {ForFiles.Epochs}]",
        HelpName = "N",
    };
    private static readonly Option<string> NetworkOption = Architecture.CreateOption("The architecture.", nameof(Networks.DeepYeastPooled));
    private static readonly Option<double?> WidthOption = new("--width")
    {
        Description = FormattableString.Invariant($"Factor on the filters of DeepYeast and DeepYeastPooled; 1 is the published width, work goes with its square. [default: {ForDrawnCells.Width}, with --data {ForFiles.Width}; other networks 1]"),
        HelpName = "FACTOR",
    };
    private static readonly Option<int> BatchOption = new("--batch")
    {
        Description = "Cells a gradient step.",
        HelpName = "N",
        DefaultValueFactory = _ => TrainerDefaults.BatchSize,
    };
    private static readonly Option<double> LearningRateOption = new("--learning-rate")
    {
        Description = "Adam's largest step size.",
        HelpName = "RATE",
        DefaultValueFactory = _ => TrainerDefaults.LearningRate,
    };
    private static readonly Option<string> AugmentOption = new Option<string>("--augment")
    {
        Description = "Random changes of training cells: none; reference (shifts, mirrored left to right); round (also top to bottom, quarter turns).",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "reference", "round");
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
    private static readonly Option<string> OutOption = new("--out")
    {
        Description = "Where the model is saved.",
        HelpName = "MODEL.zip",
        DefaultValueFactory = _ => SavedModel.DefaultPath,
    };
    private static readonly Option<string?> JsonOption = new("--json")
    {
        Description = "Also write figures, settings and seconds to this file, for scripts.",
        HelpName = "FILE",
    };

    public static IReadOnlyList<Option> Options { get; } =
    [
        DataOption, LabelOption, SplitOption, TestOption, CellsOption, TestCellsOption, EpochsOption, NetworkOption, WidthOption, BatchOption, LearningRateOption,
        AugmentOption, SeedOption, DeviceOption, OutOption, JsonOption,
    ];

    // ---- The settings --------------------------------------------------------------------------------------------------------

    public string? Data { get; private init; }

    public required string Label { get; init; }

    public string? Split { get; private init; }

    public string? Test { get; private init; }

    public required int Cells { get; init; }

    public required int TestCells { get; init; }

    public required int Epochs { get; init; }

    public required string Network { get; init; }

    public required double Width { get; init; }

    public required int Batch { get; init; }

    public required double LearningRate { get; init; }

    public required string Augment { get; init; }

    public required int Seed { get; init; }

    public required ComputeDevice Device { get; init; }

    public required string Out { get; init; }

    public string? Json { get; private init; }

    /// <summary>Draws cells that the training has not seen.</summary>
    public int TestSeed => unchecked(Seed + 1);

    public CellAugmentation Augmentation => Augment switch
    {
        "none" => CellAugmentation.None,
        "reference" => CellAugmentation.Reference,
        _ => CellAugmentation.RoundCells,
    };

    public static TrainSettings From(ParseResult parsed)
    {
        string? data = parsed.GetValue(DataOption);
        if (data is null && parsed.GetValue(SplitOption) is not null)
            throw new UserErrorException("--split names a column of --data, which is not given.");
        if (data is not null && parsed.GetValue(CellsOption) is not null)
            throw new UserErrorException("--cells is a number of drawn cells, but --data says to train on a file.");
        (int epochs, double width) = data is null ? ForDrawnCells : ForFiles;
        return new()
        {
            Data = data,
            Label = parsed.GetRequiredValue(LabelOption),
            Split = parsed.GetValue(SplitOption),
            Test = parsed.GetValue(TestOption),
            Cells = AtLeastOne("--cells", parsed.GetValue(CellsOption) ?? DefaultCells),
            TestCells = AtLeastOne("--test-cells", parsed.GetValue(TestCellsOption)),
            Epochs = parsed.GetValue(EpochsOption) ?? epochs,
            Network = parsed.GetRequiredValue(NetworkOption),
            Width = parsed.GetValue(WidthOption) ?? (Architecture.HasWidth(parsed.GetRequiredValue(NetworkOption)) ? width : 1),
            Batch = parsed.GetValue(BatchOption),
            LearningRate = parsed.GetValue(LearningRateOption),
            Augment = parsed.GetRequiredValue(AugmentOption),
            Seed = parsed.GetValue(SeedOption),
            Device = parsed.GetValue(DeviceOption),
            Out = parsed.GetRequiredValue(OutOption),
            Json = parsed.GetValue(JsonOption),
        };
    }

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
