using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>What the user of the experiment sample may choose, with the defaults.</summary>
internal sealed record ExperimentSettings
{
    private const int DefaultCells = 1200;
    private const int DefaultTestCells = 1500;
    private const int DefaultSeed = 1;
    private const string DefaultLabel = "label";

    // ---- The command line ----------------------------------------------------------------------------------------------------

    private static readonly Option<double> MinutesOption = new("--minutes")
    {
        Description = "How long to search, such as 20 or 0.5. The test at the end comes on top.",
        HelpName = "N",
        Required = true,
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description = "Search on the cells of this CSV. Its column 'path' names the images, relative to the CSV or absolute. [default: drawn cells]",
        HelpName = "FILE.csv",
    };
    private static readonly Option<string> LabelOption = new("--label")
    {
        Description = "The column of --data that holds the class.",
        HelpName = "COLUMN",
        DefaultValueFactory = _ => DefaultLabel,
    };
    private static readonly Option<string?> SplitOption = new("--split")
    {
        Description = "The column of --data that holds train, validation or test. Validation cells, where there are any, judge the trials; test cells are used once, at the end. [default: 20 % of the rows, drawn by --seed, are the test]",
        HelpName = "COLUMN",
    };
    private static readonly Option<string?> GroupOption = new("--group")
    {
        Description = "The column of --data whose equal values say that cells belong together, such as the protein or the field of view: a trial is never judged on cells of a group that it was trained on, and the intervals are about other groups. [default: none]",
        HelpName = "COLUMN",
    };
    private static readonly Option<int?> CellsOption = new("--cells")
    {
        Description = $"Number of drawn cells to search on. [default: {DefaultCells}]",
        HelpName = "N",
    };
    private static readonly Option<int?> TestCellsOption = new("--test-cells")
    {
        Description = $"Number of drawn cells to test on. [default: {DefaultTestCells}]",
        HelpName = "N",
    };
    private static readonly Option<int?> FoldsOption = new("--folds")
    {
        Description = "Judge each trial by cross-validation with so many folds. [default: the validation cells of --split; else a fifth of the cells, or of few cells each third and of few groups each group in turn]",
        HelpName = "K",
    };
    private static readonly Option<ExperimentMetric> MetricOption = new("--metric")
    {
        Description = "The figure that chooses: MicroAccuracy (of all cells), MacroAccuracy (mean over the classes) or LogLoss (of the probabilities).",
        DefaultValueFactory = _ => ExperimentMetric.MicroAccuracy,
    };
    private static readonly Option<ExperimentTrainer[]> TrainersOption = new("--trainers")
    {
        Description = $"What to try, with commas between: {string.Join(", ", Enum.GetNames<ExperimentTrainer>())}. [default: all]",
        HelpName = "NAMES",
        CustomParser = ParseTrainers,
    };
    private static readonly Option<string?> StartOption = new("--start")
    {
        Description = "A saved model whose network trainings may begin with. If it is for the same classes, it is also judged as it is. It must not have learned from these cells: figures of what begins with it would be too good.",
        HelpName = "MODEL.zip",
    };
    private static readonly Option<bool> NoRefitOption = new("--no-refit") { Description = "Keep the best as it was judged, and do not train it once more on all cells." };
    private static readonly Option<string?> FolderOption = new("--folder")
    {
        Description = "Keep trials and checkpoints in this folder; the same command goes on from there, with the time that is left. [default: a temporary folder]",
        HelpName = "FOLDER",
    };
    private static readonly Option<int> SeedOption = new("--seed")
    {
        Description = "Seed of everything random.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultSeed,
    };
    private static readonly Option<string> OutOption = new("--out")
    {
        Description = "Where the best model is saved.",
        HelpName = "MODEL.zip",
        DefaultValueFactory = _ => SavedModel.DefaultPath,
    };
    private static readonly Option<string?> ReportOption = new("--report")
    {
        Description = "Also write a page on the search and the best model to this file.",
        HelpName = "FILE.html",
    };
    private static readonly Option<string?> JsonOption = new("--json")
    {
        Description = "Also write all trials with settings, figures and seconds, and the test, to this file, for scripts.",
        HelpName = "FILE",
    };

    public static IReadOnlyList<Option> Options { get; } =
    [
        MinutesOption, DataOption, LabelOption, SplitOption, GroupOption, CellsOption, TestCellsOption, FoldsOption, MetricOption, TrainersOption, StartOption, NoRefitOption, FolderOption,
        SeedOption, OutOption, ReportOption, JsonOption,
    ];

    // ---- The settings --------------------------------------------------------------------------------------------------------

    public required double Minutes { get; init; }

    public string? Data { get; private init; }

    public required string Label { get; init; }

    public string? Split { get; private init; }

    public string? Group { get; private init; }

    public required int Cells { get; init; }

    public required int TestCells { get; init; }

    public int? Folds { get; private init; }

    public required ExperimentMetric Metric { get; init; }

    /// <summary>Null for all.</summary>
    public IReadOnlyList<ExperimentTrainer>? Trainers { get; private init; }

    public string? Start { get; private init; }

    public required bool Refit { get; init; }

    public string? Folder { get; private init; }

