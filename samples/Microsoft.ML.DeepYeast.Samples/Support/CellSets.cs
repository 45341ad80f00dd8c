using Microsoft.ML;

namespace DeepYeastSamples;

/// <summary>The cells of a training: drawn, from CSV files, or drawn for the training and from a file for the test.</summary>
/// <param name="Training">Cells to train on.</param>
/// <param name="Validation">Cells to validate on after each epoch; null for none.</param>
/// <param name="Test">Cells that the training does not see.</param>
/// <param name="AreFiles">Whether the rows hold ImagePath, which the pipeline loads; else they hold Image.</param>
/// <param name="TestIsDrawn">Whether the test cells are drawn.</param>
internal sealed record CellSets(IDataView Training, IDataView? Validation, IDataView Test, bool AreFiles, bool TestIsDrawn)
{
    private const double HeldOutFraction = 0.2;

    public static CellSets Open(MLContext mlContext, TrainSettings settings)
    {
        IDataView? test = settings.Test is null ? null : Rows(mlContext, CellFile.ReadCsv(settings.Test, settings.Label));
        if (settings.Data is null)
        {
            IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(settings.Cells, settings.Seed);
            return test is not null
                ? new(drawn, null, LoadImages(mlContext, test), AreFiles: false, TestIsDrawn: false)
                : new(drawn, null, mlContext.Data.CreateSyntheticYeastCells(settings.TestCells, settings.TestSeed), AreFiles: false, TestIsDrawn: true);
        }

        return FromFile(mlContext, settings.Data, settings.Label, settings.Split, test, settings.Seed);
    }

    /// <summary>Cells of a CSV, split by a column, or by chance, unless the test cells are given. By chance the cells of one group are all on one side.</summary>
    public static CellSets FromFile(MLContext mlContext, string data, string label, string? split, IDataView? test, int seed, string? group = null)
    {
        IReadOnlyList<CellFile> cells = CellFile.ReadCsv(data, label, split, group);
        if (split is not null)
            return new(Of("train")!, Of("validation"), test ?? Of("test")!, AreFiles: true, TestIsDrawn: false);
        if (test is not null)
            return new(Rows(mlContext, cells), null, test, AreFiles: true, TestIsDrawn: false);
        DataOperationsCatalog.TrainTestData parts = group is null
            ? mlContext.Data.TrainTestSplit(Rows(mlContext, cells), HeldOutFraction, seed: seed)
            : mlContext.Data.TrainTestSplitByGroup(Rows(mlContext, cells), nameof(CellFile.Group), HeldOutFraction, nameof(CellFile.Label), seed);
        return new(parts.TrainSet, null, parts.TestSet, AreFiles: true, TestIsDrawn: false);

        IDataView? Of(string part)
        {
            CellFile[] rows = [.. cells.Where(cell => cell.Split == part)];
            if (rows.Length == 0 && part != "validation")
                throw new UserErrorException($"'{data}': no row has '{part}' in column '{split}'.");
            return rows.Length == 0 ? null : Rows(mlContext, rows);
        }
    }

    public static IDataView LoadImages(MLContext mlContext, IDataView files)
        => mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(files).Transform(files);

    /// <summary>Cells as a saved model reads them: one that was trained on files loads images by itself; one that was trained on drawn cells expects them loaded.</summary>
    public static IDataView LoadImagesFor(DataViewSchema? modelInput, MLContext mlContext, IDataView cells)
        => cells.Schema.GetColumnOrNull("ImagePath") is not null && modelInput?.GetColumnOrNull("ImagePath") is null ? LoadImages(mlContext, cells) : cells;

    private static IDataView Rows(MLContext mlContext, IReadOnlyList<CellFile> cells) => mlContext.Data.LoadFromEnumerable(cells);
}
