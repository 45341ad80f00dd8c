using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Whole experiments on small cells.</summary>
[TestClass]
public sealed class DeepYeastExperimentTests
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
    public void Execute_GivenNetworkThatKnowsTheClasses_IsTriedAsItIs()
    {
        IDataView train = Rows(60, seed: 1), held = Rows(40, seed: 2);
        DeepYeastExperimentSettings settings = Settings(each => each.MaxModels = 1);
        settings.Trainers.Clear();
        var trainer = _mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options { Network = Tiny.Network, Epochs = 20, LearningRate = 0.02, Seed = 1 });
        TransformerChain<DeepYeastPredictionTransformer> given = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(trainer).Fit(train);
        settings.StartingNetwork = Network.Of(given);

        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(train);

        DeepYeastRunDetail run = result.RunDetails.Single();
        Assert.AreEqual("the given network as it is", run.TrainerName);
        Assert.IsNull(run.Settings);
        Assert.IsFalse(result.WasRefitted, "It learns nothing.");
        float[][] expected = [.. given.Transform(held).GetColumn<float[]>("Score")];
        foreach (ITransformer model in new[] { run.Model!, run.Estimator.Fit(train) })
        {
            float[][] scores = [.. model.Transform(held).GetColumn<float[]>("Score")];
            for (int row = 0; row < scores.Length; row++)
                CollectionAssert.AreEqual(expected[row], scores[row]);
            Assert.IsGreaterThan(0.9, Accuracy(model, held));
        }
    }

    [TestMethod]
    public void DrawnNetwork_TrainedTwice_GoesOnFromTheFirst_AndIsLoadedAgain()
    {
        using var folder = new TemporaryFolder();
        ClassLabels labels = ClassLabels.Of(["nucleus", "cytoplasm"]);
        var drawn = new DrawnNetwork(folder.Path, labels);
        Assert.IsTrue(drawn.KnowsClasses);
        Assert.IsFalse(new DrawnNetwork(folder.Path, ClassLabels.Of(["nucleus", "AAC1"])).KnowsClasses);
        DeepYeastTrainer.Options Options(double rate) => (DrawnNetwork.Settings with { LearningRate = rate, Width = 0.05 }).ToOptions();

        Assert.IsTrue(drawn.TryTrain(_mlContext, Options(1e-2), new(1_000, 1), seed: 1, CancellationToken.None));
        Assert.IsTrue(drawn.TryTrain(_mlContext, Options(1e-12), new(64, 1), seed: 1, CancellationToken.None));

        Assert.HasCount(2, drawn.Networks);
        Assert.AreSame(drawn.Networks[1], drawn.Latest);
        IDataView cells = _mlContext.Transforms.DeepYeastPreprocess().Fit(Cells()).Transform(Cells());
        Assert.IsGreaterThan(0.8, AccuracyOf(drawn.Networks[0]));
        Assert.AreEqual(AccuracyOf(drawn.Networks[0]), AccuracyOf(drawn.Networks[1]), 0.1, "At a rate of nearly zero it stays what it was.");
        var loaded = new DrawnNetwork(folder.Path, labels);
        loaded.Load(_mlContext);
        Assert.HasCount(2, loaded.Networks);
        Assert.AreEqual(AccuracyOf(drawn.Networks[1]), AccuracyOf(loaded.Latest!));

        IDataView Cells() => _mlContext.Data.CreateSyntheticYeastCells(100, seed: 5, ["nucleus", "cytoplasm"]);

        double AccuracyOf(Network network)
        {
            IDataView scored = _mlContext.Transforms.DeepYeastClassify(network, ["nucleus", "cytoplasm"]).Fit(cells).Transform(cells);
            return scored.GetColumn<string>("Label").Zip(scored.GetColumn<float[]>("Score"), (label, score) => label == (score[0] > score[1] ? "nucleus" : "cytoplasm") ? 1.0 : 0).Average();
        }
    }

    [TestMethod]
    public void DrawnNetwork_TrainingThatIsEnded_GoesOnInAnotherRun_OrIsWhatItHasLearned()
    {
        using var folder = new TemporaryFolder();
        ClassLabels labels = ClassLabels.Of(["nucleus", "cytoplasm"]);
        using CancellationTokenSource end = new(), other = new();
        DeepYeastTrainer.Options Options(CancellationTokenSource end)
        {
            DeepYeastTrainer.Options options = (DrawnNetwork.Settings with { Width = 0.05 }).ToOptions();
            (options.CancellationToken, options.OnCancellation) = (end.Token, CancellationOutcome.ReturnBest);
            options.ProgressCallback = report =>
            {
                if (report.Epoch == 2)
                    end.Cancel();
            };
            return options;
        }
        var paused = new DrawnNetwork(folder.Path, labels);
        Assert.IsFalse(paused.TryTrain(_mlContext, Options(end), new(64, 3), seed: 1, pause: end.Token));
        Assert.IsNull(paused.Latest);

        DeepYeastTrainer.Options rest = Options(end);
        int first = 0;
        (rest.CancellationToken, rest.ProgressCallback) = (CancellationToken.None, report => first = first == 0 ? report.Epoch : first);
        Assert.IsTrue(paused.TryTrain(_mlContext, rest, new(64, 3), seed: 1, pause: CancellationToken.None));
        Assert.IsGreaterThanOrEqualTo(2, first, "It began anew.");

        var cut = new DrawnNetwork(folder.File("cut"), labels);
        Assert.IsTrue(cut.TryTrain(_mlContext, Options(other), new(64, 3), seed: 1, pause: CancellationToken.None), "Its own time was over, and not the experiment's.");
        Assert.IsNotNull(cut.Latest);
        Assert.IsEmpty(Directory.GetDirectories(folder.File("cut")));
    }

    [TestMethod]
    public void Execute_FoldsCutByTheTime_AreNoFailures()
    {
        DeepYeastExperimentSettings settings = Settings(each => each.MaxExperimentTimeInSeconds = 6);
        settings.Trainers.Remove(ExperimentTrainer.SdcaMaximumEntropy);
        settings.Trainers.Remove(ExperimentTrainer.DeepYeastPooled);
        settings.Trainers.Add(ExperimentTrainer.ResNet50);

        // Less than 1,000 cells: three folds, of which the time is not enough for one.
        using DeepYeastExperimentResult<DeepYeastRunDetail> result = _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(_mlContext.Data.CreateSyntheticYeastCells(900, seed: 1));

        Assert.IsFalse(result.RunDetails.Any(run => run.Exception is not null), result.RunDetails.FirstOrDefault(run => run.Exception is not null)?.Exception?.Message);
        Assert.AreEqual("SdcaMaximumEntropy on statistics", result.BestRun.TrainerName, "There is always a model.");
    }

    [TestMethod]
    public void PlanOfDrawnCells_UsesTheTime()
    {
        Assert.IsNull(DrawnNetwork.PlanOf(999));
        Assert.AreEqual(new DrawingPlan(5_000, 1), DrawnNetwork.PlanOf(5_000));
        Assert.AreEqual(new DrawingPlan(37_500, 4), DrawnNetwork.PlanOf(150_000));
    }

    [TestMethod]
    public void SeedOfDrawnCells_DrawsNoneOfTheExperimentsOwn()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            HashSet<string> drawn = [.. Pixels(DrawnNetwork.SeedOf(seed, training: 0), 60)];
            foreach (int near in new[] { seed, seed + 1, seed + 2, DrawnNetwork.SeedOf(seed, training: 1) })
                Assert.IsFalse(Pixels(near, 60).Any(drawn.Contains), $"seeds {seed} and {near}");
        }

        IEnumerable<string> Pixels(int seed, int count)
        {
            IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(count, seed);
            return _mlContext.Transforms.DeepYeastPreprocess().Fit(cells).Transform(cells).GetColumn<float[]>("Features").Select(features => string.Join(' ', features.Take(2000))).ToArray();
        }
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

    [TestMethod]
    public void Execute_FolderOfOtherCells_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, folder.File("experiment"))).Execute(Rows(60, seed: 1)).Dispose();

        var e = Assert.ThrowsExactly<InvalidOperationException>(
            () => Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, folder.File("experiment"))).Execute(Rows(60, seed: 9)));

        Assert.Contains("another experiment: the training cells was", e.Message);
    }

    [TestMethod]
    public void Execute_ValidationHasOtherLabels_NamesThem()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Rows(60, seed: 1), Rows(40, seed: 2, classes: 4)));

        Assert.Contains("labels in column 'Label' that the training data lacks: 'none'", e.Message);
    }

    [TestMethod]
    public void Execute_ValidationOfOneClass_IsRefused()
    {
        IDataView held = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(60).Where(row => row.Label == "red"));

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Rows(60, seed: 1), held));

        Assert.Contains("All 20 of the validation cells are of class 'red'", e.Message);
    }

    [TestMethod]
    public void Execute_OneGroup_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(_ => "plate 1"), samplingKeyColumnName: "Group"));

        Assert.Contains("All 60 rows have the same value in column 'Group'", e.Message);
    }

    [TestMethod]
    public void Execute_GroupsAreTheClasses_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(row => row.Label!), samplingKeyColumnName: "Group"));

        Assert.Contains("a group column must not separate the classes", e.Message);
    }

    [TestMethod]
    public void Execute_MoreFoldsThanGroups_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(row => $"plate {row.Id % 2}"), numberOfCVFolds: 3, samplingKeyColumnName: "Group"));

        Assert.Contains("There are 3 folds, but only 2 groups in column 'Group'", e.Message);
    }

    [TestMethod]
    public void Execute_NothingToMakeFeaturesOf_SaysWhatIsNeeded()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(new[] { new { Label = "a", Text = "x" }, new { Label = "b", Text = "y" } });

        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Experiment().Execute(rows));

        Assert.Contains("no feature column 'Features', and neither a column 'Image' nor 'ImagePath'", e.Message);
    }

    [TestMethod]
    public void Execute_NoLabel_SaysSo()
        => Assert.Contains("There is no label column 'Class'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Experiment().Execute(Rows(60, seed: 1), "Class")).Message);

    [TestMethod]
    [DataRow("time")]
    [DataRow("models")]
    [DataRow("factor")]
    [DataRow("concurrent")]
    [DataRow("trainers")]
    public void Settings_OutOfRange_AreRefused(string option)
    {
        DeepYeastExperimentSettings settings = Settings();
        switch (option)
        {
            case "time": settings.MaxExperimentTimeInSeconds = 0; break;
            case "models": settings.MaxModels = 0; break;
            case "factor": settings.ReductionFactor = 0; break;
            case "concurrent": settings.MaxConcurrentTrials = 0; break;
            case "trainers": settings.Trainers.Clear(); break;
        }

        Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings));
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

    private IDataView Rows(int count, int seed, int classes = 3) => _mlContext.Data.LoadFromEnumerable(Tiny.Rows(count, classes, seed));

    private IDataView Grouped(Func<Tiny.Row, string> groupOf)
        => _mlContext.Data.LoadFromEnumerable(Tiny.Rows(60).Select(row => new GroupedRow { Features = row.Features, Label = row.Label, Group = groupOf(row) }));

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

    private sealed class GroupedRow
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        public string? Label { get; set; }

        public string Group { get; set; } = "";
    }

    private sealed class Reports(Action<DeepYeastRunDetail> report) : IProgress<DeepYeastRunDetail>
    {
        public void Report(DeepYeastRunDetail value) => report(value);
    }
}
