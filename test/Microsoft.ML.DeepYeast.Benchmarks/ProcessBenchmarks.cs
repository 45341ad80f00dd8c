using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>What only a process of its own shows: how soon it predicts, how much memory it takes.</summary>
internal static class ProcessBenchmarks
{
    private const string StartVerb = "first-prediction", TrainVerb = "three-steps";
    private const int Steps = 3, BatchSize = 64;

    /// <summary>Seconds from the start of a process to its first prediction, model file of full size included.</summary>
    public static IMeasurement Start(bool quick)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cell = CachedCells.Create(mlContext, 1);
        Network network = Network.Initialize(Networks.DeepYeast(CellShape.DeepYeast, LocalizationClasses.Main.Count, quick ? 0.1 : 1), new Random(1));
        var folder = new TemporaryFolder();
        string model = folder.File("model.zip");
        mlContext.Model.SaveAtomically(mlContext.Transforms.DeepYeastClassify(network).Fit(cell), cell.Schema, model);
        return new Quantity($"from the start of a process to its first prediction, with a model of {new FileInfo(model).Length / 1e6:F0} MB", "s",
            () => Comparison.Seconds(() => RunSelf(StartVerb, model)), folder);
    }

    /// <summary>Peak memory of a process that draws cells, and trains on them for three steps.</summary>
    public static IMeasurement Memory(bool quick)
    {
        int cells = quick ? 500 : 65000;
        return new Quantity($"peak memory of three steps of training on {cells} drawn cells", "MB", () => double.Parse(RunSelf(TrainVerb, $"{cells}")) / 1e6);
    }

    /// <summary>What the process that a benchmark starts does.</summary>
    /// <returns>Whether the arguments are those of such a process.</returns>
    public static bool TryRunChild(string[] args)
    {
        switch (args)
        {
            case [StartVerb, var path]:
                PredictOnce(path);
                return true;
            case [TrainVerb, var cells]:
                Console.WriteLine(PeakOfTraining(int.Parse(cells)));
                return true;
            default:
                return false;
        }
    }

    private static void PredictOnce(string path)
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(path, out _);
        using PredictionEngine<CellRow, ScoreRow> engine = mlContext.Model.CreatePredictionEngine<CellRow, ScoreRow>(model);
        Console.WriteLine(engine.Predict(new() { Features = new float[2 * 64 * 64] }).Score[0]);
    }

    private static long PeakOfTraining(int cells)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(cells);
        using var enough = new CancellationTokenSource();
        var trainer = mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
        {
            BatchSize = BatchSize,
            CancellationToken = enough.Token,
            ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Training, Batch: Steps })
                    enough.Cancel();
            },
        });
        try
        {
            mlContext.Transforms.Conversion.MapValueToKey("Label").Append(mlContext.Transforms.DeepYeastPreprocess()).Append(trainer).Fit(drawn);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
        }
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    private static string RunSelf(params string[] args)
    {
        using Process process = StartSelf([], args);
        string line = process.StandardOutput.ReadLine() ?? "";
        process.WaitForExit();
        return process.ExitCode == 0 ? line : throw new InvalidOperationException($"The process '{string.Join(' ', args)}' ended with {process.ExitCode}.");
    }

    /// <summary>Starts this program once more.</summary>
    /// <param name="variables">What is added to its environment, as NAME=VALUE.</param>
    /// <param name="args">Its arguments.</param>
    internal static Process StartSelf(string[] variables, params string[] args)
    {
        string host = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? ["exec", typeof(ProcessBenchmarks).Assembly.Location] : [];
        var start = new ProcessStartInfo(host, [.. program, .. args]) { RedirectStandardOutput = true };
        foreach (string variable in variables)
            start.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        return Process.Start(start)!;
    }
}
