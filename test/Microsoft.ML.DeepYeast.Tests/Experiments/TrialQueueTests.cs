using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What is done next, without doing it.</summary>
[TestClass]
public sealed class TrialQueueTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1000);

    [TestMethod]
    public void Take_First_IsTheCheapestBaseline_WhateverTheTime()
    {
        TrialQueue queue = Queue(new(), NoDrawing, out _);

        var job = (TrialJob)queue.Take(TimeSpan.FromSeconds(-5), s_limit)!;

        Assert.AreEqual(ExperimentTrainer.SdcaMaximumEntropy, job.Trial.Record.Trainer);
        Assert.IsTrue(job.MustFinish);
        Assert.IsNull(queue.Take(TimeSpan.Zero, s_limit));
    }

    [TestMethod]
    public void Take_ThenRecipes_NoneTwice()
    {
        TrialQueue queue = Queue(new(), NoDrawing, out _);

        Trial[] trials = [.. Enumerable.Range(0, 12).Select(_ => Run(queue, s_limit, 0.5).Trial)];

        CollectionAssert.AllItemsAreUnique(trials.Select(trial => trial.Number).ToArray());
        Assert.AreEqual(new TrialSettings(), trials[1].Record.Settings, "The first network is that of the recipe for few cells.");
        CollectionAssert.AreEqual(new[] { ExperimentTrainer.LightGbm, ExperimentTrainer.FastTreeOva }, trials[2..4].Select(trial => trial.Record.Trainer).ToArray());
        CollectionAssert.IsSubsetOf(new[] { "DeepYeastPooled", "DeepYeast", "MobileNet", "ResNet50", "DenseNet40_BC" }, trials.Where(trial => trial.IsNetwork).Select(trial => trial.Record.Settings!.Network).ToArray());
    }

    [TestMethod]
    public void Take_OnlyTrainersThatWereAskedFor()
    {
        var settings = new DeepYeastExperimentSettings();
        settings.Trainers.Clear();
        settings.Trainers.Add(ExperimentTrainer.MobileNet);
        TrialQueue queue = Queue(settings, NoDrawing, out TrialPace pace);
        pace.AddTraining(new() { Network = "MobileNet", BatchSize = 32 }, 1e-3);

        var trials = new List<Trial>();
        for (int i = 0; i < 30; i++)
        {
            ExperimentJob job = queue.Take(s_limit, s_limit)!;
            if (job is RangeTestJob test)
                queue.CompleteRangeTest(test.Settings, 1e-3);
            else
                trials.Add(Finish(queue, (TrialJob)job, 0.5));
        }

        Assert.IsTrue(trials.All(trial => trial.Record.Settings!.Network == "MobileNet"));
    }

    [TestMethod]
    public void Take_AfterTheRecipes_RangeTestsAndNewTrialsOfTheirRates()
    {
        TrialQueue queue = Queue(new(), NoDrawing, out _);
        var tested = new List<string>();
        var drawn = new List<Trial>();
        for (int i = 0; i < 80; i++)
        {
            switch (queue.Take(s_limit, s_limit))
            {
                case RangeTestJob test:
                    tested.Add($"{test.Settings.Network} {test.Settings.Optimizer}");
                    queue.CompleteRangeTest(test.Settings, 3e-3);
                    break;
                case TrialJob job:
                    drawn.Add(Finish(queue, job, 0.5));
                    break;
            }
        }

        Assert.IsNotEmpty(tested);
        CollectionAssert.AllItemsAreUnique(tested);
        Assert.IsGreaterThan(20, drawn.Select(trial => trial.Number).Distinct().Count());
    }

    [TestMethod]
    public void Take_OfThreeThatReachedTheFirstRung_TheBestGoesOn()
    {
        TrialQueue queue = Queue(NetworksOnly(), NoDrawing, out _);
        Run(queue, s_limit, 0.6);
        Trial best = Run(queue, s_limit, 0.9).Trial;
        Run(queue, s_limit, 0.7);
        while (queue.Take(s_limit, s_limit) is TrialJob job)
        {
            if (job.Rung > 0)
            {
                Assert.AreEqual((best.Number, 1), (job.Trial.Number, job.Rung));
                return;
            }
            Finish(queue, job, 0.5);
        }
        Assert.Fail("None went on.");
    }

    [TestMethod]
    public void Take_WhenTheTimeGoes_TheBestIsFinished_AndNoneBegins()
    {
        TrialQueue queue = Queue(NetworksOnly(), NoDrawing, out TrialPace pace);
        Run(queue, s_limit, 0.6);
        Trial best = Run(queue, s_limit, 0.9).Trial;
        (double training, double scoring) = (0.01, 0.001);
        foreach (Trial trial in queue.Begun)
        {
            pace.AddTraining(trial.Record.Settings!, training);
            pace.AddScoring(trial.Record.Settings!, scoring);
        }
        int epochs = best.Record.Settings!.Epochs;
        double refit = epochs * 100 * training, rest = (epochs - 1) * 80 * training + 2 * 20 * scoring;   // 100 cells, 80 of them in the fold and 20 held out; one epoch is done, two rungs are to come

        var job = (TrialJob)queue.Take(TimeSpan.FromSeconds(refit + rest + 1), s_limit)!;

        Assert.AreEqual(best.Number, job.Trial.Number);
        Assert.IsGreaterThan(0, job.Rung);
        queue.Release(best);
        Assert.IsNull(queue.Take(TimeSpan.FromSeconds(0.5), s_limit), "There is no time for anything.");
    }

    [TestMethod]
    public void Take_MostModels_ThenOnlyGoesOn()
    {
        DeepYeastExperimentSettings settings = NetworksOnly();
        settings.MaxModels = 2;
        TrialQueue queue = Queue(settings, NoDrawing, out _);

        var numbers = new HashSet<int>();
        while (queue.Take(s_limit, s_limit) is TrialJob job)
            numbers.Add(Finish(queue, job, 0.5).Number);

        Assert.HasCount(2, numbers);
        Assert.IsTrue(queue.Begun.Any(queue.IsComplete));
    }

    [TestMethod]
    public void Take_FailedTrial_IsNotTakenAgain()
    {
        TrialQueue queue = Queue(NetworksOnly(), NoDrawing, out _);
        Trial failed = ((TrialJob)queue.Take(s_limit, s_limit)!).Trial;
        queue.Fail(failed, new InvalidOperationException("no"));

        for (int i = 0; i < 20 && queue.Take(s_limit, s_limit) is TrialJob job; i++)
        {
            Assert.AreNotEqual(failed.Number, job.Trial.Number);
            Finish(queue, job, 0.5);
        }
        Assert.AreEqual("no", queue.Begun.Single(trial => trial.HasFailed).Record.Error);
        Assert.IsFalse(queue.Ranking.Contains(failed));
    }

    [TestMethod]
    public void Take_Drawing_OnceAndThenTrialsThatBeginWithIt()
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: false), out _);
        var kinds = new List<string>();
        for (int i = 0; i < 40; i++)
        {
            switch (queue.Take(s_limit, s_limit))
            {
                case RangeTestJob test:
                    queue.CompleteRangeTest(test.Settings, null);
                    break;
                case DrawingJob drawing:
                    Assert.AreEqual(s_limit / 8, drawing.Time);
                    kinds.Add("drawing");
                    queue.CompleteDrawing(succeeded: true);
                    break;
                case TrialJob job:
                    kinds.Add(Finish(queue, job, 0.5).Record.Settings?.StartingPoint ?? $"{job.Trial.Record.Input}");
                    break;
            }
        }

        Assert.AreEqual(1, kinds.Count(kind => kind == "drawing"));
        Assert.IsGreaterThanOrEqualTo(2, kinds.Count(kind => kind == "Drawn"));
        Assert.AreEqual(3, kinds.Count(kind => kind == "NetworkFeatures"));
    }

    [TestMethod]
    public void Take_Drawing_NotWhereNoMoreTrialsMayBegin()
    {
        TrialQueue queue = Queue(new() { MaxModels = 2 }, Drawing(knowsClasses: true), out _);

        for (int i = 0; i < 10 && queue.Take(s_limit, s_limit) is { } job; i++)
            Finish(queue, (TrialJob)job, 0.5);   // a drawing would not be one

        Assert.HasCount(2, queue.Begun);
    }

    [TestMethod]
    public void Take_SecondDrawing_NotWhereNoMoreTrialsMayBegin()
    {
        TrialQueue queue = Queue(new() { MaxModels = 4 }, Drawing(knowsClasses: true), out _);
        Finish(queue, RunToJudging(queue, others: 0.5, asItIs: 0.7), 0.5);

        for (int i = 0; i < 10 && queue.Take(s_limit, s_limit) is { } job; i++)
            Finish(queue, (TrialJob)job, 0.5);

        Assert.HasCount(4, queue.Begun);
    }

    [TestMethod]
    public void Take_TrialThatAnEarlierRunBegan_IsFirst()
    {
        TrialQueue first = Queue(new(), NoDrawing, out _);
        Run(first, s_limit, 0.5);
        Trial begun = ((TrialJob)first.Take(s_limit, s_limit)!).Trial;
        first.Begin(begun, begun.Record.Settings);

        TrialQueue second = Queue(new(), NoDrawing, out _, [.. first.Begun, new(begun.State, hasBegun: true)]);

        Assert.AreEqual(begun.Number, ((TrialJob)second.Take(s_limit, s_limit)!).Trial.Number);
    }

    [TestMethod]
    public void Take_Numbers_AreInTheOrderOfTheBeginnings()
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: false), out _);
        var numbers = new List<int>();
        while (numbers.Count < 12)
        {
            switch (queue.Take(s_limit, s_limit))
            {
                case DrawingJob:
                    queue.CompleteDrawing(succeeded: true);
                    break;
                case TrialJob { Trial.Rung: < 0 } job:
                    numbers.Add(Finish(queue, job, 0.5).Number);
                    break;
                case TrialJob job:
                    Finish(queue, job, 0.5);
                    break;
            }
        }

        CollectionAssert.AreEqual(Enumerable.Range(1, 12).ToArray(), numbers);
    }

    [TestMethod]
    public void Take_PostponedTrial_IsLeftForAnotherRun()
    {
        TrialQueue queue = Queue(NetworksOnly(), NoDrawing, out _);
        Trial postponed = ((TrialJob)queue.Take(s_limit, s_limit)!).Trial;
        queue.Postpone(postponed);

        for (int i = 0; i < 20 && queue.Take(s_limit, s_limit) is TrialJob job; i++)
            Assert.AreNotEqual(postponed.Number, Finish(queue, job, 0.5).Number);
        Assert.IsFalse(queue.Begun.Contains(postponed));
    }

    [TestMethod]
    public void Ranking_TrialThatFailedAsItWentOn_StandsWithWhatItHad()
    {
        TrialQueue queue = Queue(NetworksOnly(), NoDrawing, out _);
        Trial trial = Run(queue, s_limit, 0.6).Trial;
        queue.Fail(trial, new InvalidOperationException("no"));

        CollectionAssert.Contains(queue.Ranking.ToArray(), trial);
        for (int i = 0; i < 20 && queue.Take(s_limit, s_limit) is TrialJob job; i++)
            Assert.AreNotEqual(trial.Number, Finish(queue, job, 0.1).Number);
    }

    [TestMethod]
    public void Take_DrawnNetworkThatLeads_LearnsMore_WithAllWorkersToItself()
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: true), out _);
        TrialJob running = RunToJudging(queue, others: 0.5, asItIs: 0.7);

        Assert.IsInstanceOfType<WaitingJob>(queue.Take(s_limit, s_limit), "A trial is still running.");
        Finish(queue, running, 0.5);
        var second = (DrawingJob)queue.Take(s_limit, s_limit)!;
        Assert.IsTrue(second.Alone);
        Assert.AreEqual(0.92 * s_limit, second.Time, "A network as it is needs no time to be trained once more.");
        Assert.IsInstanceOfType<WaitingJob>(queue.Take(s_limit, s_limit));
        queue.CompleteDrawing(succeeded: true);

        TrialRecord[] next = [.. Enumerable.Range(0, 6).Select(_ => Run(queue, s_limit, 0.5).Trial.Record)];
        Assert.AreEqual(BaselineInput.DrawnNetworkOfMoreCells, next[0].Input);
        Assert.IsTrue(next[1..4].All(record => record.Input == BaselineInput.NetworkFeatures));
        Assert.IsTrue(next[4..].All(record => record.Settings!.StartingPoint == "Drawn"));
    }

    [TestMethod]
    [DataRow(0.7, 1000)]
    [DataRow(0.3, 320)]
    public void Take_DrawnNetworkThatDoesNotLeadOrWithoutTime_IsWhatTrialsBeginWith(double others, int seconds)
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(queue, RunToJudging(queue, others, asItIs: 0.5), others);

        TrialRecord[] next = [.. Enumerable.Range(0, 5).Select(_ => Run(queue, TimeSpan.FromSeconds(seconds), 0.5).Trial.Record)];

        Assert.IsTrue(next[..3].All(record => record.Input == BaselineInput.NetworkFeatures));
        Assert.IsTrue(next[3..].All(record => record.Settings!.StartingPoint == "Drawn"));
    }

    [TestMethod]
    public void Take_SecondDrawingThatFails_LeavesTheFirst()
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(queue, RunToJudging(queue, others: 0.5, asItIs: 0.7), 0.5);
        queue.Take(s_limit, s_limit);

        queue.CompleteDrawing(succeeded: false);

        Assert.AreEqual(BaselineInput.NetworkFeatures, Run(queue, s_limit, 0.5).Trial.Record.Input);
    }

    [TestMethod]
    public void Take_SecondDrawingOfAnEarlierRun_GoesOn()
    {
        TrialQueue first = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(first, RunToJudging(first, others: 0.5, asItIs: 0.7), 0.9);   // which leads now

        TrialQueue second = Queue(new(), new(isWanted: true, knowsClasses: true, trainingCount: 1, secondHasBegun: true), out _, first.Begun);

        Assert.IsTrue(((DrawingJob)second.Take(s_limit / 4, s_limit)!).Alone, "What is left of it takes less than a whole one.");
    }

    [TestMethod]
    public void Take_TrialsOfAnEarlierRunBeganWithTheFirstDrawnNetwork_ThereIsNoSecond()
    {
        TrialQueue first = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(first, RunToJudging(first, others: 0.7, asItIs: 0.5), 0.7);
        for (int i = 0; i < 5; i++)
            Run(first, s_limit, 0.4);

        TrialQueue second = Queue(new(), new(isWanted: true, knowsClasses: true, trainingCount: 1), out _, first.Begun.Where(trial => trial.Latest!.Value < 0.7));

        Assert.IsInstanceOfType<TrialJob>(second.Take(s_limit, s_limit));
    }

    [TestMethod]
    public void Constructor_EarlierTrials_AreKept_AndNotTriedAgain()
    {
        TrialQueue first = Queue(new(), NoDrawing, out _);
        Trial[] done = [.. Enumerable.Range(0, 4).Select(_ => Run(first, s_limit, 0.5).Trial)];

        TrialQueue second = Queue(new(), NoDrawing, out _, done);
        Trial next = Run(second, s_limit, 0.5).Trial;

        CollectionAssert.AreEqual(done, second.Begun.Take(4).ToArray());
        Assert.IsFalse(done.Any(trial => trial.Number == next.Number));
        Assert.AreEqual(5, next.Number);
    }

    [TestMethod]
    public void Ranking_LogLoss_LowestFirst()
    {
        DeepYeastExperimentSettings settings = NetworksOnly();
        settings.OptimizingMetric = ExperimentMetric.LogLoss;
        TrialQueue queue = Queue(settings, NoDrawing, out _);
        Run(queue, s_limit, 0.6);
        Run(queue, s_limit, 0.4);

        CollectionAssert.AreEqual(new[] { 0.4, 0.6 }, queue.Ranking.Select(trial => trial.Latest!.Value).ToArray());
    }

    private static DeepYeastExperimentSettings NetworksOnly()
    {
        var settings = new DeepYeastExperimentSettings();
        foreach (ExperimentTrainer baseline in new[] { ExperimentTrainer.SdcaMaximumEntropy, ExperimentTrainer.LightGbm, ExperimentTrainer.FastTreeOva })
            settings.Trainers.Remove(baseline);
        return settings;
    }

    private static TrialQueue Queue(DeepYeastExperimentSettings settings, DrawingPhase drawing, out TrialPace pace, IEnumerable<Trial>? earlier = null)
    {
        pace = new();
        return new(settings, Cells(), new(settings.ReductionFactor), pace, seed: 1, earlier ?? [], new Dictionary<string, double>(), drawing);
    }

    private static DrawingPhase NoDrawing => new(isWanted: false);

    private static DrawingPhase Drawing(bool knowsClasses) => new(isWanted: true, knowsClasses);

    /// <summary>The first trials, the first training on drawn cells, and its network as it is; a trial is still running.</summary>
    private static TrialJob RunToJudging(TrialQueue queue, double others, double asItIs)
    {
        Run(queue, s_limit, others);
        Run(queue, s_limit, others);
        var drawing = (DrawingJob)queue.Take(s_limit, s_limit)!;
        Assert.IsFalse(drawing.Alone);
        var running = (TrialJob)queue.Take(s_limit, s_limit)!;
        queue.CompleteDrawing(succeeded: true);
        Assert.AreEqual(BaselineInput.DrawnNetwork, Run(queue, s_limit, asItIs).Trial.Record.Input);
        return running;
    }

    // 100 cells of two classes, of which 20 are held out.
    private static ExperimentCells Cells()
    {
        var cells = new TrainingCells(torch.zeros([100, 1, 1, 1], torch.uint8), torch.arange(100, dtype: torch.int64).remainder(2), torch.CPU);
        var set = new CellSet(cells, new(1, 1, 1), ClassLabels.Of(["a", "b"]));
        return new(set, set, [new([.. Enumerable.Range(0, 80)], [.. Enumerable.Range(80, 20)])], null);
    }

    private static TrialJob Run(TrialQueue queue, TimeSpan left, double figure)
    {
        var job = (TrialJob)queue.Take(left, s_limit)!;
        Finish(queue, job, figure);
        return job;
    }

    private static Trial Finish(TrialQueue queue, TrialJob job, double figure)
    {
        TrialRecord record = job.Trial.Record;
        var result = new TrialResult(job.Trial.IsNetwork ? job.Rung : null, 1, figure, null, TimeSpan.Zero);
        queue.Complete(job.Trial, new(record with { Results = [.. record.Results, result] }, new(new([0], null, 2), [1, 0])));
        return job.Trial;
    }
}
