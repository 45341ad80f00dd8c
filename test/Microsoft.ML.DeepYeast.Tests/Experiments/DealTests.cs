using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Experiments;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Which cells are held out.</summary>
[TestClass]
public sealed class DealTests
{
    [TestMethod]
    public void Deal_NoGroups_EachPartHasItsShareOfEachClass()
    {
        long[] classes = [.. Enumerable.Range(0, 103).Select(i => (long)(i % 10 == 0 ? 1 : 0))];

        int[] parts = ExperimentCells.Deal(classes, null, 0, 5, new CellRandom(1));

        foreach (IGrouping<(long, int), int> cells in Enumerable.Range(0, 103).GroupBy(i => (classes[i], parts[i])))
            Assert.AreEqual(classes.Count(each => each == cells.Key.Item1) / 5.0, cells.Count(), 1, $"class {cells.Key.Item1}, part {cells.Key.Item2}");
        Assert.AreEqual(5, parts.Distinct().Count());
    }

    [TestMethod]
    public void Deal_NoGroups_IsShuffled_AndHangsOnTheSeed()
    {
        long[] classes = new long[50];

        int[] one = ExperimentCells.Deal(classes, null, 0, 5, new CellRandom(1)), same = ExperimentCells.Deal(classes, null, 0, 5, new CellRandom(1)), other = ExperimentCells.Deal(classes, null, 0, 5, new CellRandom(2));

        CollectionAssert.AreEqual(one, same);
        CollectionAssert.AreNotEqual(one, other);
        CollectionAssert.AreNotEqual(one, one.Order().ToArray());
    }

    [TestMethod]
    public void Deal_Groups_StayTogether()
    {
        int[] groups = [.. Enumerable.Range(0, 120).Select(i => i / 10)];
        long[] classes = [.. Enumerable.Range(0, 120).Select(i => (long)(i % 3))];

        int[] parts = ExperimentCells.Deal(classes, groups, 12, 4, new CellRandom(1));

        foreach (IGrouping<int, int> group in Enumerable.Range(0, 120).GroupBy(i => groups[i]))
            Assert.AreEqual(1, group.Select(i => parts[i]).Distinct().Count());
        for (int part = 0; part < 4; part++)
            Assert.AreEqual(30, parts.Count(each => each == part));
    }
}
