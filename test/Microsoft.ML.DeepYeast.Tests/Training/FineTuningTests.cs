namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Trainings that begin with a trained network.</summary>
[TestClass]
public sealed class FineTuningTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Fit_FreezeThroughTheNorm_LeavesAllBeforeItBitEqualAndChangesTheHead()
    {
        Network start = Tiny.Fit(_mlContext).Model;

        Network tuned = Tune(start, freezeThrough: "bn").Fit(Tiny.Cells(_mlContext, 48)).Model;

        foreach ((string layer, string weight) in new[] { ("conv", "kernel"), ("conv", "bias"), ("bn", "gamma"), ("bn", "beta"), ("bn", "moving_mean"), ("bn", "moving_variance") })
            Assert.AreSequenceEqual(start.GetWeight(layer, weight).ToArray(), tuned.GetWeight(layer, weight).ToArray(), $"{layer}/{weight}");
        Assert.IsFalse(start.GetWeight("ip", "kernel").Span.SequenceEqual(tuned.GetWeight("ip", "kernel").Span));
    }

    [TestMethod]
    public void Fit_NothingFrozen_BeginsWithTheGivenWeights()
    {
        Network start = Tiny.Fit(_mlContext).Model;

        Network tuned = Tune(start, freezeThrough: null, rate: 1e-7).Fit(Tiny.Cells(_mlContext, 48)).Model;

        float[] before = start.GetWeight("conv", "kernel").ToArray(), after = tuned.GetWeight("conv", "kernel").ToArray();
        Assert.IsFalse(before.SequenceEqual(after));
        for (int i = 0; i < before.Length; i++)
            Assert.AreEqual(before[i], after[i], 1e-4f, $"value {i}");
    }

    [TestMethod]
    public void Fit_OtherNumberOfClasses_ReplacesTheHead()
    {
        Network start = Tiny.Fit(_mlContext).Model;

        DeepYeastPredictionTransformer tuned = Tune(start, freezeThrough: "bn").Fit(Tiny.Cells(_mlContext, 64, classes: 4));

        Assert.AreEqual(4, tuned.Model.Graph.ClassCount);
        Assert.AreSequenceEqual(new[] { "red", "green", "both", "none" }, tuned.ClassNames!);
        Assert.AreSequenceEqual(start.GetWeight("conv", "kernel").ToArray(), tuned.Model.GetWeight("conv", "kernel").ToArray());
    }

    [TestMethod]
    public void Constructor_FreezeUnknownLayer_ThrowsWithTheNearestNameFirst()
        => AssertRefused<ArgumentException>(freezeThrough: "bm", "Network 'Tiny' has no layer 'bm'. Its layers, nearest name first: 'bn', ");

    [TestMethod]
    [DataRow("ip")]
    [DataRow("predictions")]
    public void Constructor_FreezeTheHead_ThrowsNamingTheHead(string layerName)
        => AssertRefused<ArgumentException>(layerName, $"Option FreezeThrough is '{layerName}', behind which no layer has weights left to train. The head is 'ip': name a layer before it.");

    [TestMethod]
    public void Constructor_FreezeWithoutAStart_ThrowsNamingBothOptions()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Tiny.Trainer(_mlContext, options => options.FreezeThrough = "bn"));

        StringAssert.StartsWith(error.Message, "Option FreezeThrough is 'bn' but option StartingNetwork is null");
    }

    [TestMethod]
    public void Constructor_StartAndArchitecture_ThrowsNamingBothOptions()
    {
        Network start = Tiny.Fit(_mlContext).Model;

        var error = Assert.ThrowsExactly<ArgumentException>(() => Tiny.Trainer(_mlContext, options => options.StartingNetwork = start));

        StringAssert.StartsWith(error.Message, "Options Network and StartingNetwork are both set");
    }

    [TestMethod]
    public void Fit_StartForOtherCells_ThrowsNamingBothShapes()
    {
        Network start = Network.Initialize(Tiny.Network(new CellShape(2, 12, 12), 3), new Random(1));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tune(start, freezeThrough: null).Fit(Tiny.Cells(_mlContext, 8)));

        Assert.AreEqual("Option StartingNetwork must give a network that ends with a softmax, for cells of 2 channels x 8 rows x 8 columns with 3 classes, " +
            "but gave one that ends with 'predictions' (Activation), for cells of 2 channels x 12 rows x 12 columns with 3 classes.", error.Message);
    }

    private void AssertRefused<TError>(string freezeThrough, string message) where TError : Exception
    {
        Network start = Tiny.Fit(_mlContext).Model;
        StringAssert.StartsWith(Assert.ThrowsExactly<TError>(() => Tune(start, freezeThrough)).Message, message);
    }

    private DeepYeastTrainer Tune(Network start, string? freezeThrough, double rate = 0.02) => Tiny.Trainer(_mlContext, options =>
    {
        options.Network = null;
        options.StartingNetwork = start;
        options.FreezeThrough = freezeThrough;
        options.LearningRate = rate;
        options.Optimizer = new SgdOptimizer();
    });
}
