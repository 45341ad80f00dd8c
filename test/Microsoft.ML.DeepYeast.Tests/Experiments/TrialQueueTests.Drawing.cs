using Microsoft.ML.DeepYeast.Experiments;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>When networks are trained on drawn cells, and what follows.</summary>
public sealed partial class TrialQueueTests
{
    [TestMethod]
    public void Take_MostModels_OneIsKeptForTheNetworkOfDrawnCells()
    {
        TrialQueue queue = Queue(new() { MaxModels = 4 }, Drawing(knowsClasses: false), out _);
        Run(queue, s_limit, 0.5);
        Run(queue, s_limit, 0.5);
        Assert.IsInstanceOfType<DrawingJob>(queue.Take(s_limit, s_limit));
        Run(queue, s_limit, 0.5);

        Assert.IsFalse(queue.Take(s_limit, s_limit) is TrialJob { Trial.Latest: null });
        queue.CompleteDrawing(succeeded: true);
        Assert.AreEqual(BaselineInput.NetworkFeatures, Run(queue, s_limit, 0.5).Trial.Record.Input);
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

        Assert.HasCount(2, queue.Ended);
    }

    [TestMethod]
    public void Take_SecondDrawing_NotWhereNoMoreTrialsMayBegin()
    {
        TrialQueue queue = Queue(new() { MaxModels = 4 }, Drawing(knowsClasses: true), out _);
        Finish(queue, RunToJudging(queue, others: 0.5, asItIs: 0.7), 0.5);

        for (int i = 0; i < 10 && queue.Take(s_limit, s_limit) is { } job; i++)
            Finish(queue, (TrialJob)job, 0.5);

        Assert.HasCount(4, queue.Ended);
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
        Assert.AreEqual(0.96 * s_limit, second.Time, "A network as it is needs no time to be trained once more.");
        Assert.IsInstanceOfType<WaitingJob>(queue.Take(s_limit, s_limit));
        queue.CompleteDrawing(succeeded: true);

        TrialRecord[] next = [.. Enumerable.Range(0, 6).Select(_ => Run(queue, s_limit, 0.5).Trial.Record)];
        Assert.AreEqual(ReadyNetwork.DrawnOfMoreCells, next[0].Ready);
        Assert.IsTrue(next[1..4].All(record => record.Input == BaselineInput.NetworkFeatures));
        Assert.IsTrue(next[4..].All(record => record.Settings!.StartingPoint == "Drawn"));
    }

    [TestMethod]
    [DataRow(0, 0.96)]
    [DataRow(20, 0.96)]
    [DataRow(40, 0.94)]
    public void Take_SecondDrawing_LeavesTheTimeToJudgeItsNetwork(int secondsOfJudging, double expected)
    {
        TimeSpan limit = TimeSpan.FromSeconds(1000);
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(queue, RunToJudging(queue, others: 0.5, asItIs: 0.7, TimeSpan.FromSeconds(secondsOfJudging)), 0.5);

        Assert.AreEqual(expected * limit, ((DrawingJob)queue.Take(limit, limit)!).Time);
    }

    [TestMethod]
    [DataRow(false, 1000, 125)]
    [DataRow(true, 1000, 60)]
    [DataRow(true, 300, 30)]
    [DataRow(true, 200, 25)]
    public void Take_FirstDrawing_IsShorterWhereItMayLearnMoreLater(bool knowsClasses, int limit, int expected)
    {
        TimeSpan time = TimeSpan.FromSeconds(limit);
        TrialQueue queue = Queue(new(), Drawing(knowsClasses), out _);
        Run(queue, time, 0.5);
        Run(queue, time, 0.5);

        Assert.AreEqual(TimeSpan.FromSeconds(expected), ((DrawingJob)queue.Take(time, time)!).Time);
    }

    [TestMethod]
    public void Take_WhileTheDrawnNetworkIsJudged_OthersWait_WhereItMayLearnMore()
    {
        TrialQueue queue = Queue(new(), Drawing(knowsClasses: true), out _);
        Run(queue, s_limit, 0.5);
        Run(queue, s_limit, 0.5);
        queue.Take(s_limit, s_limit);
        queue.CompleteDrawing(succeeded: true);

        Assert.AreEqual(ReadyNetwork.Drawn, ((TrialJob)queue.Take(s_limit, s_limit)!).Trial.Record.Ready);

        Assert.IsInstanceOfType<WaitingJob>(queue.Take(s_limit, s_limit));
        Assert.IsInstanceOfType<TrialJob>(queue.Take(0.28 * s_limit, s_limit), "There is too little time for a second training.");
    }

    [TestMethod]
    [DataRow(0.7, 1000)]
    [DataRow(0.3, 280)]
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

        TrialQueue second = Queue(new(), new(isWanted: true, knowsClasses: true, trainingCount: 1, secondHasBegun: true), out _, first.Ended);

        Assert.IsTrue(((DrawingJob)second.Take(s_limit / 4, s_limit)!).Alone, "What is left of it takes less than a whole one.");
    }

    [TestMethod]
    public void Take_TrialsOfAnEarlierRunBeganWithTheFirstDrawnNetwork_ThereIsNoSecond()
    {
        TrialQueue first = Queue(new(), Drawing(knowsClasses: true), out _);
        Finish(first, RunToJudging(first, others: 0.7, asItIs: 0.5), 0.7);
        for (int i = 0; i < 5; i++)
            Run(first, s_limit, 0.4);

        TrialQueue second = Queue(new(), new(isWanted: true, knowsClasses: true, trainingCount: 1), out _, first.Ended.Where(trial => trial.Latest!.Value < 0.7));

        Assert.IsInstanceOfType<TrialJob>(second.Take(s_limit, s_limit));
    }

    private static DrawingPhase Drawing(bool knowsClasses) => new(isWanted: true, knowsClasses);

    /// <summary>The first trials, the first training on drawn cells, and its network as it is; a trial is still running.</summary>
    private static TrialJob RunToJudging(TrialQueue queue, double others, double asItIs, TimeSpan judging = default)
    {
        Run(queue, s_limit, others);
        Run(queue, s_limit, others);
        var drawing = (DrawingJob)queue.Take(s_limit, s_limit)!;
        Assert.IsFalse(drawing.Alone);
        var running = (TrialJob)queue.Take(s_limit, s_limit)!;
        queue.CompleteDrawing(succeeded: true);
        Assert.AreEqual(ReadyNetwork.Drawn, Run(queue, s_limit, asItIs, judging).Trial.Record.Ready);
        return running;
    }
}
