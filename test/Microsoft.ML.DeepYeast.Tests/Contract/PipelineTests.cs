using System.Collections.Immutable;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The trainer inside the facilities of ML.NET.</summary>
[TestClass]
public sealed class PipelineTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void CrossValidate_EasyCells_EveryFoldIsRight()
    {
        var results = _mlContext.MulticlassClassification.CrossValidate(
            Tiny.Cells(_mlContext, 90), Tiny.Trainer(_mlContext, options => options.Epochs = 20), numberOfFolds: 3);

        Assert.HasCount(3, results);
        Assert.IsTrue(results.All(fold => fold.Metrics.MicroAccuracy > 0.9), string.Join(", ", results.Select(fold => fold.Metrics.MicroAccuracy)));
    }

    [TestMethod]
    public void Evaluate_Scores_GivesTheLogLossOfTheScores()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 30, seed: 2));

        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(predictions);

        uint[] labels = [.. predictions.GetColumn<uint>("Label")];
        float[][] scores = Tiny.Scores(predictions);
        double expected = Enumerable.Range(0, 30).Average(row => -Math.Log(scores[row][labels[row] - 1]));
        Assert.AreEqual(expected, metrics.LogLoss, 1e-5);
    }

    [TestMethod]
    public void Evaluate_Scores_NamesTheClassesInTheConfusionMatrix()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 30, seed: 2));

        string table = _mlContext.MulticlassClassification.Evaluate(predictions).ConfusionMatrix.GetFormattedConfusionTable();

        StringAssert.Contains(table, "green");
    }

    [TestMethod]
    public void PermutationFeatureImportance_OfTransformer_FindsTheOneSlotThatMatters()
    {
        IDataView data = OneSlotMatters();
        DeepYeastPredictionTransformer model = _mlContext.MulticlassClassification.Trainers.DeepYeast(LinearOptions()).Fit(data);
        ImmutableArray<MulticlassClassificationMetricsStatistics> importance =
            _mlContext.MulticlassClassification.PermutationFeatureImportance(model, data, permutationCount: 2);

        AssertOnlyTheFirstMatters([.. importance.Select(slot => slot.MicroAccuracy.Mean)]);
    }

    [TestMethod]
    public void PermutationFeatureImportance_OfChain_FindsTheOneSlotByItsName()
    {
        IDataView data = OneSlotMatters();
        ITransformer model = new EstimatorChain<ITransformer>().Append(_mlContext.MulticlassClassification.Trainers.DeepYeast(LinearOptions())).Fit(data);

        ImmutableDictionary<string, MulticlassClassificationMetricsStatistics> importance =
            _mlContext.MulticlassClassification.PermutationFeatureImportance(model, data, permutationCount: 2);

        AssertOnlyTheFirstMatters([.. Enumerable.Range(0, 8).Select(slot => importance[$"slot {slot}"].MicroAccuracy.Mean)]);
    }

    [TestMethod]
    public void Fit_ChainFromImagesToText_PredictsTheLabelsTexts()
    {
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.DeepYeastPreprocess(new() { Height = 16, Width = 16 }))
            .Append(Tiny.Trainer(_mlContext))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(24, localizations: ["nucleus", "cytoplasm"]);

        string[] predicted = [.. pipeline.Fit(cells).Transform(cells).GetColumn<string>("PredictedLabel")];

        Assert.HasCount(24, predicted);
        Assert.IsTrue(predicted.All(text => text is "nucleus" or "cytoplasm"));
    }

    [TestMethod]
    public void Fit_TrainTestSplit_IsRightOnTheRowsThatItDidNotSee()
    {
        var split = _mlContext.Data.TrainTestSplit(Tiny.Cells(_mlContext, 120), testFraction: 0.25);

        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext, options => options.Epochs = 20).Fit(split.TrainSet);

        Assert.IsGreaterThan(0.9, _mlContext.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).MicroAccuracy);
    }

    [TestMethod]
    public void CreatePredictionEngine_Row_GivesTheViewsScore()
    {
        using DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        List<Tiny.Row> rows = Tiny.Rows(5, seed: 3);
        float[][] expected = Tiny.Scores(model.Transform(_mlContext.Data.LoadFromEnumerable(rows)));

        using var engine = _mlContext.Model.CreatePredictionEngine<Tiny.Row, Tiny.Prediction>(model);

        for (int i = 0; i < rows.Count; i++)
            Assert.IsTrue(RowValues.Same(expected[i], engine.Predict(rows[i]).Score), $"row {i}");
    }

    [TestMethod]
    public void CreatePredictionEngine_Row_PredictsTheClassOfTheHighestScore()
    {
        using var engine = _mlContext.Model.CreatePredictionEngine<Tiny.Row, Tiny.Prediction>(Tiny.Fit(_mlContext));

        foreach (Tiny.Row row in Tiny.Rows(9, seed: 3))
        {
            Tiny.Prediction prediction = engine.Predict(row);
            Assert.AreEqual((uint)Array.IndexOf(prediction.Score, prediction.Score.Max()) + 1, prediction.PredictedLabel);
        }
    }

    [TestMethod]
    public void Dispose_Engine_LeavesTheTransformerUsable()
    {
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 5);
        float[][] before = Tiny.Scores(model.Transform(cells));
        var engine = _mlContext.Model.CreatePredictionEngine<Tiny.Row, Tiny.Prediction>(model);
        engine.Predict(Tiny.Rows(1)[0]);

        engine.Dispose();

        Assert.IsTrue(RowValues.Same(before, Tiny.Scores(model.Transform(cells))));
    }

    [TestMethod]
    public void Log_Fit_TellsNetworkDeviceSeedAndEveryEpoch()
    {
        var messages = new List<string>();
        _mlContext.Log += (_, e) => messages.Add(e.RawMessage);

        Tiny.Fit(_mlContext, change: options => options.Seed = 42);

        Assert.Contains("Training Tiny (99 parameters) on cpu in Full precision, seed 42: 48 cells of 3 classes.", messages);
        Assert.AreEqual(1, messages.Count(message => message.StartsWith("Epoch 1 of 2: loss ", StringComparison.Ordinal)));
        Assert.AreEqual(1, messages.Count(message => message.StartsWith("Epoch 2 of 2: loss ", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Info_Trainer_SupportsValidationAndWantsNoNormalizationOrCaching()
    {
        TrainerInfo info = _mlContext.MulticlassClassification.Trainers.DeepYeast().Info;

        Assert.IsTrue(info.SupportsValidation);
        Assert.IsFalse(info.NeedNormalization || info.WantCaching || info.NeedCalibration);
    }

    [TestMethod]
    public void PermutationFeatureImportance_InBatches_IsWhatItIsRowByRow()
    {
        IDataView data = OneSlotMatters();
        DeepYeastPredictionTransformer model = _mlContext.MulticlassClassification.Trainers.DeepYeast(LinearOptions()).Fit(data);

        // With the same seed both permute alike.
        double[] batched = Importance(model), single = Importance(new RowByRow(_mlContext, model));

        Assert.IsTrue(RowValues.Same(single, batched), $"{string.Join(", ", single)} / {string.Join(", ", batched)}");

        double[] Importance(ISingleFeaturePredictionTransformer<Network> each)
            => [.. new MLContext(seed: 9).MulticlassClassification.PermutationFeatureImportance(each, data, permutationCount: 3).Select(slot => slot.MicroAccuracy.Mean)];
    }

    private static void AssertOnlyTheFirstMatters(double[] accuracyLoss)
    {
        // Half of the rows get the other class's value, so about half of the accuracy is lost.
        Assert.IsLessThan(-0.3, accuracyLoss[0], string.Join(", ", accuracyLoss));
        Assert.IsTrue(accuracyLoss.Skip(1).All(loss => Math.Abs(loss) < 0.05), string.Join(", ", accuracyLoss));
    }

    private static DeepYeastTrainer.Options LinearOptions() => Tiny.Options(options =>
    {
        options.Network = (cells, classes) => new NetworkBuilder("Linear", cells).Flatten("flatten").Dense("ip", classes).Softmax("predictions").ToGraph();
        options.Epochs = 60;
        options.LearningRate = 0.1;
    });

    private IDataView OneSlotMatters()
    {
        var random = new Random(5);
        SlotRow[] rows = [.. Enumerable.Range(0, 80).Select(i => new SlotRow
        {
            Label = (uint)(i % 2),   // ML.NET counts a member's keys from 0
            Features = [i % 2 == 0 ? -0.8f : 0.8f, .. Enumerable.Range(0, 7).Select(_ => random.NextSingle() - 0.5f)],
        })];
        var schema = SchemaDefinition.Create(typeof(SlotRow));
        ReadOnlyMemory<char>[] names = [.. Enumerable.Range(0, 8).Select(slot => $"slot {slot}".AsMemory())];
        schema["Features"].AddAnnotation("SlotNames", new VBuffer<ReadOnlyMemory<char>>(8, names), new VectorDataViewType(TextDataViewType.Instance, 8));
        return _mlContext.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>The same model on ML.NET's own row mapper.</summary>
    private sealed class RowByRow(MLContext mlContext, DeepYeastPredictionTransformer model) : ISingleFeaturePredictionTransformer<Network>
    {
        public string FeatureColumnName => model.FeatureColumnName;

        public DataViewType FeatureColumnType => model.FeatureColumnType;

        public Network Model => model.Model;

        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => model.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => model.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input)
            => ((Microsoft.ML.Data.ITransformTemplate)model.GetRowToRowMapper(input.Schema)).ApplyToData(mlContext, input);

        void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)model).Save(ctx);
    }

    public sealed class SlotRow
    {
        [VectorType(2, 2, 2)]
        public float[] Features { get; set; } = [];

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
