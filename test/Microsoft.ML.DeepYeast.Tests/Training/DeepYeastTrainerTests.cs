namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What comes out of Fit, and in between.</summary>
[TestClass]
public sealed class DeepYeastTrainerTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Fit_SameSeedTwice_GivesTheSameWeightsBitForBit()
    {
        float[][] first = Weights(new MLContext(), Randomly(7)), second = Weights(new MLContext(), Randomly(7));

        for (int i = 0; i < first.Length; i++)
            Assert.AreSequenceEqual(first[i], second[i]);
    }

    [TestMethod]
    public void Fit_AnotherSeed_GivesOtherWeights()
        => Assert.AreSequenceEqual([false], new[] { Weights(new MLContext(), Randomly(7))[0].SequenceEqual(Weights(new MLContext(), Randomly(8))[0]) });

    [TestMethod]
    public void Fit_NoSeedInTheOptions_TakesTheMLContexts()
        => Assert.AreSequenceEqual(Weights(new MLContext(), Randomly(7))[0], Weights(new MLContext(seed: 7), Randomly(null))[0]);

    [TestMethod]
    public void Fit_CalledTwiceOnOneTrainer_GivesTheSameWeights()
    {
        DeepYeastTrainer trainer = Tiny.Trainer(_mlContext);
        IDataView cells = Tiny.Cells(_mlContext, 48);

        Assert.AreSequenceEqual(trainer.Fit(cells).Model.Weights.First(), trainer.Fit(cells).Model.Weights.First());
    }

    [TestMethod]
    public void Fit_ProgressCallback_ReportsEveryBatchAndEpochInOrder()
    {
        var reports = new List<TrainingProgress>();

        Tiny.Fit(_mlContext, 40, options => { options.ProgressCallback = reports.Add; options.ValidationFraction = 0.25; });

        // 40 rows of classes 14, 13, 13 leave 4 + 3 + 3 held and 30 to train: two batches of 16 and 14; the same re-estimate; one batch validates.
        string[] epoch = ["Training 1/2 16+14", "Training 2/2 30+0", "Reestimating 1/2 16+14", "Reestimating 2/2 30+0", "Validating 1/1 10+0", "EpochCompleted 2/2 30+0"];
        string[] expected = ["0 Reading 0/0 40+", .. epoch.Select(line => $"1 {line}"), .. epoch.Select(line => $"2 {line}")];
        Assert.AreSequenceEqual(expected, reports.Select(r => $"{r.Epoch} {r.Phase} {r.Batch}/{r.BatchCount} {r.CellsDone}+{r.CellsToDo}").ToArray());
    }

    [TestMethod]
    public void Fit_ProgressCallback_GivesFiguresOnceTheyAreKnown()
    {
        var reports = new List<TrainingProgress>();

        Tiny.Fit(_mlContext, 40, options => { options.ProgressCallback = reports.Add; options.ValidationFraction = 0.25; });

        Assert.IsTrue(double.IsNaN(reports[0].Loss));
        Assert.IsTrue(reports.Skip(1).All(r => r.Loss > 0 && r.Accuracy is >= 0 and <= 1));
        Assert.IsTrue(reports.All(r => r.ValidationLoss.HasValue == (r.Phase == TrainingPhase.EpochCompleted)));
    }

    [TestMethod]
    public void Fit_ProgressCallbackThrows_TheExceptionReachesTheCaller()
        => Assert.ThrowsExactly<TimeZoneNotFoundException>(() => Tiny.Fit(_mlContext, change: options => options.ProgressCallback = _ => throw new TimeZoneNotFoundException()));

    [TestMethod]
    public void Fit_ValidationData_ReportsItsLossAsTheScoresHaveIt()
    {
        TrainingProgress? last = null;
        IDataView cells = Tiny.Cells(_mlContext, 48), held = Tiny.Cells(_mlContext, 21, seed: 5);

        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext, options => options.ProgressCallback = report => last = report).Fit(cells, held);

        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(model.Transform(held));
        Assert.AreEqual(metrics.LogLoss, last!.ValidationLoss!.Value, 1e-5);
        Assert.AreEqual(metrics.MicroAccuracy, last.ValidationAccuracy!.Value, 1e-9);
    }

    [TestMethod]
    public void Fit_ValidationData_DoesNotChangeTheTrainableWeights()
    {
        IDataView cells = Tiny.Cells(_mlContext, 48);
        void Keras(DeepYeastTrainer.Options options) => options.Statistics = BatchNormalizationStatistics.MovingAverage;

        float[][] without = [.. Tiny.Trainer(_mlContext, Keras).Fit(cells).Model.Weights];
        float[][] with = [.. Tiny.Trainer(_mlContext, Keras).Fit(cells, Tiny.Cells(_mlContext, 21, seed: 5)).Model.Weights];

        Assert.IsTrue(without.Zip(with).All(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void Fit_ValidationDataWithOtherKeys_ThrowsWithTheRemedy()
    {
        IDataView other = Tiny.Cells(_mlContext, Tiny.Rows(12).Skip(1));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(_mlContext).Fit(Tiny.Cells(_mlContext, 48), other));

        StringAssert.Contains(error.Message, "Label column 'Label' of the validation data has other keys than that of the training data. Fit MapValueToKey on the training data");
    }

    [TestMethod]
    public void Fit_ValidationDataAndFraction_ThrowsNamingTheOption()
    {
        IDataView cells = Tiny.Cells(_mlContext, 48);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Tiny.Trainer(_mlContext, options => options.ValidationFraction = 0.2).Fit(cells, cells));

        StringAssert.Contains(error.Message, "ValidationFraction is 0.2");
    }

    [TestMethod]
    public void Fit_MissingLabelsAndFeaturesNotFinite_SkipsThemAndLogsTheirNumbers()
    {
        List<Tiny.Row> rows = Tiny.Rows(48);
        foreach (int row in (int[])[3, 5, 8])
            rows[row].Label = null;
        rows[10].Features[7] = float.NaN;
        rows[11].Features[0] = float.PositiveInfinity;
        var messages = new List<string>();
        _mlContext.Log += (_, e) => { if (e.Kind == Runtime.ChannelMessageKind.Warning) messages.Add(e.RawMessage); };
        long read = 0;

        Tiny.Trainer(_mlContext, options => options.ProgressCallback = report => read = report.Phase == TrainingPhase.Reading ? report.CellsDone : read).Fit(Tiny.Cells(_mlContext, rows));

        Assert.AreEqual(43, read);
        Assert.AreSequenceEqual(["Skipped 3 training rows whose label in column 'Label' is missing.", "Skipped 2 training rows whose features in column 'Features' are not all finite."], messages.ToArray());
    }

    [TestMethod]
    [DataRow(65)]
    [DataRow(129)]
    [DataRow(2)]
    [DataRow(3)]
    public void Fit_BatchOfOneAtTheEnd_WeightsAreFinite(int rows)
    {
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, rows, options => options.BatchSize = rows == 3 ? 2 : 64);

        Assert.IsTrue(model.Model.Weights.All(weights => weights.All(float.IsFinite)));
    }

    [TestMethod]
    public void Fit_LossNotFinite_ThrowsWithStepAndAdvice()
    {
        // Logits of +-1e38 whose loss overflows at the first step.
        List<Tiny.Row> rows = Tiny.Rows(48);
        foreach (Tiny.Row row in rows)
            Array.Fill(row.Features, row.Id % 2 == 0 ? 3e38f : -3e38f);
        DeepYeastTrainer trainer = Tiny.Trainer(_mlContext, options =>
            options.Network = (cells, classes) => new NetworkBuilder("Flat", cells).Flatten("flatten").Dense("ip", classes).Softmax("predictions").ToGraph());

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(Tiny.Cells(_mlContext, rows)));

        StringAssert.Matches(error.Message, new(@"^The loss became (NaN|∞|Infinity) at step 1 \(epoch 1, batch 1, learning rate 0\.0\d+\)\. Try a learning rate a tenth of this"));
    }

    [TestMethod]
    public void Fit_HugeLearningRate_ThrowsAtALaterStep()
    {
        DeepYeastTrainer trainer = Tiny.Trainer(_mlContext, options => { options.LearningRate = 1e38; options.Epochs = 20; });

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(Tiny.Cells(_mlContext, 48)));

        StringAssert.Contains(error.Message, "Try a learning rate a tenth of this");
    }

    [TestMethod]
    public void Fit_NoRows_ThrowsSayingSo()
    {
        IDataView none = _mlContext.Data.FilterRowsByKeyColumnFraction(Tiny.Cells(_mlContext, 48), "Label", lowerBound: 0, upperBound: 0);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Trainer(_mlContext).Fit(none));

        StringAssert.Contains(error.Message, "The training data has no usable row: 0 rows lack a label in column 'Label'");
    }

    [TestMethod]
    public void Fit_NoUsableRow_ThrowsWithTheReasons()
    {
        List<Tiny.Row> rows = Tiny.Rows(48);
        rows.ForEach(row => row.Features[0] = float.NaN);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Trainer(_mlContext).Fit(Tiny.Cells(_mlContext, rows)));

        StringAssert.Contains(error.Message, "48 have features in column 'Features' that are not finite");
    }

    [TestMethod]
    public void Fit_OneRow_ThrowsNamingTheMinimum()
    {
        IDataView one = _mlContext.Data.TakeRows(Tiny.Cells(_mlContext, 48), 1);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Trainer(_mlContext).Fit(one));

        StringAssert.Contains(error.Message, "training needs at least 2");
    }

    [TestMethod]
    public void Fit_LabelIsText_ThrowsNamingTheColumnAndTheStepToAdd()
        => AssertRefused(_mlContext.Data.LoadFromEnumerable(Tiny.Rows(9)), "Label column 'Label' is String but must be a key. Put Conversion.MapValueToKey(\"Label\")");

    [TestMethod]
    public void Fit_OneClass_ThrowsNamingTheCount()
        => AssertRefused(Tiny.Cells(_mlContext, 9, classes: 1), "Label column 'Label' is a key with 1 values but a classifier needs at least 2 classes.");

    [TestMethod]
    public void Fit_NoLabelColumn_ThrowsListingTheColumns()
        => AssertRefused(Without("Label"), "There is no label column 'Label'. The columns are: 'Id', 'Features'.");

    [TestMethod]
    public void Fit_NoFeatureColumn_ThrowsListingTheColumns()
        => AssertRefused(Without("Features"), "There is no feature column 'Features'. The columns are: 'Id', 'Label'.");

    [TestMethod]
    public void Fit_FeaturesOfBytes_ThrowsNamingTheType()
    {
        IDataView bytes = _mlContext.Data.LoadFromEnumerable(ByteCells.Create(4, 2, 64, 64));
        bytes = _mlContext.Transforms.CopyColumns("Features", "Image").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(bytes).Transform(bytes);

        AssertRefused(bytes, "Feature column 'Features' is Vector<Byte, 2, 64, 64> but must be a vector of 8192 floats in (channel, row, column) order (2 channels x 64 rows x 64 columns). Put DeepYeastPreprocess before the trainer.");
    }

    [TestMethod]
    public void Fit_FeaturesWithoutThreeDimensions_ThrowsNamingBothLengths()
    {
        IDataView cells = Tiny.Cells(_mlContext, 9);
        IDataView flat = _mlContext.Transforms.Concatenate("Features", "Features", "Features").Fit(cells).Transform(cells);

        AssertRefused(flat, "Feature column 'Features' is Vector<Single, 256> but must be a vector of 8192 floats");
    }

    [TestMethod]
    public void Fit_NetworkOfAnotherWidth_ThrowsNamingBoth()
    {
        DeepYeastTrainer trainer = Tiny.Trainer(_mlContext, options => options.Network = (cells, classes) => Tiny.Network(cells, classes + 1));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(Tiny.Cells(_mlContext, 9)));

        StringAssert.Contains(error.Message, "with 3 classes, but gave one that ends with 'predictions' (Activation), for cells of 2 channels x 8 rows x 8 columns with 4 classes.");
    }

    [TestMethod]
    public void Fit_Null_ThrowsArgumentNull()
        => Assert.ThrowsExactly<ArgumentNullException>(() => Tiny.Trainer(_mlContext).Fit(null!));

    [TestMethod]
    [DataRow(nameof(DeepYeastTrainer.Options.Epochs), 0)]
    [DataRow(nameof(DeepYeastTrainer.Options.BatchSize), 1)]
    [DataRow(nameof(DeepYeastTrainer.Options.LearningRate), 0.0)]
    [DataRow(nameof(DeepYeastTrainer.Options.LearningRate), -0.001)]
    [DataRow(nameof(DeepYeastTrainer.Options.LearningRate), double.NaN)]
    [DataRow(nameof(DeepYeastTrainer.Options.LearningRate), double.PositiveInfinity)]
    [DataRow(nameof(DeepYeastTrainer.Options.ValidationFraction), -0.1)]
    [DataRow(nameof(DeepYeastTrainer.Options.ValidationFraction), 1.0)]
    [DataRow(nameof(DeepYeastTrainer.Options.ValidationFraction), double.NaN)]
    public void Constructor_NumberOutOfRange_ThrowsNamingOptionAndValue(string option, object value)
    {
        var options = Tiny.Options(each => typeof(DeepYeastTrainer.Options).GetProperty(option)!.SetValue(each, value));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.MulticlassClassification.Trainers.DeepYeast(options));

        StringAssert.Contains(error.Message, FormattableString.Invariant($"Option {option} is {value} but must be "));
    }

    [TestMethod]
    [DataRow(nameof(DeepYeastTrainer.Options.LabelColumnName))]
    [DataRow(nameof(DeepYeastTrainer.Options.FeatureColumnName))]
    [DataRow(nameof(DeepYeastTrainer.Options.Optimizer))]
    [DataRow(nameof(DeepYeastTrainer.Options.Augmentation))]
    public void Constructor_OptionIsNull_ThrowsNamingIt(string option)
    {
        var options = Tiny.Options(each => typeof(DeepYeastTrainer.Options).GetProperty(option)!.SetValue(each, null));

        var error = Assert.ThrowsExactly<ArgumentNullException>(() => _mlContext.MulticlassClassification.Trainers.DeepYeast(options));

        Assert.AreEqual(option, error.ParamName);
    }

    [TestMethod]
    public void Constructor_NegativeShift_ThrowsNamingIt()
    {
        var options = Tiny.Options(each => each.Augmentation = new() { MaximumShift = -1 });

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.MulticlassClassification.Trainers.DeepYeast(options));

        StringAssert.Contains(error.Message, "MaximumShift is -1 but must be at least 0");
    }

    [TestMethod]
    public void Constructor_OptionsChangedAfterwards_KeepsWhatItGot()
    {
        var options = Tiny.Options();
        DeepYeastTrainer trainer = _mlContext.MulticlassClassification.Trainers.DeepYeast(options);
        int epochs = 0;

        options.Epochs = 5;
        options.ProgressCallback = _ => epochs++;
        trainer.Fit(Tiny.Cells(_mlContext, 9));

        Assert.AreEqual(0, epochs);
    }

    [TestMethod]
    public void Fit_OneBatchReestimated_MovingStatisticsAreTheBatchs()
    {
        // With one batch the re-estimated statistics are the mean and the unbiased variance over all 12 cells of what 'conv' gives.
        List<Tiny.Row> rows = Tiny.Rows(12);
        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext).Fit(Tiny.Cells(_mlContext, rows));

        (double[] mean, double[] variance) = ConvolutionStatistics(model.Model, rows);

        AssertNear(mean, model.Model.GetWeight("bn", "moving_mean"));
        AssertNear(variance, model.Model.GetWeight("bn", "moving_variance"));
    }

    [TestMethod]
    public void Fit_SeveralBatchesReestimated_MovingMeanIsTheMeanOverAllCells()
    {
        List<Tiny.Row> rows = Tiny.Rows(48);
        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext).Fit(Tiny.Cells(_mlContext, rows));

        AssertNear(ConvolutionStatistics(model.Model, rows).Mean, model.Model.GetWeight("bn", "moving_mean"));
    }

    [TestMethod]
    public void Fit_MovingAverageOverTwoSteps_LeavesMostOfTheInitialVariance()
    {
        // Keras's momentum of 0.99 keeps 0.99^2 of the initial 1 after two steps; what the steps add is not negative.
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, 16, options => options.Statistics = BatchNormalizationStatistics.MovingAverage);

        foreach (float variance in model.Model.GetWeight("bn", "moving_variance").ToArray())
            Assert.IsTrue(variance is > 0.9801f and < 1.1f, $"{variance}");
    }

    private static Action<DeepYeastTrainer.Options> Randomly(int? seed) => options =>
    {
        options.Seed = seed;
        options.Augmentation = CellAugmentation.RoundCells;
        options.ValidationFraction = 0.2;
        options.Network = (cells, classes) => new NetworkBuilder("Random", cells)
            .Conv2D("conv", 4, size: 3).BatchNormalization("bn").Relu("relu").Flatten("flatten").Dropout("dropout", 0.5)
            .Dense("ip", classes).Softmax("predictions").ToGraph();
    };

    private static float[][] Weights(MLContext mlContext, Action<DeepYeastTrainer.Options> change) => [.. Tiny.Fit(mlContext, 65, change).Model.Weights];

    private IDataView Without(string column)
    {
        IDataView cells = Tiny.Cells(_mlContext, 9);
        return _mlContext.Transforms.DropColumns(column).Fit(cells).Transform(cells);
    }

    private void AssertRefused(IDataView data, string message)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(_mlContext).Fit(data));
        StringAssert.Contains(error.Message, message);
    }

    private static (double[] Mean, double[] Variance) ConvolutionStatistics(Network network, List<Tiny.Row> rows)
    {
        double[][] values = [.. rows.Select(row => NaiveNetwork.Run(network, row.Features)["conv"].Values)];
        int channels = network.Graph.GetOutputShape("conv").Channels;
        double[] mean = [.. Enumerable.Range(0, channels).Select(c => Channel(c).Average())];
        double[] variance = [.. Enumerable.Range(0, channels).Select(c => Channel(c).Sum(x => (x - mean[c]) * (x - mean[c])) / (Channel(c).Count() - 1))];
        return (mean, variance);

        IEnumerable<double> Channel(int c) => values.SelectMany(map => map.Where((_, i) => i % channels == c));
    }

    private static void AssertNear(double[] expected, ReadOnlyMemory<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual.Span[i], 1e-5 * Math.Max(1, Math.Abs(expected[i])));
    }
}
