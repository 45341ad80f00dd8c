using Microsoft.ML.DeepYeast.Experiments;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class SuccessiveHalvingTests
{
    private static readonly Func<double, double, bool> s_more = (figure, other) => figure > other;

    [TestMethod]
    [DataRow(3, 48, 5, 16, 48)]
    [DataRow(2, 10, 2, 5, 10)]
    [DataRow(3, 2, 1, 1, 2)]
    public void EpochsAt_ThreeRungs_AreShares(int reduction, int epochs, int first, int second, int third)
    {
        var halving = new SuccessiveHalving(reduction);

        CollectionAssert.AreEqual(new[] { first, second, third }, Enumerable.Range(0, halving.RungCount).Select(rung => halving.EpochsAt(rung, epochs)).ToArray());
    }

    [TestMethod]
    public void EpochsAt_WithoutHalving_IsTheEnd()
    {
        var halving = new SuccessiveHalving(1);

        Assert.AreEqual(1, halving.RungCount);
        Assert.AreEqual(48, halving.EpochsAt(0, 48));
        Assert.IsNull(halving.FindPromotable([Trial(1, 0.9), Trial(2, 0.8), Trial(3, 0.7)], s_more));
    }

    [TestMethod]
    public void FindPromotable_FewerThanTheFactor_IsNone()
        => Assert.IsNull(new SuccessiveHalving(3).FindPromotable([Trial(1, 0.9), Trial(2, 0.8)], s_more));

    [TestMethod]
    public void FindPromotable_OfThree_IsTheBest()
        => Assert.AreEqual(2, new SuccessiveHalving(3).FindPromotable([Trial(1, 0.7), Trial(2, 0.9), Trial(3, 0.8)], s_more)!.Number);

    [TestMethod]
    public void FindPromotable_LessIsBetter_IsTheLowest()
        => Assert.AreEqual(1, new SuccessiveHalving(3).FindPromotable([Trial(1, 0.7), Trial(2, 0.9), Trial(3, 0.8)], (figure, other) => figure < other)!.Number);

    [TestMethod]
    public void FindPromotable_BestIsPromotedAlready_IsNoneUntilThereAreMore()
    {
        var halving = new SuccessiveHalving(3);
        List<Trial> trials = [Trial(1, 0.9, 0.95), Trial(2, 0.8), Trial(3, 0.7), Trial(4, 0.6), Trial(5, 0.5)];

        Assert.IsNull(halving.FindPromotable(trials, s_more));
        trials.Add(Trial(6, 0.4));
        Assert.AreEqual(2, halving.FindPromotable(trials, s_more)!.Number);
    }

    [TestMethod]
    public void FindPromotable_HigherRungFirst()
    {
        Trial[] trials = [Trial(1, 0.5, 0.6), Trial(2, 0.5, 0.7), Trial(3, 0.5, 0.8), Trial(4, 0.99), Trial(5, 0.1), Trial(6, 0.1), Trial(7, 0.1), Trial(8, 0.1), Trial(9, 0.1)];

        Assert.AreEqual(3, new SuccessiveHalving(3).FindPromotable(trials, s_more)!.Number);
    }

    [TestMethod]
    public void FindPromotable_BestIsRunningOrFailed_LeavesItOut()
    {
        Trial running = Trial(1, 0.9), failed = Trial(2, 0.8);
        running.IsRunning = true;
        failed.State = failed.State with { Record = failed.Record with { Error = "no" } };
        Trial[] trials = [running, failed, Trial(3, 0.7), Trial(4, 0.6), Trial(5, 0.5)];

        Assert.IsNull(new SuccessiveHalving(3).FindPromotable(trials, s_more));   // one of the four that did not fail may go on, and it does
    }

    private static Trial Trial(int number, params double[] figures) => new(new()
    {
        Number = number,
        Trainer = ExperimentTrainer.DeepYeastPooled,
        Settings = new(),
        Results = [.. figures.Select((figure, rung) => new TrialResult(rung, rung + 1, figure, null, TimeSpan.Zero))],
    });
}
