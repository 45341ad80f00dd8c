using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Transform and reading the scores, in batches, against scoring the same rows one by one in a prediction engine.</summary>
internal static class ScoreBenchmark
{
    public static Comparison Create(bool quick)
    {
        int cells = quick ? 64 : 256;
        var mlContext = new MLContext(seed: 1);
        IDataView features = CachedCells.Create(mlContext, cells);
        DeepYeastPredictionTransformer model = mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
        {
            Network = (shape, classes) => Networks.DeepYeast(shape, classes, quick ? 0.1 : 1),
            Epochs = 1,
        }).Fit(mlContext.Data.TakeRows(features, 64));

        IDataView predictions = model.Transform(features);
        IDataView scored = mlContext.Transforms.SelectColumns("Score").Fit(predictions).Transform(predictions);
        PredictionEngine<Cell, Prediction> engine = mlContext.Model.CreatePredictionEngine<Cell, Prediction>(model);
        Cell[] rows = [.. mlContext.Data.CreateEnumerable<Cell>(features, reuseRowObject: false)];
        return new("scoring in batches of 64 against one by one", cells, () => DrawBenchmark.ReadAll(scored), () =>
        {
            foreach (Cell row in rows)
                engine.Predict(row);
        }, engine);
    }

    private sealed class Cell
    {
        [VectorType(2, 64, 64)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
