namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A short training that can crash at any batch and go on from its checkpoints.</summary>
internal static class InterruptedTraining
{
    public const int Epochs = 3;

    public static DeepYeastPredictionTransformer Fit(MLContext mlContext, Action<DeepYeastTrainer.Options> change) => Tiny.Fit(mlContext, 60, options =>
    {
        options.Epochs = Epochs;
        change(options);
    });

    /// <summary>Trains with a checkpoint after each batch, up to a batch of the whole training.</summary>
    public static void Crash(MLContext mlContext, TemporaryFolder folder, int batch) => Assert.ThrowsExactly<CrashException>(() => Fit(mlContext, options =>
    {
        AtEachBatch(options, folder);
        options.ProgressCallback = CrashAt(batch);
    }));

    public static void AtEachBatch(DeepYeastTrainer.Options options, TemporaryFolder folder)
    {
        options.CheckpointFolder = folder.File("checkpoints");
        options.CheckpointInterval = TimeSpan.Zero;
    }

    public static void Resume(DeepYeastTrainer.Options options, TemporaryFolder folder)
    {
        AtEachBatch(options, folder);
        options.Resume = true;
    }

    /// <summary>Throws at a batch of the whole training, before its checkpoint is written.</summary>
    public static Action<TrainingProgress> CrashAt(int batch)
    {
        int done = 0;
        return report =>
        {
            if (report.Phase == TrainingPhase.Training && ++done == batch)
                throw new CrashException();
        };
    }

    public static string[] Files(TemporaryFolder folder) => [.. Directory.GetFiles(folder.File("checkpoints"), "*.checkpoint").Order(StringComparer.Ordinal)];

    public sealed class CrashException : Exception;
}
