namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Learning-rate range tests, on losses that are given and on a training.</summary>
[TestClass]
public sealed class LearningRateFinderTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Run_HundredSteps_GoesFromMinimumToMaximumByOneFactor()
    {
        LearningRateRange range = new LearningRateFinder().Run(_ => 1);

        double[] rates = [.. range.Points.Select(point => point.LearningRate)];
        Assert.HasCount(100, rates);
        Assert.AreEqual(1e-5, rates[0], 1e-18);
        Assert.AreEqual(10, rates[^1], 1e-12);
        for (int i = 1; i < rates.Length; i++)
            Assert.AreEqual(Math.Pow(1e6, 1.0 / 99), rates[i] / rates[i - 1], 1e-9);
    }

    [TestMethod]
    public void Run_LossFallsFastestOverOneDecade_SuggestsARateOfIt()
    {
        // A fall like a logistic curve about 1e-2, then a steep rise from 1.
        LearningRateRange range = new LearningRateFinder().Run(rate => 1 + 2 / (1 + Math.Pow(rate / 1e-2, 2)) + Math.Pow(rate, 3));

        // The steps are a factor of 1.15 apart.
        Assert.IsInRange(0.8e-2, 1.25e-2, range.Suggestion!.Value);
    }

    [TestMethod]
    public void Run_SmoothedLossAboveFourTimesItsBest_Stops()
    {
        int steps = 0;

        LearningRateRange range = new LearningRateFinder().Run(_ => ++steps <= 20 ? 1 + 0.001 * steps : 50);

        // 0.9 of about 1 and 0.1 of 50, corrected for the beginning, is above 4 at the first step of 50.
        Assert.HasCount(21, range.Points);
        Assert.IsGreaterThan(4, range.Points[^1].SmoothedLoss);
        Assert.IsNull(range.Suggestion);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void Run_LossIsNoLongerANumber_StopsBeforeIt(double bad)
    {
        int steps = 0;

        LearningRateRange range = new LearningRateFinder().Run(_ => ++steps <= 5 ? 1 : bad);

        Assert.HasCount(5, range.Points);
    }

    [TestMethod]
    public void Find_Trainer_FallsThenRisesAndChangesNothing()
    {
        IDataView cells = Tiny.Cells(_mlContext, 60);
        Network start = Tiny.Fit(_mlContext).Model;
        float[][] before = [.. start.Weights.Select(weight => weight.ToArray())];
        DeepYeastTrainer trainer = Tiny.Trainer(_mlContext, options =>
        {
            options.Network = null;
            options.StartingNetwork = start;
        });
        float[][] fitted = Tiny.Scores(trainer.Fit(cells).Transform(cells));

        LearningRateRange range = new LearningRateFinder { StepCount = 60, Maximum = 1000 }.Find(trainer, cells);

        Assert.IsNotNull(range.Suggestion);
        Assert.IsLessThan(range.Points[0].SmoothedLoss, range.Points.Min(point => point.SmoothedLoss));
        Assert.IsTrue(start.Weights.Zip(before).All(pair => pair.First.SequenceEqual(pair.Second)));
        Assert.IsTrue(RowValues.Same(fitted, Tiny.Scores(trainer.Fit(cells).Transform(cells))));
    }

    [TestMethod]
    public void SaveSvg_Range_DrawsBothLosses()
    {
        using var folder = new TemporaryFolder();

        new LearningRateFinder().Run(rate => 1 + 2 / (1 + rate)).SaveSvg(folder.File("range.svg"));

        string svg = File.ReadAllText(folder.File("range.svg"));
        Assert.IsTrue(new[] { "learning rate", "loss", "grey: each batch, blue: smoothed, orange: suggestion" }.All(text => svg.Contains($">{text}<", StringComparison.Ordinal)), svg[..200]);
    }

    [TestMethod]
    [DataRow(0.0, 10.0, 100, 4.0, "Minimum is 0 but must be above 0 and finite.")]
    [DataRow(1.0, 1.0, 100, 4.0, "Maximum is 1 but must be above Minimum, which is 1, and finite.")]
    [DataRow(1e-5, 10.0, 1, 4.0, "StepCount is 1 but must be at least 2.")]
    [DataRow(1e-5, 10.0, 100, 1.0, "Divergence is 1 but must be above 1.")]
    public void Find_SettingOutOfRange_ThrowsNamingIt(double minimum, double maximum, int steps, double divergence, string expected)
    {
        var finder = new LearningRateFinder { Minimum = minimum, Maximum = maximum, StepCount = steps, Divergence = divergence };

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => finder.Find(Tiny.Trainer(_mlContext), Tiny.Cells(_mlContext, 8)));

        StringAssert.StartsWith(error.Message, expected);
    }

    [TestMethod]
    public void SaveSvg_NoPoints_ThrowsSayingWhy()
    {
        LearningRateRange range = new LearningRateFinder().Run(_ => double.NaN);
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => range.SaveSvg(folder.File("range.svg")));

        Assert.AreEqual("The loss was no number at the first step, so there is no curve to draw. Check that the features lie in [-1, 1].", error.Message);
    }
}
