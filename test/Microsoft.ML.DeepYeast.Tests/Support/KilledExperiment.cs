using System.Globalization;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>An experiment in a process of its own, which goes on from its folder and can be killed at any moment.</summary>
internal static class KilledExperiment
{
    public const string Verb = "--experiment-in-second-process";

    private const int Trials = 6;

    /// <summary>Starts the experiment; it ends by itself, or is killed some time after it has changed its folder.</summary>
    /// <returns>Whether it came to its end.</returns>
    public static bool Run(bool realCells, string folder, string output, TimeSpan? killAfter)
        => KilledProcess.Run(() => State(folder), killAfter, Verb, realCells ? "real" : "tiny", folder, output);

    /// <summary>The files of the trials in the folder, with their texts.</summary>
    public static Dictionary<string, string> TrialFiles(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "trial.json", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText)
        : [];

    private static string State(string folder)
    {
        string file = Path.Combine(folder, "experiment.json");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    /// <summary>What the process does: it searches, and writes a line for each trial.</summary>
    public static int Run(string[] args)
    {
        var mlContext = new MLContext(seed: 1);
        bool realCells = args[1] == "real";
        var settings = new DeepYeastExperimentSettings
        {
            MaxExperimentTimeInSeconds = 300, MaxModels = Trials, CacheDirectoryName = args[2], Device = ComputeDevice.Cpu,
        };
        settings.Trainers.Clear();
        settings.Trainers.Add(ExperimentTrainer.SdcaMaximumEntropy);
        settings.Trainers.Add(ExperimentTrainer.DeepYeastPooled);
        IDataView cells = realCells ? RealCells.Load(mlContext, "train", 40) : mlContext.Data.LoadFromEnumerable(Tiny.Rows(45));
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings)
            .Execute(cells, preFeaturizer: realCells ? RealCells.Prepare(mlContext) : null);
        File.WriteAllLines(args[3], [.. result.RunDetails.Select(run => string.Create(CultureInfo.InvariantCulture, $"{run.Number},{run.Epochs},{run.IsComplete},{run.Metric:R},{run.RuntimeInSeconds:R},{run.Exception?.Message}")), $"refitted {result.WasRefitted}"]);
        return 0;
    }
}
