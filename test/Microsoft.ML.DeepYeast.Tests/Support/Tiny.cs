namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A small problem on which a fit takes milliseconds: cells of 2 x 8 x 8 whose class tells which of the two channels are bright.</summary>
internal static class Tiny
{
    public static readonly CellShape Shape = new(2, 8, 8);

    private static readonly string[] s_classes = ["red", "green", "both", "none"];

    public sealed class Row
    {
        public int Id { get; set; }

        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = new float[2 * 8 * 8];

        public string? Label { get; set; }
    }

    public sealed class Prediction
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }

    public static NetworkGraph Network(CellShape cells, int classCount) => new NetworkBuilder("Tiny", cells)
        .Conv2D("conv", 4, size: 3).BatchNormalization("bn").Relu("relu").GlobalAveragePooling2D("pool")
        .Dense("ip", classCount).Softmax("predictions").ToGraph();

    public static DeepYeastTrainer.Options Options(Action<DeepYeastTrainer.Options>? change = null)
    {
        var options = new DeepYeastTrainer.Options
        {
            Network = Network,
            Epochs = 2,
            BatchSize = 16,
            LearningRate = 0.02,
            Augmentation = CellAugmentation.None,
            Seed = 1,
            Device = ComputeDevice.Cpu,
            Precision = Precision.Full,   // the same numbers on every CPU
        };
        change?.Invoke(options);
        return options;
    }

    public static DeepYeastTrainer Trainer(MLContext mlContext, Action<DeepYeastTrainer.Options>? change = null)
        => mlContext.MulticlassClassification.Trainers.DeepYeast(Options(change));

    /// <summary>Cells on the 8-bit grid; the classes take turns.</summary>
    public static List<Row> Rows(int count, int classes = 3, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(id => new Row { Id = id, Label = s_classes[id % classes], Features = Features(id % classes, random) })];
    }

    /// <summary>The same as a view whose label is a key with text values.</summary>
    public static IDataView Cells(MLContext mlContext, int count, int classes = 3, int seed = 1) => Cells(mlContext, Rows(count, classes, seed));

    public static IDataView Cells(MLContext mlContext, IEnumerable<Row> rows)
    {
        IDataView text = mlContext.Data.LoadFromEnumerable(rows);
        return mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(text).Transform(text);
    }

    public static DeepYeastPredictionTransformer Fit(MLContext mlContext, int count = 48, Action<DeepYeastTrainer.Options>? change = null)
        => Trainer(mlContext, change).Fit(Cells(mlContext, count));

    public static float[][] Scores(IDataView predictions) => [.. predictions.GetColumn<float[]>("Score")];

    public static float ToFeature(double grey) => (float)((grey / 255 - 0.5) * 2);

    private static float[] Features(int cellClass, Random random)
    {
        bool red = cellClass is 0 or 2, green = cellClass is 1 or 2;
        return [.. Enumerable.Range(0, Shape.Size).Select(i => GreyLevels.ToFeature((i < 64 ? red : green) ? 150 + random.Next(80) : 20 + random.Next(80)))];
    }
}
