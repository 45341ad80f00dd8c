using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Networks that are trained on drawn cells, for experiments.</summary>
[TestClass]
public sealed class DrawnNetworkTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void TryTrain_Twice_GoesOnFromTheFirst_AndIsLoadedAgain()
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
        Assert.AreSequenceEqual(drawn.Histories.Select(history => history.Single()).ToArray(), loaded.Histories.Select(history => history.Single()).ToArray());
        Assert.AreEqual(AccuracyOf(drawn.Networks[1]), AccuracyOf(loaded.Latest!));

        IDataView Cells() => _mlContext.Data.CreateSyntheticYeastCells(100, seed: 5, ["nucleus", "cytoplasm"]);

        double AccuracyOf(Network network)
        {
            IDataView scored = _mlContext.Transforms.DeepYeastClassify(network, ["nucleus", "cytoplasm"]).Fit(cells).Transform(cells);
            return scored.GetColumn<string>("Label").Zip(scored.GetColumn<float[]>("Score"), (label, score) => label == (score[0] > score[1] ? "nucleus" : "cytoplasm") ? 1.0 : 0).Average();
        }
    }

    [TestMethod]
    public void TryTrain_Ended_GoesOnInAnotherRun_OrIsWhatItHasLearned()
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
    public void PlanOf_UsesTheTime()
    {
        const double visit = 0.002, drawing = 0.0005;
        Assert.IsNull(DrawnNetwork.PlanOf(2.4975, visit, drawing), "999 are too few.");
        Assert.AreEqual(new DrawingPlan(5_000, 1), DrawnNetwork.PlanOf(12.5001, visit, drawing));
        Assert.AreEqual(new DrawingPlan(119_960, 1), DrawnNetwork.PlanOf(299.9001, visit, drawing), "As many different ones as there can be.");
        Assert.AreEqual(new DrawingPlan(100_000, 3), DrawnNetwork.PlanOf(650.001, visit, drawing));
        Assert.AreEqual(new DrawingPlan(120_000, 25), DrawnNetwork.PlanOf(1e30, visit, drawing), "No more than it can learn from.");
        Assert.IsNull(DrawnNetwork.PlanOf(-1, visit, drawing), "No time is left.");
    }

    [TestMethod]
    public void SeedOf_DrawsNoneOfTheExperimentsOwn()
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
}
