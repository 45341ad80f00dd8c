namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A training in a process of its own, which goes on from its checkpoints and can be killed at any moment.</summary>
internal static class KilledTraining
{
    public const string Verb = "--train-in-second-process";

    /// <summary>Starts the training; it ends by itself, or is killed some time after its first checkpoint.</summary>
    /// <returns>Whether it came to its end.</returns>
    public static bool Run(bool realCells, string checkpoints, string output, TimeSpan? killAfter)
        => KilledProcess.Run(() => Newest(checkpoints), killAfter, Verb, realCells ? "real" : "tiny", checkpoints, output);

    private static string Newest(string checkpoints)
        => Directory.Exists(checkpoints) ? Directory.EnumerateFiles(checkpoints, "*.checkpoint").Max(StringComparer.Ordinal) ?? "" : "";

    /// <summary>What the process does: it trains, with a checkpoint after each batch, and writes the weights.</summary>
    public static int Run(string[] args)
    {
        var mlContext = new MLContext(seed: 1);
        bool realCells = args[1] == "real";
        DeepYeastTrainer trainer = Tiny.Trainer(mlContext, options =>
        {
            options.CheckpointFolder = args[2];
            options.CheckpointInterval = TimeSpan.Zero;
            options.Resume = true;
            options.WeightAverageDecay = 0.9;
            options.MixupAlpha = 0.2;
            options.Epochs = 40;
            if (realCells)
            {
                options.Network = (cells, classes) => Networks.DeepYeastPooled(cells, classes, width: 0.1);
                options.Augmentation = CellAugmentation.RoundCells;
                options.LearningRate = 2e-3;
            }
        });
        DeepYeastPredictionTransformer model;
        if (realCells)
        {
            IDataView cells = RealCells.Load(mlContext, "train", 80);
            model = trainer.Fit(RealCells.Prepare(mlContext).Fit(cells).Transform(cells));
        }
        else
            model = trainer.Fit(Tiny.Cells(mlContext, 60));
        using var writer = new BinaryWriter(File.Create(args[3]));
        foreach (float value in model.Model.Weights.SelectMany(weight => weight))
            writer.Write(value);
        return 0;
    }
}
