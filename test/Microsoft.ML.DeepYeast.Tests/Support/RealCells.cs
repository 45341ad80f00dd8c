namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Real cells of two localizations, from files.</summary>
internal static class RealCells
{
    /// <summary>More than there are of any class.</summary>
    public const int All = 1000;

    /// <summary>As many cells of each localization, or of each protein, spread over the file.</summary>
    public static IDataView Load(MLContext mlContext, string split, int each, bool byProtein = false)
    {
        // path, protein, localization, field, split
        int label = byProtein ? 1 : 2;
        IEnumerable<string[]> lines = File.ReadLines(TestData.Path("yeast-cells/cells.csv")).Skip(1).Select(line => line.Split(','));
        return mlContext.Data.LoadFromEnumerable(lines.Where(line => line[4] == split).GroupBy(line => line[label])
            .SelectMany(cells => cells.Where((_, i) => i * each / cells.Count() != (i + 1) * each / cells.Count())
                .Select(line => new PathRow { ImagePath = line[0], Label = line[label] })).ToArray());
    }

    /// <summary>From rows of <see cref="Load"/> to Features and Label.</summary>
    public static IEstimator<ITransformer> Prepare(MLContext mlContext) => mlContext.Transforms.Conversion.MapValueToKey("Label")
        .Append(mlContext.Transforms.LoadImages("Image", TestData.Path("yeast-cells"), "ImagePath"))
        .Append(mlContext.Transforms.DeepYeastPreprocess());
}
