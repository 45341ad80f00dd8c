using TorchSharp;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Trainings that would go wrong quietly.</summary>
[TestClass]
public sealed class TrainingSafetyTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    // 34 cells in batches of 16 are 16, 16 and 2: each batch counts as many times as it has cells.
    [TestMethod]
    public void Fit_ShortLastBatchReestimated_WeighsAsManyCellsAsItHas()
    {
        List<Tiny.Row> rows = Tiny.Rows(34);

        Network network = Tiny.Trainer(_mlContext, options =>
        {
            options.Epochs = 1;
            options.LearningRate = 1e-12;
        }).Fit(Tiny.Cells(_mlContext, rows)).Model;

        // The mean over the batches of a batch's variance is a little below that over all cells, by what their means differ.
        double[][] outputs = [.. rows.Select(row => NaiveNetwork.Run(network, row.Features)["conv"].Values)];
        for (int channel = 0; channel < 4; channel++)
        {
            double[] values = [.. outputs.SelectMany(map => map.Where((_, i) => i % 4 == channel))];
            double mean = values.Average(), variance = values.Average(value => Math.Pow(value - mean, 2));
            Assert.AreEqual(mean, network.GetWeight("bn", "moving_mean").Span[channel], 1e-4, $"mean {channel}");
            Assert.AreEqual(1, network.GetWeight("bn", "moving_variance").Span[channel] / variance, 0.2, $"variance {channel}");
        }
    }

    [TestMethod]
    public void Fit_WrongNumberOfClassWeights_ThrowsBeforeReading()
    {
        bool read = false;

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(_mlContext, change: options =>
        {
            options.ClassWeights = ClassWeights.Of(1, 2);
            options.ProgressCallback = _ => read = true;
        }));

        StringAssert.Contains(error.Message, "has 2 weights but the label has 3 classes");
        Assert.IsFalse(read);
    }

    [TestMethod]
    public void Fit_NetworkWithoutWeights_ThrowsSayingSo()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(_mlContext, change: options =>
            options.Network = (cells, classes) => new NetworkBuilder("Bare", cells).GlobalAveragePooling2D("pool").Softmax("predictions").ToGraph()));

        StringAssert.StartsWith(error.Message, "Option Network must give a network that ends with a softmax");
    }

    [TestMethod]
    public void Fit_InsideInferenceMode_TrainsAlike()
    {
        float[] expected = Tiny.Fit(_mlContext).Model.GetWeight("ip", "kernel").ToArray();

        using var inference = torch.inference_mode();

        Assert.AreSequenceEqual(expected, Tiny.Fit(_mlContext).Model.GetWeight("ip", "kernel").ToArray());
    }

    [TestMethod]
    public void Fit_LastStepRuinsTheWeights_ThrowsInsteadOfGivingThem()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(_mlContext, count: 20, options =>
        {
            options.Epochs = 1;
            options.BatchSize = 20;
            options.LearningRate = 1e30;
        }));

        StringAssert.StartsWith(error.Message, "The weights are no longer finite at step 1 (epoch 1, batch 1, learning rate ");
        StringAssert.Contains(error.Message, "Try a learning rate a tenth of this");
    }

    [TestMethod]
    public void Fit_CallerHasTurnedGradientsOff_TrainsAllTheSame()
    {
        using var noGrad = torch.no_grad();

        float[] start = [.. Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)).GetWeight("ip", "kernel").Span];
        float[] end = [.. Tiny.Fit(_mlContext).Model.GetWeight("ip", "kernel").Span];

        Assert.IsFalse(start.SequenceEqual(end));
    }

    [TestMethod]
    public void Fit_QuarterTurnsOfCellsThatAreNotSquare_ThrowsBeforeReading()
    {
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(i => new Oblong { Label = (uint)(i % 2) }));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Trainer(_mlContext, options => options.Augmentation = CellAugmentation.RoundCells).Fit(cells));

        Assert.AreEqual("Option Augmentation.QuarterTurns is true but cells of 2 channels x 8 rows x 12 columns are not square. Set it to false, or make them square.", error.Message);
    }

    [TestMethod]
    public void Fit_ShiftOfAWholeCell_ThrowsNamingTheLargest()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(_mlContext, change: options => options.Augmentation = new() { MaximumShift = 8 }));

        Assert.AreEqual("Option Augmentation.MaximumShift is 8 but cells of 2 channels x 8 rows x 8 columns can be shifted by at most 7 pixels.", error.Message);
    }

    [TestMethod]
    public void Fit_ValidationFractionOfNoRow_Warns()
    {
        string? warning = null;
        _mlContext.Log += (_, message) => warning ??= message.Kind == Runtime.ChannelMessageKind.Warning ? message.RawMessage : null;

        Tiny.Fit(_mlContext, count: 6, options => options.ValidationFraction = 0.2);

        Assert.AreEqual("Option ValidationFraction is 0.2, which of 6 rows sets none aside: there is no validation.", warning);
    }

    [TestMethod]
    public void Fit_ValidationFractionOfAlmostAll_KeepsARowOfEachClass()
        => Assert.AreEqual(3, Tiny.Fit(_mlContext, count: 30, options => options.ValidationFraction = 0.99).Model.Graph.ClassCount);

    [TestMethod]
    public void Constructor_UnknownStatistics_ThrowsNamingTheOption()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(_mlContext, options => options.Statistics = (BatchNormalizationStatistics)9));

        StringAssert.StartsWith(error.Message, "Option Statistics is 9 but must be Reestimated or MovingAverage.");
    }

    public sealed class Oblong
    {
        [VectorType(2, 8, 12)]
        public float[] Features { get; set; } = new float[2 * 8 * 12];

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
