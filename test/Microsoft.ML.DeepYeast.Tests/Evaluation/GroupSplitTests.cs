using TrainTestData = Microsoft.ML.DataOperationsCatalog.TrainTestData;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Splits that keep groups together.</summary>
[TestClass]
public sealed class GroupSplitTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class Row
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";

        public int Number { get; set; }

        public float Real { get; set; }

        public bool Truth { get; set; }

        public string Label { get; set; } = "";
    }

    [TestMethod]
    [DataRow("Text")]
    [DataRow("Key")]
    [DataRow("NumberKey")]
    [DataRow("Number")]
    [DataRow("Real")]
    public void TrainTestSplitByGroup_ManySeeds_KeepsGroupsTogetherAndEveryRowOnce(string column)
    {
        Row[] rows = Rows([1, 3, 3, 8, 2, 5, 13, 1, 1, 4, 9]);
        IDataView data = View(rows);

        for (int seed = 0; seed < 40; seed++)
        {
            TrainTestData parts = _mlContext.Data.TrainTestSplitByGroup(data, column, testFraction: 0.3, seed: seed);
            int[] train = Ids(parts.TrainSet), test = Ids(parts.TestSet);

            Assert.AreSequenceEqual(Enumerable.Range(0, rows.Length), train.Concat(test).Order());
            Assert.IsEmpty(train.Select(id => rows[id].Number).Intersect(test.Select(id => rows[id].Number)), $"seed {seed}");
            Assert.IsNotEmpty(train);
            Assert.IsNotEmpty(test);
            Assert.AreSequenceEqual(train, train.Order(), "Rows stay in their order.");
        }
    }

    [TestMethod]
    public void TrainTestSplitByGroup_ManySizes_IsSoNearThatNoSingleGroupCouldBringItNearer()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            int[] sizes = [.. Enumerable.Range(0, random.Next(2, 30)).Select(_ => random.Next(1, 40))];
            double fraction = 0.05 + 0.9 * random.NextDouble(), target = fraction * sizes.Sum();
            Row[] rows = Rows(sizes);

            TrainTestData parts = _mlContext.Data.TrainTestSplitByGroup(View(rows), "Number", fraction, seed: seed);
            HashSet<int> inTest = [.. Ids(parts.TestSet).Select(id => rows[id].Number)];

            int size = inTest.Sum(group => sizes[group]);
            for (int group = 0; group < sizes.Length; group++)
            {
                bool alone = inTest.Contains(group) ? inTest.Count == 1 : inTest.Count == sizes.Length - 1;   // no side may become empty
                int other = size + (inTest.Contains(group) ? -1 : 1) * sizes[group];
                Assert.IsTrue(alone || Math.Abs(size - target) <= Math.Abs(other - target) + 1e-6, $"seed {seed}: {size} rows of {target}, with a move of group {group} {other}");
            }
        }
    }

    [TestMethod]
    public void TrainTestSplitByGroup_EqualGroups_GivesTheNearestNumberOfThem()
    {
        IDataView data = View(Rows([.. Enumerable.Repeat(7, 30)]));

        Assert.HasCount(7 * 6, Ids(_mlContext.Data.TrainTestSplitByGroup(data, "Text", testFraction: 0.2).TestSet));
        Assert.HasCount(7 * 7, Ids(_mlContext.Data.TrainTestSplitByGroup(data, "Text", testFraction: 0.2334).TestSet));
    }

    [TestMethod]
    public void TrainTestSplitByGroup_FractionBelowAnyGroup_StillGivesTheTestOne()
    {
        TrainTestData parts = _mlContext.Data.TrainTestSplitByGroup(View(Rows([10, 30, 20])), "Text", testFraction: 0.01);

        Assert.HasCount(10, Ids(parts.TestSet));
    }

    [TestMethod]
    public void TrainTestSplitByGroup_Label_TakesALikeShareOfEachClass()
    {
        // 20 groups of class a, 8 of b, 4 of c, of 5 rows each.
        Row[] rows = Rows([.. Enumerable.Repeat(5, 32)]);
        foreach (Row row in rows)
            row.Label = row.Number < 20 ? "a" : row.Number < 28 ? "b" : "c";

        for (int seed = 0; seed < 20; seed++)
        {
            int[] test = Ids(_mlContext.Data.TrainTestSplitByGroup(View(rows), "Text", testFraction: 0.25, "Label", seed).TestSet);

            Assert.AreSequenceEqual(new[] { 5 * 5, 2 * 5, 1 * 5 }, new[] { "a", "b", "c" }.Select(label => test.Count(id => rows[id].Label == label)), $"seed {seed}");
        }
    }

    [TestMethod]
    public void TrainTestSplitByGroup_Seeds_GiveTheSameAndOtherGroups()
    {
        IDataView data = View(Rows([.. Enumerable.Repeat(3, 40)]));

        int[] first = Test(7), again = Test(7), ofContext = Test(null), one = Test(1);

        Assert.AreSequenceEqual(first, again);
        Assert.AreSequenceEqual(one, ofContext);
        Assert.IsGreaterThan(15, Enumerable.Range(0, 20).Select(seed => string.Join(",", Test(seed))).Distinct().Count());
        // Any group may be in the test: of 40, each has a chance of a fifth, so that in 60 splits one is missed with probability 40 * 0.8^60 = 6e-5.
        Assert.HasCount(120, Enumerable.Range(0, 60).SelectMany(seed => Test(seed)).Distinct());

        int[] Test(int? seed) => Ids(_mlContext.Data.TrainTestSplitByGroup(data, "Number", testFraction: 0.2, seed: seed).TestSet);
    }

    [TestMethod]
    public void TrainTestSplitByGroup_ShuffledAndMapped_KeepsTheSameRows()
    {
        Row[] rows = Rows([.. Enumerable.Repeat(11, 300)]);
        TrainTestData parts = _mlContext.Data.TrainTestSplitByGroup(View(rows), "Text", testFraction: 0.5, seed: 3);

        // A row mapper reads with several cursors at once.
        IDataView mapped = _mlContext.Transforms.Conversion.ConvertType("Text2", "Number", DataKind.Double).Fit(parts.TestSet).Transform(parts.TestSet);
        (int Id, double Number)[] read = [.. mapped.GetColumn<int>("Id").Zip(mapped.GetColumn<double>("Text2"))];

        Assert.AreSequenceEqual(Ids(parts.TestSet), read.Select(row => row.Id));
        Assert.IsTrue(read.All(row => row.Number == rows[row.Id].Number));
        int[] shuffled = Ids(_mlContext.Data.ShuffleRows(parts.TestSet, seed: 5));
        CollectionAssert.AreNotEqual(Ids(parts.TestSet), shuffled);
        CollectionAssert.AreEquivalent(Ids(parts.TestSet), shuffled);
    }

    [TestMethod]
    public void TrainTestSplitByGroup_CursorOverOtherColumns_PicksTheSameRowsAndKeepsTheirIds()
    {
        IDataView data = View(Rows([2, 3, 4, 5]));
        IDataView test = _mlContext.Data.TrainTestSplitByGroup(data, "Text", testFraction: 0.4).TestSet;
        DataViewRowId[] all = RowValues.Ids(data, data.Schema);

        Assert.AreSequenceEqual(Ids(test).Select(id => all[id]), RowValues.Ids(test, []));
        Assert.IsNull(test.GetRowCount());
        using DataViewRowCursor cursor = test.GetRowCursor([test.Schema["Id"]]);
        Assert.IsFalse(cursor.IsColumnActive(test.Schema["Text"]));
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(test.Schema["Text"])).Message, "Column 'Text' was not asked for");
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(0, cursor.Position);
    }

    [TestMethod]
    public void TrainTestSplitByGroup_TrainingSet_CanBeTrainedOn()
    {
        TrainTestData parts = _mlContext.Data.TrainTestSplitByGroup(Tiny.Cells(_mlContext, 48), "Id", testFraction: 0.25, "Label");

        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(Tiny.Trainer(_mlContext).Fit(parts.TrainSet).Transform(parts.TestSet));

        Assert.AreSequenceEqual(new double[] { 4, 4, 4 }, metrics.ConfusionMatrix.Counts.Select(row => row.Sum()));
    }

    [TestMethod]
    public void CrossValidationSplitByGroup_ManySeeds_TestsEveryRowOnceAndKeepsGroupsTogether()
    {
        Row[] rows = Rows([1, 3, 3, 8, 2, 5, 13, 1, 1, 4, 9, 6]);

        for (int seed = 0; seed < 40; seed++)
        {
            IReadOnlyList<TrainTestData> folds = _mlContext.Data.CrossValidationSplitByGroup(View(rows), "Text", numberOfFolds: 4, "Label", seed);
            int[][] tests = [.. folds.Select(fold => Ids(fold.TestSet))];

            Assert.HasCount(4, folds);
            Assert.AreSequenceEqual(Enumerable.Range(0, rows.Length), tests.SelectMany(ids => ids).Order());
            for (int i = 0; i < 4; i++)
            {
                int[] train = Ids(folds[i].TrainSet);
                Assert.AreSequenceEqual(Enumerable.Range(0, rows.Length), train.Concat(tests[i]).Order());
                Assert.IsEmpty(train.Select(id => rows[id].Number).Intersect(tests[i].Select(id => rows[id].Number)), $"seed {seed}, fold {i}");
                Assert.IsNotEmpty(tests[i]);
            }
        }
    }

    [TestMethod]
    public void CrossValidationSplitByGroup_EqualGroups_GivesFoldsThatDifferByOneGroupAtMost()
    {
        int[] sizes = [.. _mlContext.Data.CrossValidationSplitByGroup(View(Rows([.. Enumerable.Repeat(6, 23)])), "Number").Select(fold => Ids(fold.TestSet).Length)];

        Assert.AreSequenceEqual(new[] { 4 * 6, 4 * 6, 5 * 6, 5 * 6, 5 * 6 }, sizes.Order());
    }

    [TestMethod]
    public void CrossValidationSplitByGroup_AsManyFoldsAsGroups_LeavesOneGroupOutEachTime()
    {
        int[] sizes = [.. _mlContext.Data.CrossValidationSplitByGroup(View(Rows([1, 50, 3])), "Number", numberOfFolds: 3).Select(fold => Ids(fold.TestSet).Length)];

        Assert.AreSequenceEqual(new[] { 1, 3, 50 }, sizes.Order());
    }

    [TestMethod]
    public void CrossValidationSplitByGroup_FewerGroupsThanFolds_ThrowsNamingBoth()
        => Throws<InvalidOperationException>(() => _mlContext.Data.CrossValidationSplitByGroup(View(Rows([5, 5, 5])), "Text"), "Column 'Text' has 3 groups, too few for 5 folds");

    [TestMethod]
    public void CrossValidationSplitByGroup_OneFold_Throws()
        => Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.CrossValidationSplitByGroup(View(Rows([5, 5])), "Text", numberOfFolds: 1), "numberOfFolds is 1 but must be at least 2.");

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(1.0)]
    [DataRow(double.NaN)]
    public void TrainTestSplitByGroup_FractionOutOfRange_Throws(double fraction)
        => Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.TrainTestSplitByGroup(View(Rows([5, 5])), "Text", fraction), $"testFraction is {fraction} but must be above 0 and below 1.");

    [TestMethod]
    public void TrainTestSplitByGroup_NoSuchColumn_ThrowsNamingTheColumnsThereAre()
        => Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.TrainTestSplitByGroup(View(Rows([5, 5])), "Protein"), "There is no group column 'Protein'. The columns are: 'Id', 'Text',");

    [TestMethod]
    public void TrainTestSplitByGroup_NoSuchLabel_ThrowsNamingTheColumnsThereAre()
        => Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.TrainTestSplitByGroup(View(Rows([5, 5])), "Text", labelColumnName: "Class"), "There is no label column 'Class'. The columns are: ");

    [TestMethod]
    public void TrainTestSplitByGroup_Vectors_ThrowsNamingTheType()
        => Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.TrainTestSplitByGroup(Tiny.Cells(_mlContext, 5), "Features"), "The group column 'Features' is Vector<Single, 2, 8, 8> but must be text, a key or a number");

    [TestMethod]
    public void TrainTestSplitByGroup_OneGroup_ThrowsNamingIt()
        => Throws<InvalidOperationException>(() => _mlContext.Data.TrainTestSplitByGroup(View(Rows([12])), "Text"), "All 12 rows have the value 'group 0' in column 'Text'");

    [TestMethod]
    public void TrainTestSplitByGroup_NoRows_Throws()
        => Throws<InvalidOperationException>(() => _mlContext.Data.TrainTestSplitByGroup(View([]), "Text"), "There is no row to split.");

    [TestMethod]
    [DataRow("Text")]
    [DataRow("Real")]
    [DataRow("Key")]
    public void TrainTestSplitByGroup_RowWithoutGroup_ThrowsNamingIt(string column)
    {
        Row[] rows = Rows([2, 3]);
        IDataView data = View(rows, known: rows[..4]);   // the key is missing where the row was not among those that made the keys
        (rows[4].Text, rows[4].Real) = ("", float.NaN);

        Throws<InvalidOperationException>(() => _mlContext.Data.TrainTestSplitByGroup(data, column), $"Row 5 has no value in column '{column}'");
    }

    [TestMethod]
    public void TrainTestSplitByGroup_RowsChangeAfterwards_ThrowsNamingTheNewValue()
    {
        Row[] rows = Rows([2, 3]);
        IDataView test = _mlContext.Data.TrainTestSplitByGroup(View(rows), "Text").TestSet;
        rows[0].Text = "new";

        Throws<InvalidOperationException>(() => Ids(test), "Row 1 has the value 'new' in column 'Text', which no row had when the rows were split.");
    }

    [TestMethod]
    public void TrainTestSplitByGroup_TruthValues_AreTwoGroups()
    {
        Row[] rows = Rows([2, 3]);
        rows[1].Truth = true;

        Assert.AreSequenceEqual(new[] { 1 }, Ids(_mlContext.Data.TrainTestSplitByGroup(View(rows), "Truth").TestSet));
    }

    private static void Throws<TException>(Action action, string message) where TException : Exception
        => StringAssert.StartsWith(Assert.ThrowsExactly<TException>(action).Message, message);

    private static int[] Ids(IDataView view) => [.. view.GetColumn<int>("Id")];

    /// <summary>Rows of groups of these sizes, one group after the other.</summary>
    private static Row[] Rows(int[] sizes) => [.. sizes.SelectMany((size, group) => Enumerable.Repeat(group, size))
        .Select((group, id) => new Row { Id = id, Text = $"group {group}", Number = group, Real = group + 0.5f, Label = $"class {group % 2}" })];

    /// <summary>The rows, with keys of Text and of Number.</summary>
    private IDataView View(Row[] rows, Row[]? known = null)
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable(rows);
        return _mlContext.Transforms.Conversion.MapValueToKey("Key", "Text").Append(_mlContext.Transforms.Conversion.MapValueToKey("NumberKey", "Number"))
            .Fit(known is null ? view : _mlContext.Data.LoadFromEnumerable(known)).Transform(view);
    }
}
