using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>From PNG files to scores, with a network so small that reading is most of the work.</summary>
internal static class FilesBenchmark
{
    public static IMeasurement Create(bool quick)
    {
        int cells = quick ? 64 : 8192;
        var folder = new TemporaryFolder();
        var mlContext = new MLContext(seed: 1);
        WritePngs(mlContext, cells, folder);
        IDataView files = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, cells).Select(i => new CellFile { ImagePath = folder.File($"{i}.png") }));
        Network network = Network.Initialize(Networks.DeepYeast(CellShape.DeepYeast, LocalizationClasses.Main.Count, width: 1.0 / 16), new Random(1));
        IDataView predictions = mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(mlContext.Transforms.DeepYeastPreprocess())
            .Append(mlContext.Transforms.DeepYeastClassify(network)).Fit(files).Transform(files);
        return new Quantity($"{cells} PNG files to scores, DeepYeast at a sixteenth of its width", "cells/s",
            () => cells / Comparison.Seconds(() => CachedCells.Read(predictions, "Score")), folder);
    }

    private static void WritePngs(MLContext mlContext, int count, TemporaryFolder folder)
    {
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(count);
        int i = 0;
        foreach (MLImage image in drawn.GetColumn<MLImage>("Image"))
        {
            image.Save(folder.File($"{i++}.png"));
            image.Dispose();
        }
    }

    private sealed class CellFile
    {
        public string ImagePath { get; set; } = "";
    }
}
