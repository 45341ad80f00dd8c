using Microsoft.ML.DeepYeast.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Mixtures of cells: their shares, their pixels, their targets.</summary>
[TestClass]
public sealed class MixupTests
{
    private const int Draws = 100_000;

    // Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)), fourth central moment 3 / (16 (2a + 1) (2a + 3)).
    [TestMethod]
    [DataRow(0.2)]
    [DataRow(1.0)]
    [DataRow(2.5)]
    public void Next_HundredThousandDraws_HaveTheMomentsOfBeta(double alpha)
    {
        var beta = new BetaDistribution(alpha, new Random(1));

        double[] draws = [.. Enumerable.Range(0, Draws).Select(_ => beta.Next())];

        double variance = 1 / (4 * (2 * alpha + 1)), fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
        Assert.IsTrue(draws.All(draw => draw is >= 0 and <= 1));
        Assert.AreEqual(0.5, draws.Average(), 5 * Math.Sqrt(variance / Draws));
        Assert.AreEqual(variance, draws.Average(draw => Math.Pow(draw - 0.5, 2)), 5 * Math.Sqrt((fourth - variance * variance) / Draws));
        Assert.AreEqual(fourth, draws.Average(draw => Math.Pow(draw - 0.5, 4)), 0.02 * fourth);
    }

    // The arcsine law: P(x < t) = 2 / pi asin(sqrt(t)).
    [TestMethod]
    public void Next_AlphaOfAHalf_FollowsTheArcsineLaw()
    {
        var beta = new BetaDistribution(0.5, new Random(2));
        double[] draws = [.. Enumerable.Range(0, Draws).Select(_ => beta.Next()).Order()];

        foreach (double t in new[] { 0.01, 0.1, 0.3, 0.5, 0.9 })
            Assert.AreEqual(2 / Math.PI * Math.Asin(Math.Sqrt(t)), draws.Count(draw => draw < t) / (double)Draws, 0.008, $"below {t}");
    }

    [TestMethod]
    public void Next_TinyAlpha_IsAlwaysANumber()
    {
        var beta = new BetaDistribution(1e-4, new Random(3));

        Assert.IsTrue(Enumerable.Range(0, 1000).All(_ => beta.Next() is >= 0 and <= 1));
    }

    [TestMethod]
    public void Mix_GivenShares_IsTheWeightedSumRowByRow()
    {
        using var scope = NewDisposeScope();
        Tensor first = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [3, 1, 2, 1]), second = tensor(new float[] { 10, 20, 30, 40, 50, 60 }, [3, 1, 2, 1]);

        float[] mixed = Mixup.Mix(first, second, tensor(new float[] { 1, 0, 0.25f })).data<float>().ToArray();

        Assert.AreSequenceEqual(new float[] { 1, 2, 30, 40, 0.25f * 5 + 0.75f * 50, 0.25f * 6 + 0.75f * 60 }, mixed);
    }

    [TestMethod]
    public void Mix_Targets_SumToOne()
    {
        using var scope = NewDisposeScope();
        var mixup = new Mixup(0.2, [.. Enumerable.Range(0, 64)]);
        using var targets = new TrainingTargets(5, smoothing: 0.1, weights: null, CPU);
        Tensor first = targets.Create(arange(64, dtype: int64) % 5), second = targets.Create(tensor([.. Enumerable.Range(0, 64).Select(i => (long)(i / 13))], dtype: int64));

        Tensor mixed = Mixup.Mix(first, second, tensor([.. mixup.DrawShares(64, new Random(4))]));

        foreach (float sum in mixed.sum(1).data<float>())
            Assert.AreEqual(1, sum, 1e-6);
    }

    [TestMethod]
    public void DrawPartners_TwoEpochs_GiveTwoOrdersOfAllRows()
    {
        int[] rows = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31];
        var mixup = new Mixup(0.2, rows);

        int[] first = mixup.DrawPartners(new Random(5)), second = mixup.DrawPartners(new Random(6));

        CollectionAssert.AreEquivalent(rows, first);
        CollectionAssert.AreEquivalent(rows, second);
        Assert.IsFalse(first.SequenceEqual(second));
    }

    [TestMethod]
    public void Fit_Mixup_LearnsTheClassesThatItMixes()
    {
        var mlContext = new MLContext(seed: 1);
        var model = Tiny.Fit(mlContext, change: options =>
        {
            options.MixupAlpha = 0.2;
            options.Epochs = 12;
        });

        Assert.AreEqual(1, mlContext.MulticlassClassification.Evaluate(model.Transform(Tiny.Cells(mlContext, 60, seed: 2))).MicroAccuracy, 0.05);
    }
}