    public required int Seed { get; init; }

    public required string Out { get; init; }

    public string? Report { get; private init; }

    public string? Json { get; private init; }

    /// <summary>Draws cells that the search has not seen.</summary>
    public int TestSeed => unchecked(Seed + 1);

    public static ExperimentSettings From(ParseResult parsed)
    {
        double minutes = parsed.GetValue(MinutesOption);
        if (!(minutes > 0 && minutes * 60 <= uint.MaxValue))
            throw new UserErrorException(FormattableString.Invariant($"--minutes is {minutes} but must be above 0 and at most {uint.MaxValue / 60}."));
        string? data = parsed.GetValue(DataOption), folder = parsed.GetValue(FolderOption);
        if (parsed.GetValue(GroupOption) is { } group && group == parsed.GetValue(LabelOption))
            throw new UserErrorException($"--label and --group are both '{group}', so that cells of a class would never be trained on and held out both. Give another column as --group, or none.");
        foreach (Option<string?> column in new[] { SplitOption, GroupOption })
        {
            if (data is null && parsed.GetValue(column) is not null)
                throw new UserErrorException($"{column.Name} names a column of --data, which is not given.");
        }
        foreach (Option<int?> count in new[] { CellsOption, TestCellsOption })
        {
            if (data is not null && parsed.GetValue(count) is not null)
                throw new UserErrorException($"{count.Name} is a number of drawn cells, but --data says to search on a file.");
            if (parsed.GetValue(count) < 1)
                throw new UserErrorException($"{count.Name} is {parsed.GetValue(count)} but must be at least 1.");
        }
        if (parsed.GetValue(FoldsOption) < 2)
            throw new UserErrorException($"--folds is {parsed.GetValue(FoldsOption)} but must be at least 2.");
        if (File.Exists(folder))
            throw new UserErrorException($"--folder is '{folder}', which is a file; give the name of a folder.");
        return new()
        {
            Minutes = minutes,
            Data = data,
            Label = parsed.GetRequiredValue(LabelOption),
            Split = parsed.GetValue(SplitOption),
            Group = parsed.GetValue(GroupOption),
            Cells = parsed.GetValue(CellsOption) ?? DefaultCells,
            TestCells = parsed.GetValue(TestCellsOption) ?? DefaultTestCells,
            Folds = parsed.GetValue(FoldsOption),
            Metric = parsed.GetValue(MetricOption),
            Trainers = parsed.GetValue(TrainersOption) is { Length: > 0 } trainers ? trainers : null,
            Start = parsed.GetValue(StartOption),
            Refit = !parsed.GetValue(NoRefitOption),
            Folder = folder,
            Seed = parsed.GetValue(SeedOption),
            Out = parsed.GetRequiredValue(OutOption),
            Report = parsed.GetValue(ReportOption),
            Json = parsed.GetValue(JsonOption),
        };
    }

    /// <summary>The same for the library, with the network of <see cref="Start"/>; without what shows and ends the search.</summary>
    public DeepYeastExperimentSettings ToLibrary()
    {
        DeepYeastPredictionTransformer? start = Start is null ? null : SavedModel.LoadClassifier(Start);
        var settings = new DeepYeastExperimentSettings
        {
            MaxExperimentTimeInSeconds = Math.Max(1, (uint)Math.Round(60 * Minutes)),
            OptimizingMetric = Metric,
            StartingNetwork = start?.Model,
            StartingNetworkClassNames = start?.ClassNames,
            Refit = Refit,
            CacheDirectoryName = Folder,
            Seed = Seed,
        };
        if (Trainers is not null)
        {
            settings.Trainers.Clear();
            foreach (ExperimentTrainer trainer in Trainers.Distinct())
                settings.Trainers.Add(trainer);
        }
        return settings;
    }

    /// <summary>What the command line calls a setting of the experiment; null where it has none for it.</summary>
    public static string? NameOnTheCommandLine(string setting) => setting switch
    {
        nameof(DeepYeastExperimentSettings.MaxExperimentTimeInSeconds) => MinutesOption.Name,
        nameof(DeepYeastExperimentSettings.OptimizingMetric) => MetricOption.Name,
        nameof(DeepYeastExperimentSettings.Trainers) => TrainersOption.Name,
        nameof(DeepYeastExperimentSettings.StartingNetwork) or nameof(DeepYeastExperimentSettings.StartingNetworkClassNames) => StartOption.Name,
        nameof(DeepYeastExperimentSettings.CacheDirectoryName) => FolderOption.Name,
        _ => null,
    };

    private static ExperimentTrainer[]? ParseTrainers(ArgumentResult argument)
    {
        var trainers = new List<ExperimentTrainer>();
        foreach (string name in argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Enum.GetNames<ExperimentTrainer>().Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                argument.AddError($"--trainers has '{name}' but must be of {string.Join(", ", Enum.GetNames<ExperimentTrainer>())}.");
                return null;
            }
            trainers.Add(Enum.Parse<ExperimentTrainer>(name, ignoreCase: true));
        }
        if (trainers.Count == 0)
            argument.AddError("--trainers names nothing to try.");
        return [.. trainers];
    }
}
