using static Microsoft.ML.DeepYeast.Tests.InterruptedTraining;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A training that is interrupted, wherever, ends with the weights of one that was not.</summary>
[TestClass]
public sealed class CheckpointTests
{
    private const int BatchesPerEpoch = 4;

    private readonly MLContext _mlContext = new(seed: 1);
    private readonly List<string> _log = [];

    public CheckpointTests() => _mlContext.Log += (_, e) => _log.Add(e.RawMessage);

    [TestMethod]
    [DataRow("adam, mixup, averaged")]
    [DataRow("nesterov, plateau, stops early")]
    [DataRow("muon")]
    [DataRow("muon, no convolutions")]
    public void Resume_AfterACrashAtEachBatch_EndsWithTheSameBits(string recipe)
    {
        DeepYeastPredictionTransformer whole = Fit(options => Use(recipe, options));

        for (int crash = 1; crash < Epochs * BatchesPerEpoch; crash++)
        {
            using var folder = new TemporaryFolder();
            Assert.ThrowsExactly<CrashException>(() => Fit(options =>
            {
                Use(recipe, options);
                AtEachBatch(options, folder);
                options.ProgressCallback = CrashAt(crash);
            }));

            string newest = Files(folder).LastOrDefault("");

            DeepYeastPredictionTransformer resumed = Fit(options =>
            {
                Use(recipe, options);
                Resume(options, folder);
            });

            if (newest.Length > 0)
                AssertGoesOn(newest);
            AssertSameWeights(whole, resumed, $"crash at batch {crash}");
            Assert.AreEqual(whole.History.Count, resumed.History.Count);
            Assert.AreEqual(whole.History.BestEpoch, resumed.History.BestEpoch);
            for (int i = 0; i < whole.History.Count; i++)
                Assert.AreEqual(whole.History[i] with { Elapsed = TimeSpan.Zero }, resumed.History[i] with { Elapsed = TimeSpan.Zero });
        }
    }

    [TestMethod]
    public void Resume_OfATrainingThatWasOver_GivesItsResultWithoutAStep()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer first = Fit(options => options.CheckpointFolder = folder.File("checkpoints"));
        int steps = 0;

        DeepYeastPredictionTransformer second = Fit(options =>
        {
            options.CheckpointFolder = folder.File("checkpoints");
            options.Resume = true;
            options.ProgressCallback = report => steps += report.Phase == TrainingPhase.Training ? 1 : 0;
        });

