using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>Loads a saved model, knowing nothing of its training, and classifies cells with it.</summary>
internal static class PredictSample
{
    private const int MostProbable = 3;
    private const int DefaultDrawnCells = 12;

    private static readonly Argument<string> ModelArgument = new("MODEL.zip") { Description = "A saved model." };
    private static readonly Argument<string[]> ImagesArgument = new("IMAGES")
    {
        Description = "Images of cells. [default: the cells of --data, else drawn cells]",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description = "Classify the cells of this CSV. Its column 'path' names the images, relative to the CSV or absolute.",
        HelpName = "FILE.csv",
    };
    private static readonly Option<string?> LabelOption = new("--label")
    {
        Description = "The column of --data that holds the true class, to show it beside the verdict. [default: none]",
        HelpName = "COLUMN",
    };
    private static readonly Option<string?> SplitOption = new("--split")
    {
        Description = "The column of --data that holds train, test or validation; only test cells are classified. [default: all cells are]",
        HelpName = "COLUMN",
    };
    private static readonly Option<int?> CountOption = new("--count")
    {
        Description = $"Classify only so many cells, spread over the list. [default: all of them; {DefaultDrawnCells} drawn ones]",
        HelpName = "N",
    };
    private static readonly Option<int> SeedOption = new("--seed")
    {
        Description = "Seed of drawn cells.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    public static Command Command()
    {
        var command = new Command("predict", "Classifies cells with a saved model and prints the three most probable classes of each.")
        {
            ModelArgument, ImagesArgument, DataOption, LabelOption, SplitOption, CountOption, SeedOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        var mlContext = new MLContext();
        ITransformer model = SavedModel.Load(mlContext, parsed.GetRequiredValue(ModelArgument), out DataViewSchema? inputSchema);
        (IDataView cells, string[] names) = OpenCells(mlContext, parsed, loadsImages: inputSchema?.GetColumnOrNull("ImagePath") is not null);
        IDataView predictions = model.Transform(CellSets.LoadImagesFor(inputSchema, mlContext, cells));
        string[] truths = [.. cells.GetColumn<string>("Label")];
        int row = 0;
        foreach (IReadOnlyList<ClassProbability> best in mlContext.MulticlassClassification.DecodePredictions(predictions, MostProbable))
        {
            string truth = truths[row] == "" ? "" : $" (is {truths[row]})";
            Console.WriteLine($"{names[row]}{truth}: {string.Join(", ", best.Select(entry => $"{entry.ClassName} {entry.Probability:F2}"))}");
            row++;
        }
    }

    private static (IDataView Cells, string[] Names) OpenCells(MLContext mlContext, ParseResult parsed, bool loadsImages)
    {
        string? data = parsed.GetValue(DataOption);
        string[] images = parsed.GetValue(ImagesArgument) ?? [];
        int? count = parsed.GetValue(CountOption);
        if (count < 1)
            throw new UserErrorException($"--count is {count} but must be at least 1.");
        if (data is not null && images.Length > 0)
            throw new UserErrorException("Give either --data or images.");
        if (data is null && (parsed.GetValue(LabelOption) ?? parsed.GetValue(SplitOption)) is not null)
            throw new UserErrorException("--label and --split name columns of --data, which is not given.");
        if (data is null && images.Length == 0)
        {
            if (loadsImages)
                throw new UserErrorException($"'{parsed.GetValue(ModelArgument)}' was trained on image files: name images to classify, or a CSV of them with --data.");
            int drawn = count ?? DefaultDrawnCells;
            return (mlContext.Data.CreateSyntheticYeastCells(drawn, parsed.GetValue(SeedOption)), [.. Enumerable.Range(1, drawn).Select(i => $"drawn cell {i}")]);
        }

        IReadOnlyList<CellFile> cells = data is not null
            ? CellFile.ReadCsv(data, parsed.GetValue(LabelOption), parsed.GetValue(SplitOption))
            : [.. images.Select(CellFile.FromImage)];
        if (parsed.GetValue(SplitOption) is not null)
            cells = [.. cells.Where(cell => cell.Split == "test")];
        if (count < cells.Count)
            cells = [.. Enumerable.Range(0, count.Value).Select(i => cells[(int)((i + 0.5) * cells.Count / count.Value)])];
        return (mlContext.Data.LoadFromEnumerable(cells), [.. cells.Select(cell => Path.GetFileName(cell.ImagePath))]);
    }
}
