using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using SkiaSharp;

namespace DeepYeastSamples;

/// <summary>Shows where in each cell a saved model saw what spoke for its class.</summary>
internal static class ExplainSample
{
    private const string OverlayColumn = "Overlay";

    private static readonly Argument<string> ModelArgument = new("MODEL.zip") { Description = "A saved model." };
    private static readonly Argument<string[]> ImagesArgument = new("IMAGES") { Description = "Images of cells.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> OutOption = new("--out")
    {
        Description = "The folder in which the pictures are saved, one a cell.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => "models/explanations",
    };
    private static readonly Option<string?> ClassOption = new("--class")
    {
        Description = "The class that is explained. [default: for each cell the predicted one]",
        HelpName = "NAME",
    };
    private static readonly Option<string?> LayerOption = new("--layer")
    {
        Description = "The layer whose map it is; the sample 'summary' lists the layers of a model. [default: the last one with rows and columns, poolings left aside]",
        HelpName = "NAME",
    };
    private static readonly Option<bool> ReferenceOption = new("--reference")
    {
        Description = "Compute the map as the Python package does, from gradients of the probability that are cut at 0. [default: Grad-CAM]",
    };

    public static Command Command()
    {
        var command = new Command("explain", "Draws over each cell, in sky blue, where a saved model sees what speaks for its class.")
        {
            ModelArgument, ImagesArgument, OutOption, ClassOption, LayerOption, ReferenceOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        string[] images = parsed.GetRequiredValue(ImagesArgument);
        string folder = parsed.GetRequiredValue(OutOption);
        var mlContext = new MLContext();
        ITransformer model = SavedModel.Load(mlContext, parsed.GetRequiredValue(ModelArgument), out DataViewSchema? inputSchema);
        IDataView cells = CellSets.LoadImagesFor(inputSchema, mlContext, mlContext.Data.LoadFromEnumerable(images.Select(CellFile.FromImage)));

        IDataView predictions = model.Transform(cells);
        IDataView explanations = mlContext.Transforms.DeepYeastExplain(model, new DeepYeastExplanationEstimator.Options
        {
            OverlayColumnName = OverlayColumn,
            ClassName = parsed.GetValue(ClassOption),
            LayerName = parsed.GetValue(LayerOption),
            Method = parsed.GetValue(ReferenceOption) ? ExplanationMethod.ClippedSoftmax : ExplanationMethod.GradCam,
        }).Fit(predictions).Transform(predictions);

        Directory.CreateDirectory(folder);
        IReadOnlyList<string> names = ClassScores.NamesOf(explanations.Schema);
        string[] paths = [.. PathsOf(folder, images)];
        using DataViewRowCursor cursor = explanations.GetRowCursor([explanations.Schema["Score"], explanations.Schema[OverlayColumn]]);
        var getScores = cursor.GetGetter<VBuffer<float>>(explanations.Schema["Score"]);
        var getOverlay = cursor.GetGetter<MLImage>(explanations.Schema[OverlayColumn]);
        VBuffer<float> scores = default;
        MLImage overlay = null!;
        for (int row = 0; cursor.MoveNext(); row++)
        {
            getScores(ref scores);
            getOverlay(ref overlay);
            using SKBitmap picture = Picture.ToBitmap(overlay);
            WholeFile.Write(paths[row], file => picture.Encode(file, SKEncodedImageFormat.Png, quality: 100));
            (string name, float score) = names.Zip(scores.DenseValues()).MaxBy(entry => entry.Second);
            Console.WriteLine($"{Path.GetFileName(images[row])}: {name} {score:F2}, {paths[row]}");
        }
        overlay?.Dispose();
    }

    // Cells of several folders can have one name.
    private static IEnumerable<string> PathsOf(string folder, string[] images)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string image in images)
        {
            string stem = Path.GetFileNameWithoutExtension(image), name = stem;
            for (int number = 2; !taken.Add(name); number++)
                name = $"{stem}-{number}";
            yield return Path.Combine(folder, $"{name}.png");
        }
    }
}
