using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What is done next, without doing it.</summary>
[TestClass]
public sealed partial class TrialQueueTests
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
    public void Take_RangeTestThatIsEnded_IsAskedForAgain()
    {
        TrialQueue queue = Queue(OneNetwork(), NoDrawing, out _);

        var test = (RangeTestJob)queue.Take(s_limit, s_limit)!;
        Assert.AreEqual(new TrialSettings { Optimizer = test.Settings.Optimizer }, test.Settings, "Whatever else the trial has that needs it.");
        queue.ReleaseRangeTest(test.Settings);
        Assert.AreEqual(test, queue.Take(s_limit, s_limit));
        Assert.IsEmpty(queue.LearningRates);
        queue.CompleteRangeTest(test.Settings, null);
        Assert.IsInstanceOfType<TrialJob>(queue.Take(s_limit, s_limit));
    }

    [TestMethod]
    public void Take_WhileARangeTestRuns_RatesAreNearTheUsualOne()
    {
        var logarithms = new List<double>();
        for (int seed = 1; seed <= 200; seed++)
        {
            TrialQueue queue = Queue(OneNetwork(), NoDrawing, out _, seed: seed);
            Assert.IsInstanceOfType<RangeTestJob>(queue.Take(s_limit, s_limit));
            TrialSettings drawn = ((TrialJob)queue.Take(s_limit, s_limit)!).Trial.Record.Settings!;
            logarithms.Add(Math.Log(drawn.LearningRate / drawn.UsualRate));
        }

        Assert.AreEqual(0, logarithms.Average(), 0.25);   // four standard errors; from anywhere it would be about 1.5 off
        Assert.IsLessThan(1.0, Math.Sqrt(logarithms.Average(value => value * value)));
    }

    [TestMethod]
    public void Take_NumbersThatARunDidNotWriteDown_AreGivenAgain()
    {
        TrialQueue first = Queue(NetworksOnly(), NoDrawing, out _);
        Trial[] trials = [.. Enumerable.Range(0, 3).Select(_ => Run(first, s_limit, 0.5).Trial)];

        TrialQueue second = Queue(NetworksOnly(), NoDrawing, out _, [trials[0], trials[2]]);

        Assert.AreEqual(2, Run(second, s_limit, 0.5).Trial.Number);
        Assert.AreEqual(4, Run(second, s_limit, 0.5).Trial.Number);
    }

    [TestMethod]
    public void Take_MostModels_AreNoReasonToLeaveOneThatHasBegun()
    {
        var record = new TrialRecord { Number = 1, Trainer = ExperimentTrainer.DeepYeastPooled, Settings = new(), Results = [new(null, 1, 0.5, null, TimeSpan.Zero)] };
        var cut = new Trial(new(record, new(new([0], null, 2), [1, 0])), hasBegun: true);
        DeepYeastExperimentSettings settings = NetworksOnly();
        settings.MaxModels = 1;
        TrialQueue queue = Queue(settings, NoDrawing, out _, [cut]);

        Assert.AreSame(cut, Run(queue, s_limit, 0.6).Trial);
    }

    [TestMethod]
    public void Take_TimeOfTheLastTraining_NothingBeginsInIt()
    {
        TrialQueue queue = Queue(new(), NoDrawing, out _);
        Run(queue, s_limit, 0.5);
        Run(queue, s_limit, 0.6);   // a network, for whose last training time is kept

        Assert.IsNull(queue.Take(s_limit * 0.01, s_limit), "The next baseline would take of it.");
    }

    [TestMethod]
    public void Take_WhatOthersAreAt_IsWaitedFor()
    {
        DeepYeastExperimentSettings settings = NetworksOnly();
        settings.MaxModels = 1;
        TrialQueue queue = Queue(settings, NoDrawing, out _);
        var first = (TrialJob)queue.Take(s_limit, s_limit)!;

        Assert.IsInstanceOfType<WaitingJob>(queue.Take(s_limit, s_limit));
        Assert.IsNull(queue.Take(TimeSpan.Zero, s_limit), "The time is over.");
        Finish(queue, first, 0.5);
        Assert.AreSame(first.Trial, ((TrialJob)queue.Take(s_limit, s_limit)!).Trial);
    }

    [TestMethod]
    public void Take_PaceThatFell_TheSearchGoesOn_AndLeavesWhatWasPlannedForTheLastTraining()
    {
        TrialQueue queue = Queue(new(), NoDrawing, out TrialPace pace);
        Run(queue, s_limit, 0.5);
        Trial network = Run(queue, s_limit, 0.9).Trial;
        pace.AddTraining(network.Record.Settings!, s_limit.TotalSeconds / (48 * 100));   // all the time for one training

        var job = (TrialJob)queue.Take(s_limit * 0.5, s_limit)!;

        Assert.AreEqual(s_limit * (0.3 * 100 / 80), job.Kept, "0.3 of the time was planned for a training on 80 cells; the last one has 100.");
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
        foreach (Trial trial in queue.Ended)
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
        Assert.IsTrue(queue.Ended.Any(queue.IsComplete));
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
        Assert.AreEqual("no", queue.Ended.Single(trial => trial.HasFailed).Record.Error);
        Assert.IsFalse(queue.Ranking.Contains(failed));
    }

    [TestMethod]
    public void Take_TrialThatAnEarlierRunBegan_IsFirst()
    {
        TrialQueue first = Queue(new(), NoDrawing, out _);
        Run(first, s_limit, 0.5);
        Trial begun = ((TrialJob)first.Take(s_limit, s_limit)!).Trial;
        first.Begin(begun, begun.Record.Settings);

        TrialQueue second = Queue(new(), NoDrawing, out _, [.. first.Ended, new(begun.State, hasBegun: true)]);

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
        Assert.IsFalse(queue.Ended.Contains(postponed));
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
    public void Constructor_EarlierTrials_AreKept_AndNotTriedAgain()
    {
        TrialQueue first = Queue(new(), NoDrawing, out _);
        Trial[] done = [.. Enumerable.Range(0, 4).Select(_ => Run(first, s_limit, 0.5).Trial)];

        TrialQueue second = Queue(new(), NoDrawing, out _, done);
        Trial next = Run(second, s_limit, 0.5).Trial;

        CollectionAssert.AreEqual(done, second.Ended.Take(4).ToArray());
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

    // Without recipes: the first trial is drawn.
    private static DeepYeastExperimentSettings OneNetwork()
    {
        var settings = new DeepYeastExperimentSettings { BeginsWithRecipes = false };
        settings.Trainers.Clear();
        settings.Trainers.Add(ExperimentTrainer.DeepYeastPooled);
        return settings;
    }

    private static TrialQueue Queue(DeepYeastExperimentSettings settings, DrawingPhase drawing, out TrialPace pace, IEnumerable<Trial>? earlier = null, int seed = 1)
    {
        pace = new(TrialPace.Seconds.None);
        return new(settings, Cells(), new(settings.ReductionFactor), pace, seed, earlier ?? [], new Dictionary<string, double>(), drawing);
    }

    private static DrawingPhase NoDrawing => new(isWanted: false);

    // 100 cells of two classes, of which 20 are held out.
    private static ExperimentCells Cells()
    {
        var cells = new TrainingCells(torch.zeros([100, 1, 1, 1], torch.uint8), torch.arange(100, dtype: torch.int64).remainder(2), torch.CPU);
        var set = new CellSet(cells, new(1, 1, 1), ClassLabels.Of(["a", "b"]));
        return new(set, set, [new([.. Enumerable.Range(0, 80)], [.. Enumerable.Range(80, 20)])], null);
    }

    private static TrialJob Run(TrialQueue queue, TimeSpan left, double figure, TimeSpan runtime = default)
    {
        var job = (TrialJob)queue.Take(left, s_limit)!;
        Finish(queue, job, figure, runtime);
        return job;
    }

    private static Trial Finish(TrialQueue queue, TrialJob job, double figure, TimeSpan runtime = default)
    {
        TrialRecord record = job.Trial.Record;
        var result = new TrialResult(job.Trial.IsNetwork ? job.Rung : null, 1, figure, null, TimeSpan.Zero);
        queue.Complete(job.Trial, new(record with { Runtime = runtime, Results = [.. record.Results, result] }, new(new([0], null, 2), [1, 0])));
        return job.Trial;
    }
}
