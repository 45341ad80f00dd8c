namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Verdicts on whole groups, and bootstrap intervals.</summary>
[TestClass]
public sealed class GroupVerdictTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void EvaluateCells_OneSureCellAgainstTwoUnsureOnes_TheMeanOfProbabilitiesDecides()
    {
        CellEvaluation actual = Evaluate([new(0, [0.9, 0.1], "P"), new(0, [0.4, 0.6], "P"), new(0, [0.4, 0.6], "P"), new(1, [0.7, 0.3], "Q")]);

        Assert.AreEqual(0.25, actual.Accuracy);
        Assert.AreEqual(2, actual.Groups!.GroupCount);
        Assert.AreEqual(0.5, actual.Groups.Accuracy);
        GroupVerdict first = actual.Groups.Verdicts[0];
        Assert.AreEqual(("P", 3, "1", "1", true), (first.Group, first.CellCount, first.TrueClass, first.PredictedClass, first.IsRight));
        Assert.AreEqual((0.9 + 0.4 + 0.4) / 3, first.MeanProbability, 1e-7);
        GroupVerdict second = actual.Groups.Verdicts[1];
        Assert.AreEqual(("Q", 1, "2", "1", false), (second.Group, second.CellCount, second.TrueClass, second.PredictedClass, second.IsRight));
    }

    // Of 30 cells 18 are right, all as sure as the others, so the verdict is that of the majority: the hypergeometric distribution says how often it is right.
    [TestMethod]
    public void EvaluateCells_DrawsFromAGroup_AreRightAsOftenAsTheHypergeometricDistributionSays()
    {
        const int Draws = 20_000;
        IEnumerable<Predictions.Cell> cells = Enumerable.Range(0, 30).Select(i => new Predictions.Cell(0, i < 18 ? [0.75, 0.25] : [0.25, 0.75], "P"));

        GroupEvaluation actual = Evaluate(cells, new() { GroupColumnName = "Group", CellCounts = [29, 1, 3, 5, 3, 30, 31], DrawsPerGroup = Draws }).Groups!;

        Assert.AreSequenceEqual(new[] { 1, 3, 5, 29, 30 }, actual.AccuracyByCellCount.Select(point => point.CellCount));
        foreach (VerdictAccuracy point in actual.AccuracyByCellCount)
        {
            double expected = Enumerable.Range(0, point.CellCount + 1).Where(right => 2 * right > point.CellCount)
                .Sum(right => Choose(18, right) * Choose(12, point.CellCount - right) / Choose(30, point.CellCount));
            // Five standard deviations.
            Assert.AreEqual(expected, point.Accuracy, 5 * Math.Sqrt(expected * (1 - expected) / Draws) + 1e-12, $"{point.CellCount} cells");
            Assert.IsNull(point.Interval, "There is one group.");
        }
    }

    [TestMethod]
    public void EvaluateCells_GroupsOfSeveralSizes_StatesHowManyHaveSoManyCells()
    {
        IEnumerable<Predictions.Cell> cells = new[] { 1, 2, 2, 5, 7, 20 }.SelectMany((size, group) => Enumerable.Repeat(new Predictions.Cell(0, [0.6, 0.4], $"P{group}"), size));

        GroupEvaluation actual = Evaluate(cells).Groups!;

        Assert.AreSequenceEqual(new[] { (1, 6), (2, 5), (5, 3), (10, 1), (20, 1) }, actual.AccuracyByCellCount.Select(point => (point.CellCount, point.GroupCount)));
        Assert.IsTrue(actual.AccuracyByCellCount.All(point => point.Accuracy == 1));
    }

    [TestMethod]
    public void EvaluateCells_OneCellAGroup_TheCurveHasOnePointWhichIsTheAccuracy()
    {
        var random = new Random(5);

        CellEvaluation actual = Evaluate(Enumerable.Range(0, 200).Select(i => new Predictions.Cell(random.Next(2), [0.6, 0.4], $"P{i}")));

        VerdictAccuracy point = actual.Groups!.AccuracyByCellCount.Single();
        Assert.AreEqual((1, 200), (point.CellCount, point.GroupCount));
        Assert.AreEqual(actual.Accuracy, point.Accuracy, 1e-12);
        Assert.AreEqual(actual.Accuracy, actual.Groups.Accuracy!.Value, 1e-12);
        Assert.AreEqual(actual.AccuracyInterval!.Value.Lower, actual.Groups.AccuracyInterval!.Value.Lower, 1e-12);
    }

    [TestMethod]
    public void EvaluateCells_GroupOfTwoClasses_HasNoVerdictAndIsCounted()
    {
        GroupEvaluation actual = Evaluate([new(0, [0.6, 0.4], "P"), new(1, [0.6, 0.4], "P"), new(0, [0.6, 0.4], "Q")]).Groups!;

        Assert.AreEqual((2, 1), (actual.GroupCount, actual.MixedGroupCount));
        Assert.AreEqual("Q", actual.Verdicts.Single().Group);
        Assert.AreEqual(1, actual.Accuracy);
    }

    [TestMethod]
    public void EvaluateCells_OnlyGroupsOfTwoClasses_HasNoAccuracyOfVerdicts()
    {
        CellEvaluation actual = Evaluate([new(0, [0.6, 0.4], "P"), new(1, [0.6, 0.4], "P")]);

        Assert.IsEmpty(actual.Groups!.Verdicts);
        Assert.IsNull(actual.Groups.Accuracy);
        Assert.IsNull(actual.Groups.AccuracyInterval);
        Assert.IsEmpty(actual.Groups.AccuracyByCellCount);
        Assert.AreEqual(0.5, actual.Accuracy);
        Assert.IsNull(actual.AccuracyInterval, "There is one group.");
    }

    [TestMethod]
    public void EvaluateCells_GroupsThatAreKeys_HaveTheNamesOfTheirValues()
    {
        IDataView cells = Predictions.Floats(_mlContext, [new(0, [0.6, 0.4], "P"), new(0, [0.6, 0.4], "Q")]);
        cells = _mlContext.Transforms.Conversion.MapValueToKey("Group").Fit(cells).Transform(cells);

        CellEvaluation actual = _mlContext.MulticlassClassification.EvaluateCells(cells, new() { GroupColumnName = "Group" });

        Assert.AreSequenceEqual(new[] { "P", "Q" }, actual.Groups!.Verdicts.Select(verdict => verdict.Group));
    }

    [TestMethod]
    public void EvaluateCells_NoGroupColumn_ThrowsNamingTheColumnsThereAre()
        => StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Evaluate([new(0, [0.6, 0.4])], new() { GroupColumnName = "Protein" })).Message,
            "There is no group column 'Protein'. The columns are: 'Label', 'Score', 'Group'.");

    [TestMethod]
    public void EvaluateCells_RowWithoutGroup_ThrowsNamingIt()
        => StringAssert.StartsWith(Assert.ThrowsExactly<InvalidOperationException>(() => Evaluate([new(0, [0.6, 0.4], "P"), new(0, [0.6, 0.4])])).Message, "Row 2 has no value in column 'Group'");

    // 1.96 standard deviations of a share of 0.8 among 1000 are 0.0248; a thousand resamples place a percentile within 0.002 or so.
    [TestMethod]
    public void EvaluateCells_ThousandCells_HasTheIntervalOfTheNormalApproximation()
    {
        CellEvaluation actual = Evaluate(Enumerable.Range(0, 1000).Select(i => new Predictions.Cell(i < 800 ? 0 : 1, [0.6, 0.4])), new());

        Assert.AreEqual(0.8 - 0.0248, actual.AccuracyInterval!.Value.Lower, 0.004);
        Assert.AreEqual(0.8 + 0.0248, actual.AccuracyInterval.Value.Upper, 0.004);
        // F1 = 2 a / (1 + a) of the first class and 0 of the other.
        Assert.AreEqual(F1(actual.AccuracyInterval.Value.Lower), actual.MacroF1Interval!.Value.Lower, 1e-4);
        Assert.AreEqual(F1(actual.AccuracyInterval.Value.Upper), actual.MacroF1Interval.Value.Upper, 1e-4);

        static double F1(double accuracy) => accuracy / (1 + accuracy);
    }

    // The 20 cells of a group agree, so that there are 100 independent ones and not 2000: 1.96 standard deviations are 0.0784, not 0.0175.
    [TestMethod]
    public void EvaluateCells_GroupsWhoseCellsAgree_HasTheIntervalOfSoManyGroups()
    {
        CellEvaluation actual = Evaluate(Enumerable.Range(0, 2000).Select(i => new Predictions.Cell(i / 20 < 80 ? 0 : 1, [0.6, 0.4], $"P{i / 20}")));

        foreach (ConfidenceInterval? interval in new[] { actual.AccuracyInterval, actual.Groups!.AccuracyInterval, actual.Groups.AccuracyByCellCount[2].Interval })
        {
            Assert.AreEqual(0.8 - 0.0784, interval!.Value.Lower, 0.015);
            Assert.AreEqual(0.8 + 0.0784, interval.Value.Upper, 0.015);
        }
    }

    // Most resamples lack one of the three groups, and with it a class.
    [TestMethod]
    public void EvaluateCells_OneGroupAClass_ClassesThatAResampleLacksDoNotLowerItsF1()
    {
        double[][] scores = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]];

        CellEvaluation actual = Evaluate(Enumerable.Range(0, 30).Select(i => new Predictions.Cell(i % 3, scores[i % 3], $"P{i % 3}")));

        Assert.AreEqual(new ConfidenceInterval(1, 1), actual.MacroF1Interval);
    }

    // The second and third class have neither cells nor verdicts, and an F1 of 0 in the whole as in each resample.
    [TestMethod]
    public void EvaluateCells_ClassWithoutCells_CountsInEachResample()
    {
        CellEvaluation actual = Evaluate(Enumerable.Range(0, 30).Select(i => new Predictions.Cell(0, [0.8, 0.1, 0.1])), new());

        Assert.AreEqual(1.0 / 3, actual.MacroMean.F1, 1e-15);
        Assert.AreEqual(1.0 / 3, actual.MacroF1Interval!.Value.Lower, 1e-15);
        Assert.AreEqual(1.0 / 3, actual.MacroF1Interval.Value.Upper, 1e-15);
    }

    [TestMethod]
    public void EvaluateCells_Seeds_GiveTheSameAndOtherIntervals()
    {
        (ConfidenceInterval? first, ConfidenceInterval? again, ConfidenceInterval? other, ConfidenceInterval? ofContext) = (Interval(7), Interval(7), Interval(8), Interval(null));

        Assert.AreEqual(first, again);
        Assert.AreNotEqual(first, other);
        Assert.AreEqual(Interval(1), ofContext, "The seed of the MLContext is 1.");

        ConfidenceInterval? Interval(int? seed) => Evaluate(Enumerable.Range(0, 997).Select(i => new Predictions.Cell(i % 3 == 0 ? 1 : 0, [0.6, 0.4])), new() { Seed = seed }).AccuracyInterval;
    }

    [TestMethod]
    public void EvaluateCells_NoResamples_GivesNoIntervals()
    {
        CellEvaluation actual = Evaluate([new(0, [0.6, 0.4], "P"), new(1, [0.6, 0.4], "Q")], new() { GroupColumnName = "Group", BootstrapResamples = 0 });

        Assert.IsNull(actual.AccuracyInterval);
        Assert.IsNull(actual.MacroF1Interval);
        Assert.IsNull(actual.Groups!.AccuracyInterval);
        Assert.IsNull(actual.Groups.AccuracyByCellCount[0].Interval);
    }

    private CellEvaluation Evaluate(IEnumerable<Predictions.Cell> cells, CellEvaluationOptions? options = null)
        => _mlContext.MulticlassClassification.EvaluateCells(Predictions.Floats(_mlContext, cells), options ?? new() { GroupColumnName = "Group" });

    private static double Choose(int n, int k) => k < 0 || k > n ? 0 : Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);
}
