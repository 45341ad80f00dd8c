using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>The epochs of one Fit with the reference's augmentation, one by one.</summary>
internal static class FitEpochs
{
    /// <summary>Seconds of each epoch that counts: the first warms up, and the last is followed by the statistics, so one more is run before and after.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="features">Rows of Features and Label.</param>
    /// <param name="rounds">Number of epochs that count.</param>
    /// <param name="options">The trainer's settings.</param>
    /// <param name="between">Runs after each epoch, untimed, those that do not count included.</param>
    public static double[] Time(MLContext mlContext, IDataView features, int rounds, DeepYeastTrainer.Options options, Action? between = null)
    {
        var seconds = new List<double>();
        var clock = new Stopwatch();
        options.Epochs = rounds + 2;
        options.Augmentation = CellAugmentation.Reference;
        options.ProgressCallback = report =>
        {
            if (report.Phase != TrainingPhase.EpochCompleted)
                return;
            seconds.Add(clock.Elapsed.TotalSeconds);
            between?.Invoke();
            clock.Restart();
        };
        mlContext.MulticlassClassification.Trainers.DeepYeast(options).Fit(features).Dispose();
        return [.. seconds.Skip(1).Take(rounds)];
    }
}
