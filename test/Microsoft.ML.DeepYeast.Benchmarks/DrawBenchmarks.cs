using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Drawing synthetic cells. They are drawn when their images are read, so every side reads them.</summary>
internal static class DrawBenchmarks
{
    /// <summary>Reading the images of drawn cells, which draws them on all cores, against drawing the same cells in a plain loop.</summary>
    public static Comparison CreateCores(bool quick)
    {
        int cells = Cells(quick);
        IDataView drawn = new MLContext(seed: 1).Data.CreateSyntheticYeastCells(cells);
        return new($"reading drawn cells on {Environment.ProcessorCount} cores against drawing them on one thread", cells,
            () => ReadImages(drawn), () => DrawInOneThread(cells));
    }

    /// <summary>Drawn cells as features against their images alone: what preprocessing leaves of the speed.</summary>
    public static Comparison CreatePreprocessed(bool quick)
    {
        int cells = Cells(quick);
        var mlContext = new MLContext(seed: 1);
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(cells);
        IDataView features = mlContext.Transforms.DeepYeastPreprocess().Fit(drawn).Transform(drawn);
        return new("reading drawn cells through DeepYeastPreprocess against reading their images", cells,
            () => CachedCells.Read(features, "Features"), () => ReadImages(drawn));
    }

    private static int Cells(bool quick) => quick ? 256 : 2048;

    private static void ReadImages(IDataView drawn)
    {
        DataViewSchema.Column column = drawn.Schema["Image"];
        using DataViewRowCursor cursor = drawn.GetRowCursor([column]);
        ValueGetter<MLImage> get = cursor.GetGetter<MLImage>(column);
        MLImage? image = null;
        while (cursor.MoveNext())
        {
            get(ref image!);
            image.Dispose();
        }
    }

    private static void DrawInOneThread(int cells)
    {
        byte[] pixels = new byte[DrawnCell.Length];
        for (int i = 0; i < cells; i++)
            DrawnCell.Draw(DrawnCell.Localizations[i % LocalizationClasses.Main.Count], (ulong)i, pixels);
    }
}
