using Microsoft.ML.DeepYeast.Scoring;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class DeepYeastPredictionTransformerTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Transform_AnyRow_ScoresAreProbabilitiesThatSumToOne()
    {
        foreach (float[] scores in Tiny.Scores(Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 70))))
        {
            Assert.AreEqual(1, scores.Sum(), 1e-5);
            Assert.IsTrue(scores.All(score => score is >= 0 and <= 1));
        }
    }

    [TestMethod]
    [DataRow(8, 8, 8)]
    [DataRow(6, 10, 4)]
    public void Transform_TestTimeAugmentation_IsTheMeanOverTheOrientations(int height, int width, int orientations)
    {
        var shape = new CellShape(2, height, width);
        Network network = NetworkRun.Randomized(Flattened(shape));
        float[][] cells = [.. Enumerable.Range(0, 70).Select(cell => NetworkRun.Randoms(shape.Size, seed: cell))];
        DeepYeastPredictionTransformer plain = Classifier(network, testTimeAugmentation: false), augmented = Classifier(network, testTimeAugmentation: true);
        Assert.IsTrue(augmented.TestTimeAugmentation);

        float[][] actual = Score(augmented, cells);

        // Turned by hand, and scored one orientation after the other.
        float[][][] scores = [.. Enumerable.Range(0, orientations).Select(orientation => Score(plain, [.. cells.Select(cell => Turned(cell, shape, orientation))]))];
        for (int cell = 0; cell < cells.Length; cell++)
        {
            for (int c = 0; c < 3; c++)
                Assert.AreEqual(scores.Average(ofOrientation => (double)ofOrientation[cell][c]), actual[cell][c], 1e-6);
        }
        Assert.IsGreaterThan(1e-3, scores.Max(ofOrientation => Math.Abs(ofOrientation[0][0] - actual[0][0])), "The orientations do not differ, so this shows nothing.");
        plain.TestTimeAugmentation = true;   // from the next batch on
        CollectionAssert.AreEqual(actual[3], Score(plain, cells)[3]);

        DeepYeastPredictionTransformer Classifier(Network of, bool testTimeAugmentation)
            => _mlContext.Transforms.DeepYeastClassify(of, ["a", "b", "c"], device: ComputeDevice.Cpu, testTimeAugmentation: testTimeAugmentation).Fit(View([cells[0]]));

        float[][] Score(ITransformer model, float[][] features) => Tiny.Scores(model.Transform(View(features)));

        IDataView View(float[][] features)
        {
            var definition = SchemaDefinition.Create(typeof(FeaturesRow));
            definition[nameof(FeaturesRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width);
            return _mlContext.Data.LoadFromEnumerable(features.Select(cell => new FeaturesRow { Features = cell }), definition);
        }
    }

    [TestMethod]
    public void TestTimeAugmentation_OptionOfTheTrainer_IsSavedWithTheModel()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.TestTimeAugmentation = true);
        Assert.IsTrue(model.TestTimeAugmentation);
        Assert.IsFalse(Tiny.Fit(_mlContext).TestTimeAugmentation);
        IDataView cells = Tiny.Cells(_mlContext, 20);
        _mlContext.Model.SaveAtomically(model, cells.Schema, folder.File("model.zip"));

        var loaded = (DeepYeastPredictionTransformer)_mlContext.Model.Load(folder.File("model.zip"), out _);

        Assert.IsTrue(loaded.TestTimeAugmentation);
        loaded.Device = model.Device;
        float[][] expected = Tiny.Scores(model.Transform(cells)), actual = Tiny.Scores(loaded.Transform(cells));
        for (int row = 0; row < expected.Length; row++)
            CollectionAssert.AreEqual(expected[row], actual[row]);
    }

    [TestMethod]
    public void Transform_ColumnsOfEveryKind_PassThroughUnchanged()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(KindsRow.Create(150));
        IDataView predictions = Tiny.Fit(_mlContext).Transform(data);

        using DataViewRowCursor expected = data.GetRowCursor(data.Schema), actual = predictions.GetRowCursor(predictions.Schema);
        var columns = data.Schema.Select(column => (column.Name, Expected: RowValues.Reader(expected, column), Actual: RowValues.Reader(actual, predictions.Schema[column.Name]))).ToArray();
        while (expected.MoveNext())
        {
            Assert.IsTrue(actual.MoveNext());
            foreach (var (name, readExpected, readActual) in columns)
                Assert.IsTrue(RowValues.Same(readExpected(), readActual()), $"{name} in row {expected.Position}");
        }
        Assert.IsFalse(actual.MoveNext());
    }

    [TestMethod]
    public void GetRowCursor_SourceFailsInTheThirdBatch_GivesTheRowsOfTheFirstTwoAndThenTheSourcesError()
    {
        IEnumerable<Tiny.Row> rows = Tiny.Rows(150).Select(row => row.Id < 140 ? row : throw new TimeZoneNotFoundException());
        IDataView predictions = Tiny.Fit(_mlContext).Transform(_mlContext.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = predictions.GetRowCursor([predictions.Schema["Score"], predictions.Schema["Id"]]);
        ValueGetter<int> getId = cursor.GetGetter<int>(predictions.Schema["Id"]);
        var ids = new List<int>();

        Assert.ThrowsExactly<TimeZoneNotFoundException>(() =>
        {
            while (cursor.MoveNext())
            {
                int id = -1;
                getId(ref id);
                ids.Add(id);
            }
        });

        Assert.AreSequenceEqual(Enumerable.Range(0, 2 * NetworkScorer.CpuBatchSize).ToArray(), ids.ToArray());
    }

    [TestMethod]
    public void GetRowCursor_DisposedInTheFirstBatch_ReadsNoFurtherThanTheSecond()
    {
        int read = 0;
        IDataView predictions = Tiny.Fit(_mlContext).Transform(_mlContext.Data.LoadFromEnumerable(Tiny.Rows(1000).Select(row =>
        {
            read++;
            return row;
        })));

        using (DataViewRowCursor cursor = predictions.GetRowCursor([predictions.Schema["Score"]]))
            Assert.IsTrue(cursor.MoveNext());

        Assert.IsInRange(NetworkScorer.CpuBatchSize, 2 * NetworkScorer.CpuBatchSize, read);
    }

    [TestMethod]
    public void Transform_FilteredRows_KeepsTheirIds()
    {
        IDataView filtered = _mlContext.Data.FilterRowsByColumn(WithNumber(), "Number", lowerBound: 3, upperBound: 90);
        IDataView predictions = Tiny.Fit(_mlContext).Transform(filtered);

        Assert.AreSequenceEqual(RowValues.Ids(filtered, filtered.Schema), RowValues.Ids(predictions, predictions.Schema));
    }

    [TestMethod]
    public void Transform_FilteredRows_LeavesTheRowCountUnknown()
    {
        IDataView filtered = _mlContext.Data.FilterRowsByColumn(WithNumber(), "Number", lowerBound: 3, upperBound: 90);

        Assert.IsNull(Tiny.Fit(_mlContext).Transform(filtered).GetRowCount());
    }

    [TestMethod]
    public void Transform_InputWithAScoreColumn_ShadowsItAndPassesTheOldOneOn()
    {
        DeepYeastPredictionTransformer first = Tiny.Fit(_mlContext), second = Tiny.Fit(_mlContext, change: options => options.Seed = 2);
        IDataView cells = Tiny.Cells(_mlContext, 9);

        IDataView both = second.Transform(first.Transform(cells));

        DataViewSchema.Column[] scores = [.. both.Schema.Where(column => column.Name == "Score")];
        Assert.HasCount(2, scores);
        Assert.IsTrue(scores[0].IsHidden);
        Assert.IsTrue(RowValues.Same(Tiny.Scores(first.Transform(cells)), both.GetColumn<float[]>(scores[0]).ToArray()));
        Assert.IsTrue(RowValues.Same(Tiny.Scores(second.Transform(cells)), Tiny.Scores(both)));
    }

    [TestMethod]
    public void Transform_InputWithAScoreColumn_TakesTheNextScoreColumnSetId()
    {
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);

        IDataView both = model.Transform(model.Transform(Tiny.Cells(_mlContext, 9)));

        uint id = 0;
        both.Schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref id);
        Assert.AreEqual(2u, id);
    }

    [TestMethod]
    public void GetRowCursor_SeveralInterleaved_EachGivesItsOwnRows()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 200));
        float[][] expected = Tiny.Scores(predictions);
        DataViewRowCursor[] cursors = [.. Enumerable.Range(0, 3).Select(_ => predictions.GetRowCursor(predictions.Schema))];
        Func<object?>[] readers = [.. cursors.Select(cursor => RowValues.Reader(cursor, predictions.Schema["Score"]))];
        var random = new Random(1);
        int[] at = [-1, -1, -1];

        for (int i = 0; i < 450; i++)
        {
            int which = random.Next(3);
            if (!cursors[which].MoveNext())
                continue;
            at[which]++;
            Assert.IsTrue(RowValues.Same(expected[at[which]], readers[which]()), $"cursor {which} at row {at[which]}");
        }
        foreach (DataViewRowCursor cursor in cursors)
            cursor.Dispose();
    }

    [TestMethod]
    public void GetRowCursor_Shuffled_KeepsScoresAndRowsTogether()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(_mlContext.Data.ShuffleRows(Tiny.Cells(_mlContext, 100), seed: 3));
        Dictionary<int, float[]> expected = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 100)) is var ordered
            ? ordered.GetColumn<int>("Id").Zip(ordered.GetColumn<float[]>("Score")).ToDictionary(pair => pair.First, pair => pair.Second) : [];

        using DataViewRowCursor cursor = predictions.GetRowCursor(predictions.Schema, new Random(4));
        Func<object?> readId = RowValues.Reader(cursor, predictions.Schema["Id"]), readScore = RowValues.Reader(cursor, predictions.Schema["Score"]);
        while (cursor.MoveNext())
            Assert.IsTrue(RowValues.Same(expected[(int)readId()!], readScore()), $"id {readId()}");
    }

    [TestMethod]
    public void GetRowCursor_ValueBeforeMoveNext_Throws()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 9));
        using DataViewRowCursor cursor = predictions.GetRowCursor(predictions.Schema);

        Assert.Throws<InvalidOperationException>(() => RowValues.Reader(cursor, predictions.Schema["Score"])());
    }

    [TestMethod]
    public void GetRowCursor_ColumnNotAskedFor_Throws()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 9));
        using DataViewRowCursor cursor = predictions.GetRowCursor([predictions.Schema["Id"]]);

        Assert.Throws<ArgumentException>(() => cursor.GetGetter<VBuffer<float>>(predictions.Schema["Score"]));
    }

    [TestMethod]
    public void Transform_SeveralThreadsAtOnce_AllGetTheSameScores()
    {
        using DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 130);
        float[][] expected = Tiny.Scores(model.Transform(cells));
        var results = new float[8][][];

        Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = Tiny.Scores(model.Transform(cells))))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.IsTrue(results.All(result => RowValues.Same(expected, result)));
    }

    [TestMethod]
    public void Dispose_WhileOtherThreadsScore_HarmsNobody()
    {
        using DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 130);
        float[][] expected = Tiny.Scores(model.Transform(cells));

        Task<bool>[] scoring = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5).All(_ => RowValues.Same(expected, Tiny.Scores(model.Transform(cells))))))];
        while (!Task.WhenAll(scoring).IsCompleted)
            model.Dispose();

        Assert.IsTrue(scoring.All(task => task.Result));
    }

    [TestMethod]
    public void Transform_AfterDispose_GivesTheSameScores()
    {
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 10);
        float[][] expected = Tiny.Scores(model.Transform(cells));

        model.Dispose();

        Assert.IsTrue(RowValues.Same(expected, Tiny.Scores(model.Transform(cells))));
        model.Dispose();
    }

    [TestMethod]
    public void Transform_FeaturesNotFinite_GivesNaNScoresAndNoLabel()
    {
        List<Tiny.Row> rows = Tiny.Rows(3);
        rows[1].Features[5] = float.NaN;
        IDataView predictions = Tiny.Fit(_mlContext).Transform(_mlContext.Data.LoadFromEnumerable(rows));

        Assert.AreSequenceEqual([false, true, false], predictions.GetColumn<float[]>("Score").Select(scores => scores.All(float.IsNaN)).ToArray());
        Assert.AreEqual(0u, predictions.GetColumn<uint>("PredictedLabel").ElementAt(1));
    }

    [TestMethod]
    public void Transform_FeaturesOfAnotherSize_ThrowsNamingColumnAndBothTypes()
    {
        IDataView other = _mlContext.Data.LoadFromEnumerable([new SmallRow()]);

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Fit(_mlContext).Transform(other));

        StringAssert.Contains(error.Message, "Feature column 'Features' is Vector<Single, 2, 4, 4> but must be a vector of 128 floats in (channel, row, column) order (2 channels x 8 rows x 8 columns)");
    }

    [TestMethod]
    public void ClassNames_TextKeys_AreTheTextsInTheOrderOfTheKeys()
        => Assert.AreSequenceEqual(["red", "green", "both"], Tiny.Fit(_mlContext).ClassNames!.ToArray());

    [TestMethod]
    public void FeatureColumnType_Fitted_IsTheShapeOfTheCells()
        => Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 8, 8), Tiny.Fit(_mlContext).FeatureColumnType);

    [TestMethod]
    public void Device_Changed_HoldsFromTheNextBatchOn()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 4);
        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext);
        float[][] before = Tiny.Scores(model.Transform(cells));

        model.Device = ComputeDevice.Cuda(99);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Scores(model.Transform(cells)));
        model.Device = ComputeDevice.Cpu;

        StringAssert.StartsWith(error.Message, "CUDA GPU 99 was asked for");
        Assert.AreSequenceEqual(before.SelectMany(scores => scores), Tiny.Scores(model.Transform(cells)).SelectMany(scores => scores));
    }

    [TestMethod]
    [DataRow(typeof(int))]
    [DataRow(typeof(float))]
    [DataRow(typeof(bool))]
    public void SaveAndLoad_KeysOfNumbers_KeepsTheirValues(Type type)
    {
        IDataView data = type == typeof(int) ? Keyed(i => i * 10) : type == typeof(float) ? Keyed(i => i + 0.5f) : Keyed(i => i == 1);
        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext).Fit(data);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;

        var loaded = (DeepYeastPredictionTransformer)new MLContext().Model.Load(stream, out _);

        Assert.AreSequenceEqual(model.ClassNames!.ToArray(), loaded.ClassNames!.ToArray());
    }

    private IDataView Keyed<T>(Func<int, T> value)
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(20).Select(row => new ValueRow<T> { Features = row.Features, Label = value(row.Id % 2) }));
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private IDataView WithNumber()
    {
        IDataView cells = Tiny.Cells(_mlContext, 100);
        return _mlContext.Transforms.Conversion.ConvertType("Number", "Id", DataKind.Single).Fit(cells).Transform(cells);
    }

    public sealed class SmallRow
    {
        [VectorType(2, 4, 4)]
        public float[] Features { get; set; } = new float[32];
    }

    public sealed class ValueRow<T>
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        public T Label { get; set; } = default!;
    }

    // What it gives depends on where something is.
    private static NetworkGraph Flattened(CellShape shape) => new NetworkBuilder("Flattened", shape)
        .Conv2D("conv", 4, size: 3).BatchNormalization("bn").Relu("relu").Flatten("flatten").Dense("ip", 3).Softmax("predictions").ToGraph();

    private static float[] Turned(float[] cell, CellShape shape, int orientation)
    {
        float[] turned = new float[cell.Length];
        for (int i = 0; i < cell.Length; i++)
        {
            int channel = i / (shape.Height * shape.Width), row = i / shape.Width % shape.Height, column = i % shape.Width;
            if ((orientation & 1) != 0)
                row = shape.Height - 1 - row;
            if ((orientation & 2) != 0)
                column = shape.Width - 1 - column;
            if ((orientation & 4) != 0)
                (row, column) = (column, row);
            turned[(channel * shape.Height + row) * shape.Width + column] = cell[i];
        }
        return turned;
    }

    private sealed class FeaturesRow
    {
        public float[] Features { get; set; } = [];
    }
}
