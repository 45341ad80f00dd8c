using Microsoft.ML.DeepYeast.Experiments;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class HeldOutFiguresTests
{
    // Cells of classes 0, 0, 0, 1; the second is taken for class 1.
    private static readonly HeldOutCells s_cells = new([0, 0, 0, 1], groups: null, classCount: 2);
    private static readonly float[] s_scores = [0.8f, 0.2f, 0.4f, 0.6f, 1, 0, 0.25f, 0.75f];

    [TestMethod]
    public void Value_IsAsDefined()
    {
        var figures = new HeldOutFigures(s_cells, s_scores);

        Assert.AreEqual(3.0 / 4, figures.Value(ExperimentMetric.MicroAccuracy), 1e-12);
        Assert.AreEqual((2.0 / 3 + 1) / 2, figures.Value(ExperimentMetric.MacroAccuracy), 1e-12);
        Assert.AreEqual(-(Math.Log(0.8) + Math.Log(0.4) + Math.Log(1) + Math.Log(0.75)) / 4, figures.Value(ExperimentMetric.LogLoss), 1e-7);   // scores are floats
    }

    [TestMethod]
    public void Interval_ManyCells_IsThatOfABinomial()
    {
        var random = new Random(1);
        const int count = 2000;
        bool[] right = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < 0.8)];
        var cells = new HeldOutCells([.. right.Select((_, i) => i % 2)], groups: null, classCount: 2);
        var figures = new HeldOutFigures(cells, [.. right.SelectMany((isRight, i) => (i % 2 == 0) == isRight ? new[] { 1f, 0 } : [0, 1f])]);

        ConfidenceInterval interval = figures.Interval(ExperimentMetric.MicroAccuracy)!.Value;

        double accuracy = figures.Value(ExperimentMetric.MicroAccuracy), half = 1.96 * Math.Sqrt(accuracy * (1 - accuracy) / count);
        Assert.AreEqual(accuracy - half, interval.Lower, 0.2 * half);
        Assert.AreEqual(accuracy + half, interval.Upper, 0.2 * half);
    }

    [TestMethod]
    public void Interval_FewGroups_IsNoNarrowerThanThatOfTheCells()
    {
        // Two groups of like accuracy, which alone would give an interval of next to nothing.
        int[] classes = [.. Enumerable.Range(0, 400).Select(i => i % 2)], groups = [.. Enumerable.Range(0, 400).Select(i => i / 200)];
        float[] scores = [.. Enumerable.Range(0, 400).SelectMany(i => (i % 2 == 0) == (i % 5 != 0) ? new[] { 1f, 0 } : [0, 1f])];

        double Width(HeldOutCells cells)
        {
            ConfidenceInterval interval = new HeldOutFigures(cells, scores).Interval(ExperimentMetric.MicroAccuracy)!.Value;
            return interval.Upper - interval.Lower;
        }

        double ofCells = Width(new(classes, null, 2)), ofGroups = Width(new(classes, groups, 2));
        Assert.IsGreaterThan(0.9 * ofCells, ofGroups);
        Assert.IsGreaterThan(0.06, ofCells);   // 4 sqrt(0.8 * 0.2 / 400) = 0.08
    }

    [TestMethod]
    public void Interval_GroupsThatDiffer_IsWide()
    {
        // All right in one group, all wrong in the other.
        int[] classes = [.. Enumerable.Range(0, 400).Select(i => i % 2)], groups = [.. Enumerable.Range(0, 400).Select(i => i / 200)];
        var figures = new HeldOutFigures(new(classes, groups, 2), [.. Enumerable.Range(0, 400).SelectMany(i => (i % 2 == 0) == (i < 200) ? new[] { 1f, 0 } : [0, 1f])]);

        ConfidenceInterval interval = figures.Interval(ExperimentMetric.MicroAccuracy)!.Value;

        Assert.AreEqual(0, interval.Lower, 1e-12);
        Assert.AreEqual(1, interval.Upper, 1e-12);
    }

    [TestMethod]
    public void Interval_OneGroup_IsNone()
        => Assert.IsNull(new HeldOutFigures(new([0, 0, 0, 1], [7, 7, 7, 7], 2), s_scores).Interval(ExperimentMetric.MicroAccuracy));

    [TestMethod]
    public void IntervalOfDifference_OfTheSame_IsNothing_AndOfAWorseOne_LeavesZeroOut()
    {
        int[] classes = [.. Enumerable.Range(0, 500).Select(i => i % 2)];
        var cells = new HeldOutCells(classes, null, 2);
        HeldOutFigures good = Figures(_ => true), bad = Figures(i => i % 4 != 0), nearlyGood = Figures(i => i != 7);

        Assert.AreEqual(new ConfidenceInterval(0, 0), good.IntervalOfDifference(good, ExperimentMetric.MicroAccuracy));
        Assert.IsGreaterThan(0.15, good.IntervalOfDifference(bad, ExperimentMetric.MicroAccuracy)!.Value.Lower);
        Assert.AreEqual(0, good.IntervalOfDifference(nearlyGood, ExperimentMetric.MicroAccuracy)!.Value.Lower, 1e-12);

        HeldOutFigures Figures(Func<int, bool> isRight) => new(cells, [.. Enumerable.Range(0, 500).SelectMany(i => (i % 2 == 0) == isRight(i) ? new[] { 0.9f, 0.1f } : [0.1f, 0.9f])]);
    }

    [TestMethod]
    public void Value_ScoresOfNaN_IsNaNAsLoss()
        => Assert.IsTrue(double.IsNaN(new HeldOutFigures(s_cells, [.. Enumerable.Repeat(float.NaN, 8)]).Value(ExperimentMetric.LogLoss)));
}