        AssertSameWeights(first, second, "after the end");
        Assert.AreEqual(0, steps);
    }

    [TestMethod]
    public void Fit_CheckpointAtEachBatch_KeepsTheLastTwo()
    {
        using var folder = new TemporaryFolder();

        Fit(options => AtEachBatch(options, folder));

        string[] expected = [$"step-{12:D10}-epoch-{4:D5}.checkpoint", $"step-{11:D10}-epoch-{3:D5}.checkpoint"];
        Assert.AreSequenceEqual(expected.Order().ToArray(), Files(folder).Select(file => Path.GetFileName(file)!).Order().ToArray());
    }

    [TestMethod]
    public void Resume_NewestCheckpointHasAFlippedByte_WarnsAndUsesTheOneBefore()
    {
        DeepYeastPredictionTransformer whole = Fit(_ => { });
        using var folder = new TemporaryFolder();
        Crash(folder, batch: 7);
        string[] files = Files(folder);
        string newest = files[1];
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(newest, bytes);

        DeepYeastPredictionTransformer resumed = Fit(options => Resume(options, folder));

        AssertGoesOn(files[0]);
        AssertSameWeights(whole, resumed, "flipped byte");
        Assert.Contains($"Checkpoint '{newest}' is damaged and left out.", _log);
    }

    [TestMethod]
    public void Resume_NewestCheckpointIsCutShort_UsesTheOneBefore()
    {
        DeepYeastPredictionTransformer whole = Fit(_ => { });
        using var folder = new TemporaryFolder();
        Crash(folder, batch: 6);
        string[] files = Files(folder);
        using (FileStream file = File.OpenWrite(files[1]))
            file.SetLength(20);

        AssertSameWeights(whole, Fit(options => Resume(options, folder)), "cut short");
        AssertGoesOn(files[0]);
    }

    [TestMethod]
    public void Resume_AllCheckpointsAreDamaged_BeginsAnewAndKeepsItsOwnInTheirPlace()
    {
        using var folder = new TemporaryFolder();
        Crash(folder, batch: 9);
        string[] damaged = Files(folder);
        foreach (string path in damaged)
            File.WriteAllBytes(path, [1, 2, 3]);

        Assert.ThrowsExactly<CrashException>(() => Fit(options =>
        {
            Resume(options, folder);
            options.ProgressCallback = CrashAt(4);
        }));

        Assert.AreSequenceEqual(new[] { $"step-{2:D10}-epoch-{1:D5}.checkpoint", $"step-{3:D10}-epoch-{1:D5}.checkpoint" }, Files(folder).Select(Path.GetFileName).ToArray());
        Assert.HasCount(2, damaged);
    }

    [TestMethod]
    public void Resume_NoCheckpoint_BeginsAnewAndSaysSo()
    {
        using var folder = new TemporaryFolder();

        DeepYeastPredictionTransformer model = Fit(options => Resume(options, folder));

        AssertSameWeights(Fit(_ => { }), model, "with nothing to go on from");
        Assert.Contains($"There is no checkpoint in '{folder.File("checkpoints")}': the training begins anew.", _log);
    }

    [TestMethod]
    public void Resume_LeftoverOfAnUnfinishedCheckpoint_IsDeleted()
    {
        using var folder = new TemporaryFolder();
        Crash(folder, batch: 6);
        string leftover = $"{Files(folder).Max()}.0123456789abcdef0123456789abcdef.tmp";
        File.WriteAllBytes(leftover, [1, 2, 3]);

        Fit(options => Resume(options, folder));

        Assert.IsFalse(File.Exists(leftover));
    }

    [TestMethod]
    public void Fit_CheckpointsCannotBeWrittenAnyMore_WarnsAndTrainsOn()
    {
        using var folder = new TemporaryFolder();

        DeepYeastPredictionTransformer model = Fit(options =>
        {
            AtEachBatch(options, folder);
            options.ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Saving, Epoch: 1 } && Directory.Exists(folder.File("checkpoints")))
                    Directory.Delete(folder.File("checkpoints"), recursive: true);
            };
        });

        Assert.HasCount(Epochs, model.History);
        Assert.IsTrue(_log.Any(message => message.StartsWith("No checkpoint now: '", StringComparison.Ordinal) && message.EndsWith(". The training goes on, and earlier checkpoints are still there.", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_LossIsNoLongerANumber_SaysHowToGoOnFromTheCheckpoint()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(options =>
        {
            AtEachBatch(options, folder);
            options.LearningRate = 1e38;
            options.Schedule = new CosineSchedule { WarmUpShare = 0.9 };
            options.Optimizer = new SgdOptimizer { Momentum = 0 };
            options.Network = (cells, classes) => new NetworkBuilder("Plain", cells).Flatten("flat").Dense("ip", classes).Softmax("predictions").ToGraph();
        }));

        StringAssert.Contains(error.Message, $"To go on from before with other options, give Network.LoadCheckpoint(\"{Files(folder).Max()}\") as StartingNetwork, null as Network, and another CheckpointFolder.");
        Network start = Network.LoadCheckpoint(Files(folder).Max()!);
        Assert.IsTrue(start.GetWeight("ip", "kernel").ToArray().All(float.IsFinite));
        Assert.IsNotNull(Tiny.Trainer(_mlContext, options => (options.StartingNetwork, options.Network) = (start, null)));
    }

    [TestMethod]
    public void LoadCheckpoint_NoCheckpoint_Throws()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("cells.csv"), new string('x', 500));

        var error = Assert.ThrowsExactly<FormatException>(() => Network.LoadCheckpoint(folder.File("cells.csv")));

        Assert.AreEqual($"'{folder.File("cells.csv")}' is no checkpoint, or it is damaged. Take another one of its folder.", error.Message);
    }

    [TestMethod]
    public void Cancel_Throw_WritesACheckpointToGoOnFrom()
    {
        DeepYeastPredictionTransformer whole = Fit(_ => { });
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options =>
        {
            options.CheckpointFolder = folder.File("checkpoints");
            options.CancellationToken = source.Token;
            options.ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Training, Epoch: 2, Batch: 3 })
                    source.Cancel();
            };
        }));

        Assert.AreEqual($"step-{7:D10}-epoch-{2:D5}.checkpoint", Path.GetFileName(Files(folder).Single()));
        AssertSameWeights(whole, Fit(options => Resume(options, folder)), "after cancellation");
    }

    [TestMethod]
    [DataRow(TrainingPhase.Reestimating)]
    [DataRow(TrainingPhase.Validating)]
    public void Cancel_WhileAnEpochIsChecked_WritesACheckpointToGoOnFrom(TrainingPhase phase)
    {
        Action<DeepYeastTrainer.Options> settings = options =>
        {
            options.ValidationFraction = 0.3;
            options.WeightAverageDecay = 0.9;
            options.BatchSize = 8;
        };
        DeepYeastPredictionTransformer whole = Fit(settings);
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options =>
        {
            settings(options);
            options.CheckpointFolder = folder.File("checkpoints");
            options.CancellationToken = source.Token;
            options.ProgressCallback = report =>
            {
                if (report.Phase == phase && report is { Epoch: 2, Batch: 1 })
                    source.Cancel();
            };
        }));

        DeepYeastPredictionTransformer resumed = Fit(options =>
        {
            settings(options);
            Resume(options, folder);
        });

        AssertSameWeights(whole, resumed, $"{phase}");
        Assert.AreSequenceEqual(whole.History.Select(figures => figures with { Elapsed = default }).ToArray(), resumed.History.Select(figures => figures with { Elapsed = default }).ToArray());
    }

    private DeepYeastPredictionTransformer Fit(Action<DeepYeastTrainer.Options> change) => InterruptedTraining.Fit(_mlContext, change);

    private static void Use(string recipe, DeepYeastTrainer.Options options)
    {
        options.Network = Dropping;
        if (recipe.StartsWith("adam", StringComparison.Ordinal))
        {
            options.MixupAlpha = 0.2;
            options.WeightAverageDecay = 0.9;
            options.Augmentation = CellAugmentation.RoundCells with { MaximumShift = 1 };
            options.Optimizer = new AdamOptimizer { WeightDecay = 0.01 };
        }
        else if (recipe.StartsWith("muon", StringComparison.Ordinal))
        {
            options.Optimizer = new MuonOptimizer { WeightDecay = 0.01 };
            if (recipe != "muon")
                options.Network = (cells, classCount) => new NetworkBuilder("Dense", cells).Flatten("flat").Dense("ip", classCount).Softmax("predictions").ToGraph();
        }
        else
        {
            options.Optimizer = new SgdOptimizer();
            options.ValidationFraction = 0.25;
            options.BatchSize = 12;
            options.Schedule = new PlateauSchedule { Patience = 1 };
            options.EarlyStopping = new() { Patience = 2, Monitor = MonitoredFigure.ValidationLoss };
        }
    }

    private static NetworkGraph Dropping(CellShape cells, int classCount) => new NetworkBuilder("Dropping", cells)
        .Conv2D("conv", 4, size: 3).BatchNormalization("bn").Relu("relu").GlobalAveragePooling2D("pool").Dropout("drop", 0.2)
        .Dense("ip", classCount).Softmax("predictions").ToGraph();

    private void Crash(TemporaryFolder folder, int batch) => InterruptedTraining.Crash(_mlContext, folder, batch);

    /// <summary>That the last training that went on from a checkpoint went on from this one.</summary>
    private void AssertGoesOn(string checkpoint)
    {
        long step = long.Parse(Path.GetFileName(checkpoint).AsSpan(5, 10), System.Globalization.CultureInfo.InvariantCulture);
        Assert.AreEqual($"Going on from checkpoint '{checkpoint}': {step} steps done.", _log.Last(message => message.StartsWith("Going on", StringComparison.Ordinal)));
    }

    private static void AssertSameWeights(DeepYeastPredictionTransformer expected, DeepYeastPredictionTransformer actual, string when)
        => Assert.IsTrue(expected.Model.Weights.Zip(actual.Model.Weights).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), $"The weights differ: {when}.");
}
