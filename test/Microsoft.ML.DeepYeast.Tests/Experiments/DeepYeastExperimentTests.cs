using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Whole experiments on small cells.</summary>
[TestClass]
public sealed partial class DeepYeastExperimentTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Execute_TextLabels_GivesAModelOfThePipelineAroundTheBest()
    {
        var reports = new List<DeepYeastRunDetail>();
        IDataView train = Rows(60, seed: 1), test = Rows(40, seed: 2);

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => settings.MaxModels = 3).Execute(train, progressHandler: new Reports(reports.Add));

        Assert.HasCount(3, result.RunDetails);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, result.RunDetails.Select(run => run.Number).ToArray());
        CollectionAssert.AreEquivalent(new[] { 1, 2, 3 }, reports.Select(run => run.Number).Distinct().ToArray());
        Assert.AreEqual(result.RunDetails.Max(run => run.Metric), result.BestRun.Metric);
        Assert.IsTrue(result.WasRefitted);
        foreach (DeepYeastRunDetail run in result.RunDetails)
        {
            Assert.AreEqual(run.Metric, run.ValidationMetrics!.MicroAccuracy, 1e-9, run.TrainerName);
            Assert.IsTrue(run.MetricInterval!.Value.Lower <= run.Metric && run.Metric <= run.MetricInterval.Value.Upper);
            Assert.IsGreaterThan(0, run.RuntimeInSeconds);
            Assert.AreEqual(run.Metric, run.Figures[^1].Metric);
        }
        Assert.IsNotNull(result.RunnerUp);
        Assert.IsTrue(result.Lead!.Value.Lower <= result.BestRun.Metric - result.RunnerUp.Metric && result.BestRun.Metric - result.RunnerUp.Metric <= result.Lead.Value.Upper);

        // From the columns that were given to the names of classes, also from a file, and from the estimator trained anew.
        using var folder = new TemporaryFolder();
        _mlContext.Model.SaveAtomically(result.BestRun.Model!, train.Schema, folder.File("best.zip"));
        foreach (ITransformer model in new[] { result.BestRun.Model!, _mlContext.Model.Load(folder.File("best.zip"), out _), result.BestRun.Estimator.Fit(train) })
        {
            Assert.IsGreaterThan(0.9, Accuracy(model, test));
        }
    }

    [TestMethod]
    public void Execute_Validation_JudgesByIt_AndNeverTrainsOnIt()
    {
        DeepYeastExperimentSettings settings = Settings(each => each.MaxModels = 2);
        IDataView train = Rows(60, seed: 1), held = Rows(30, seed: 2);

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(train, held);

        Assert.IsFalse(result.WasRefitted);
        Assert.AreEqual(Accuracy(result.BestRun.Model!, held), result.BestRun.Metric, 1e-9);
        Assert.AreEqual(30, result.BestRun.ValidationMetrics!.ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    [TestMethod]
    public void Execute_Network_HasModelAndEstimatorOfItsOwn_AlsoAfterwards()
    {
        IDataView train = Rows(60, seed: 1), held = Rows(30, seed: 2);
        DeepYeastRunDetail network;
        ITransformer model;
        using (DeepYeastExperimentResult<DeepYeastRunDetail> result = NetworkExperiment(settings => settings.MaxModels = 1).Execute(train, held))
        {
            network = result.BestRun;
            model = network.Model!;
        }

        Assert.AreEqual("DeepYeastPooled x 0.25", network.TrainerName);
        Assert.IsTrue(network.IsComplete);
        Assert.AreEqual(network.Metric, Accuracy(model, held), 1e-9);
        Assert.AreEqual(network.Settings!.Epochs, Network(network.Estimator.Fit(train)).History.Count);

        static DeepYeastPredictionTransformer Network(ITransformer chain) => Scoring.ModelSteps.FindLast<DeepYeastPredictionTransformer>(chain);
    }

    [TestMethod]
    public void Execute_LastTrainingFails_GivesTheModelOfTheFirstFold()
    {
        using var folder = new TemporaryFolder();
        string experiment = folder.File("experiment");
        NetworkExperiment(settings => (settings.MaxModels, settings.CacheDirectoryName, settings.Refit) = (1, experiment, false)).Execute(Rows(60, seed: 1)).Dispose();
        // Checkpoints of another training where the last one has its own.
        string state = File.ReadAllText(Path.Combine(experiment, "experiment.json"));
        File.WriteAllText(Path.Combine(experiment, "experiment.json"), state.Replace("\"Refit\": null", "\"Refit\": { \"Trial\": 1, \"Epochs\": 30, \"IsDone\": false }", StringComparison.Ordinal));
        Tiny.Trainer(_mlContext, options => options.CheckpointFolder = Path.Combine(experiment, "refit")).Fit(Tiny.Cells(_mlContext, 48));

        using (DeepYeastExperimentResult<DeepYeastRunDetail> result = NetworkExperiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, experiment)).Execute(Rows(60, seed: 1)))
        {
            Assert.IsFalse(result.WasRefitted);
            Assert.IsNotNull(result.BestRun.Model);
        }
        using DeepYeastExperimentResult<DeepYeastRunDetail> again = NetworkExperiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, experiment)).Execute(Rows(60, seed: 1));
        Assert.IsTrue(again.WasRefitted, "The next run begins it anew.");
    }

    [TestMethod]
    public void Execute_NetworkTooDeepForTheCells_FailsAlone_AlsoInRangeTests()
    {
        // 4 x 4 pixels are too few for three poolings of 2.
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new SmallRow { Label = i % 2 == 0 ? "a" : "b", Features = [.. Enumerable.Repeat(i % 2 == 0 ? -0.5f : 0.5f, 32)] }));
        DeepYeastExperimentSettings settings = Settings(each => (each.MaxModels, each.BeginsWithRecipes, each.MaxExperimentTimeInSeconds) = (3, false, 60));

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(cells);

        Assert.AreEqual("SdcaMaximumEntropy on statistics", result.BestRun.TrainerName);
        Assert.IsTrue(result.RunDetails.Any(run => run.Exception is not null));
    }

    [TestMethod]
    public void Execute_Exception_LeavesNoTemporaryFolder()
    {
        string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "deepyeast-experiment-*");
        string[] before = Folders();

        Assert.ThrowsExactly<InvalidOperationException>(() => Experiment(settings => settings.ProgressCallback = report =>
        {
            if (report.Phase == ExperimentPhase.Searching)
                throw new InvalidOperationException("from the callback");
        }).Execute(Rows(60, seed: 1)));

        CollectionAssert.IsSubsetOf(Folders(), before);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Execute_GivenNetworkThatKnowsTheClasses_IsTriedAsItIs_WhateverTheirOrderInTheRows(bool reversed)
    {
        IDataView train = Rows(60, seed: 1), held = Rows(40, seed: 2);
        TransformerChain<DeepYeastPredictionTransformer> given = Given(train);
        DeepYeastExperimentSettings settings = Settings(each => (each.MaxModels, each.StartingNetwork, each.StartingNetworkClassNames) = (1, Network.Of(given), given.LastTransformer.ClassNames));
        settings.Trainers.Clear();
        if (reversed)
            train = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(60).AsEnumerable().Reverse());

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(train);

        DeepYeastRunDetail run = result.RunDetails.Single();
        Assert.AreEqual("the given network as it is", run.TrainerName);
        Assert.IsTrue(run.LearnsNothing);
        Assert.IsNull(run.Settings);
        Assert.IsFalse(result.WasRefitted, "It learns nothing.");
        float[][] expected = [.. given.Transform(held).GetColumn<float[]>("Score")];
        foreach (ITransformer model in new[] { run.Model!, run.Estimator.Fit(train) })
        {
            DeepYeastPredictionTransformer.Of(model).Device = ComputeDevice.Cpu;   // as the given one
            float[][] scores = [.. model.Transform(held).GetColumn<float[]>("Score")];
            for (int row = 0; row < scores.Length; row++)
                CollectionAssert.AreEqual(expected[row], scores[row]);
            Assert.IsGreaterThan(0.9, Accuracy(model, held));
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Execute_GivenNetworkOfOtherClasses_HasANewHead_AndIsNotTriedAsItIs(bool named)
    {
        IDataView train = Rows(60, seed: 1);
        DeepYeastExperimentSettings settings = Settings(each => (each.MaxModels, each.StartingNetwork, each.StartingNetworkClassNames) = (1, Network.Of(Given(train)), named ? ["a", "b", "c"] : null));
        settings.Trainers.Clear();

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(train, Rows(30, seed: 2));

        DeepYeastRunDetail run = result.RunDetails.Single();
        Assert.AreEqual("Given", run.Settings!.StartingPoint);
        // After the first steps of a small rate a head that was kept would still be near what it was.
        Assert.IsLessThan(0.9, Cosine(Head(settings.StartingNetwork!), Head(Network.Of(run.Model!))));

        static float[] Head(Network network) => network.GetWeight("ip", "kernel").ToArray();

        static double Cosine(float[] x, float[] y) => Product(x, y) / Math.Sqrt(Product(x, x) * Product(y, y));

        static double Product(float[] x, float[] y) => x.Zip(y, (a, b) => (double)a * b).Sum();
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Execute_FoldsCutByTheTime_AreNoFailures_AndTheLastResortIsTriedAlsoAfterOthersFailed(bool othersFail)
    {
        DeepYeastExperimentSettings settings = Settings(each => each.MaxExperimentTimeInSeconds = 6);
        settings.Trainers.Remove(ExperimentTrainer.SdcaMaximumEntropy);
        settings.Trainers.Remove(ExperimentTrainer.DeepYeastPooled);
        settings.Trainers.Add(ExperimentTrainer.ResNet50);
        if (othersFail)
            settings.StartingNetwork = Network.Initialize(Tiny.Network(new(2, 16, 16), 12), new Random(1));

        // Few cells: three folds, of which the time is not enough for one.
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(_mlContext.Data.CreateSyntheticYeastCells(900, seed: 1));

        Assert.AreEqual(othersFail, result.RunDetails.Any(run => run.Exception is not null), result.RunDetails.FirstOrDefault(run => run.Exception is not null)?.Exception?.Message);
        Assert.IsFalse(result.RunDetails.Any(run => run.Exception is not null && run.Settings?.StartingPoint == "Scratch"));
        Assert.AreEqual("SdcaMaximumEntropy on statistics", result.BestRun.TrainerName, "There is always a model.");
    }

    [TestMethod]
    public void Execute_Folds_HasAResultOfEach()
    {
        using DeepYeastExperimentResult<DeepYeastCrossValidationRunDetail> result = Experiment(settings => settings.MaxModels = 2).Execute(Rows(60, seed: 1), numberOfCVFolds: 3);

        foreach (DeepYeastCrossValidationRunDetail run in result.RunDetails)
        {
            Assert.HasCount(3, run.Results);
            Assert.AreEqual(run.Metric, run.Results.Average(fold => fold.ValidationMetrics.MicroAccuracy), 1e-9);   // folds of one size
            Assert.AreEqual(20, run.Results[0].ValidationMetrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
            Assert.IsNotNull(run.Results[2].Model);
        }
    }

    [TestMethod]
    [DataRow(2_499, 2_499)]
    [DataRow(2_500, 500)]
    public void Execute_FewCells_AllJudge_OfMoreAFifth(int count, int judging)
    {
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => settings.MaxModels = 1).Execute(Rows(count, seed: 1));

        Assert.AreEqual(judging, result.BestRun.ValidationMetrics!.ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    [TestMethod]
    public void Execute_Folds_ResultsThatAreGone_SaySo()
    {
        DeepYeastExperimentResult<DeepYeastCrossValidationRunDetail> result = Experiment(settings => settings.MaxModels = 1).Execute(Rows(60, seed: 1), numberOfCVFolds: 3);
        result.Dispose();

        Assert.Contains("the experiment's result was disposed", Assert.ThrowsExactly<InvalidOperationException>(() => result.RunDetails[0].Results).Message);
    }

    [TestMethod]
    public void Execute_ModelsAreDeletedMeanwhile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var deletes = new Reports(_ => Directory.Delete(Directory.GetDirectories(folder.Path, "trial-*").Single(), recursive: true));

        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, folder.Path))
            .Execute(Rows(60, seed: 1), Rows(30, seed: 2), progressHandler: deletes)).Message;

        Assert.Contains("The model of trial 1, the best, is gone", message);
        Assert.Contains("CacheDirectoryName", message);
    }

    [TestMethod]
    public void Execute_KeysAsLabels_PredictsKeys()
    {
        IDataView cells = Tiny.Cells(_mlContext, 60);

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => settings.MaxModels = 1).Execute(cells);

        Assert.IsInstanceOfType<KeyDataViewType>(result.BestRun.Model!.Transform(cells).Schema["PredictedLabel"].Type);
    }

    [TestMethod]
    public void Execute_LogLoss_TheLowestIsBest()
    {
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => (settings.MaxModels, settings.OptimizingMetric) = (2, ExperimentMetric.LogLoss)).Execute(Rows(60, seed: 1), Rows(30, seed: 2));

        Assert.AreEqual(result.RunDetails.Min(run => run.Metric), result.BestRun.Metric);
        Assert.AreEqual(result.BestRun.ValidationMetrics!.LogLoss, result.BestRun.Metric, 1e-5);
    }

    [TestMethod]
    public void Execute_TrialThatFails_IsRecorded_AndTheOthersGoOn()
    {
        Network ofOtherCells = Network.Initialize(Tiny.Network(new(2, 16, 16), 3), new Random(1));

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => (settings.MaxModels, settings.StartingNetwork) = (3, ofOtherCells)).Execute(Rows(60, seed: 1), Rows(30, seed: 2));

        DeepYeastRunDetail[] failed = [.. result.RunDetails.Where(run => run.Exception is not null)];
        Assert.IsNotEmpty(failed);
        Assert.IsNull(failed[0].Model);
        Assert.IsNull(failed[0].ValidationMetrics);
        Assert.IsTrue(double.IsNaN(failed[0].Metric));
        Assert.IsTrue(result.RunDetails.Any(run => run.Exception is null));
        Assert.IsNull(result.BestRun.Exception);
    }

    [TestMethod]
    public void Execute_EveryTrialFails_SaysWhy()
    {
        DeepYeastExperimentSettings settings = Settings(each => (each.MaxModels, each.StartingNetwork) = (2, Network.Initialize(Tiny.Network(new(2, 16, 16), 3), new Random(1))));
        settings.Trainers.Clear();

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(Rows(60, seed: 1)));

        Assert.Contains("Every trial failed", e.Message);
        Assert.Contains("16 rows x 16 columns", e.Message);
    }

    [TestMethod]
    public void Execute_Cancelled_GivesTheBestSoFar()
    {
        using var source = new CancellationTokenSource();

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => settings.CancellationToken = source.Token)
            .Execute(Rows(60, seed: 1), progressHandler: new Reports(run =>
            {
                if (run.Number == 1)
                    source.Cancel();
            }));

        Assert.IsNotNull(result.BestRun.Model);
        Assert.IsFalse(result.WasRefitted);
    }

    [TestMethod]
    public void Execute_CancelledBeforeThereIsAModel_Throws()
        => Assert.Throws<OperationCanceledException>(() => Experiment(settings => settings.CancellationToken = new(canceled: true)).Execute(Rows(60, seed: 1)));

    [TestMethod]
    public void Execute_NetworkThatCannotEndInTime_KeepsToTheTime_AndGivesAModel()
    {
        const uint limit = 12;
        DeepYeastExperimentSettings settings = Settings(each => each.MaxExperimentTimeInSeconds = limit);
        settings.Trainers.Remove(ExperimentTrainer.DeepYeastPooled);
        settings.Trainers.Add(ExperimentTrainer.ResNet50);   // on two cores a minute an epoch

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(_mlContext.Data.CreateSyntheticYeastCells(1_200, seed: 1));

        Assert.IsLessThanOrEqualTo(1.1 * limit, result.Elapsed.TotalSeconds);
        Assert.IsNotNull(result.BestRun.Model);
    }

    [TestMethod]
    public void Execute_TimeIsOverAtOnce_GivesTheCheapestBaseline_AndSaysSo()
    {
        var warnings = new List<string>();
        var mlContext = new MLContext(1);
        mlContext.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(message.RawMessage);
        };
        DeepYeastExperimentSettings settings = Settings(each => (each.MaxExperimentTimeInSeconds, each.MaxConcurrentTrials) = (1, 1));

        // The rows alone take longer than the time.
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings)
            .Execute(Slowly(mlContext, Tiny.Rows(30), TimeSpan.FromSeconds(1.2)));

        Assert.AreEqual("SdcaMaximumEntropy on statistics", result.BestRun.TrainerName);
        Assert.IsNotNull(result.BestRun.Model);
        Assert.IsTrue(warnings.Any(warning => warning.Contains("too short for any network", StringComparison.Ordinal)), string.Join("\n", warnings));
    }

    [TestMethod]
    public void Execute_ExceptionOfTheProgressCallback_EndsTheExperiment()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment(settings => settings.ProgressCallback = report =>
        {
            if (report.Phase == ExperimentPhase.Searching)
                throw new InvalidOperationException("from the callback");
        }).Execute(Rows(60, seed: 1)));

        Assert.AreEqual("from the callback", e.Message);
    }

    [TestMethod]
    [DataRow(typeof(InvalidOperationException))]
    [DataRow(typeof(IOException))]   // which is no full disk
    public void Execute_ExceptionOfTheProgressHandler_EndsTheExperiment_AndIsNoFailureOfATrial(Type type)
    {
        using var folder = new TemporaryFolder();
        DeepYeastExperiment experiment = Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (3, folder.File("experiment")));

        var e = Assert.Throws<Exception>(() => experiment.Execute(
            Rows(60, seed: 1), progressHandler: new Reports(run =>
            {
                if (run.Number == 1)
                    throw (Exception)Activator.CreateInstance(type, "from the handler")!;
            })));

        Assert.AreEqual(type, e.GetType());
        Assert.AreEqual("from the handler", e.Message);
        using DeepYeastExperimentResult<DeepYeastRunDetail> again = experiment.Execute(Rows(60, seed: 1));
        Assert.HasCount(3, again.RunDetails);
        Assert.IsTrue(again.RunDetails.All(run => run.Exception is null), string.Join("\n", again.RunDetails.Select(run => $"{run.TrainerName}: {run.Exception}")));
    }

    [TestMethod]
    public void Execute_SameFolderAgain_GoesOn()
    {
        using var folder = new TemporaryFolder();
        DeepYeastRunDetail[] first, second;
        using (DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (2, folder.File("experiment"))).Execute(Rows(60, seed: 1)))
            first = [.. result.RunDetails];
        TimeSpan elapsed;
        using (DeepYeastExperimentResult<DeepYeastRunDetail> result = Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (4, folder.File("experiment"))).Execute(Rows(60, seed: 1)))
            (second, elapsed) = ([.. result.RunDetails], result.Elapsed);

        Assert.HasCount(4, second);
        for (int i = 0; i < 2; i++)
        {
            Assert.AreEqual(first[i].TrainerName, second[i].TrainerName);
            Assert.AreEqual(first[i].RuntimeInSeconds, second[i].RuntimeInSeconds);   // it was not run again
            CollectionAssert.AreEqual(first[i].Figures.ToArray(), second[i].Figures.ToArray());
        }
        Assert.IsGreaterThan(first.Max(run => run.Figures[^1].At), second.Max(run => run.Figures[^1].At));
        Assert.IsGreaterThan(second.Max(run => run.Figures[^1].At), elapsed);
    }

    private DeepYeastExperiment Experiment(Action<DeepYeastExperimentSettings>? change = null) => _mlContext.MulticlassClassification.CreateDeepYeastExperiment(Settings(change));

    private DeepYeastExperiment NetworkExperiment(Action<DeepYeastExperimentSettings> change) => Experiment(settings =>
    {
        settings.Trainers.Remove(ExperimentTrainer.SdcaMaximumEntropy);
        change(settings);
    });

    private static double Accuracy(ITransformer model, IDataView cells)
        => model.Transform(cells).GetColumn<string>("PredictedLabel").Zip(cells.GetColumn<string>("Label"), (predicted, label) => predicted == label ? 1.0 : 0).Average();

    // A baseline and the quickest network.
    private static DeepYeastExperimentSettings Settings(Action<DeepYeastExperimentSettings>? change = null)
    {
        var settings = new DeepYeastExperimentSettings { MaxExperimentTimeInSeconds = 120, Seed = 1, Device = ComputeDevice.Cpu, Precision = Precision.Full };
        settings.Trainers.Clear();
        settings.Trainers.Add(ExperimentTrainer.SdcaMaximumEntropy);
        settings.Trainers.Add(ExperimentTrainer.DeepYeastPooled);
        change?.Invoke(settings);
        return settings;
    }

    private TransformerChain<DeepYeastPredictionTransformer> Given(IDataView train)
    {
        var trainer = _mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options { Network = Tiny.Network, Epochs = 20, LearningRate = 0.02, Seed = 1, Device = ComputeDevice.Cpu });
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(trainer).Fit(train);
    }

    private IDataView Rows(int count, int seed, int classes = 3) => _mlContext.Data.LoadFromEnumerable(Tiny.Rows(count, classes, seed));

    private static IDataView Slowly(MLContext mlContext, List<Tiny.Row> rows, TimeSpan time) => mlContext.Data.LoadFromEnumerable(rows.Select(row =>
    {
        Thread.Sleep(time / rows.Count);
        return row;
    }));

    private sealed class SmallRow
    {
        [VectorType(2, 4, 4)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Reports(Action<DeepYeastRunDetail> report) : IProgress<DeepYeastRunDetail>
    {
        public void Report(DeepYeastRunDetail value) => report(value);
    }
}
