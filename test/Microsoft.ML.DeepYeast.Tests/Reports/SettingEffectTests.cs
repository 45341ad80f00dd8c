using Microsoft.ML.DeepYeast.Reports;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>How far figures go with settings, against analyses of variance by hand.</summary>
[TestClass]
public sealed class SettingEffectTests
{
    // Means 2 and 5 of (1, 2, 3) and (4, 6) with the mean of all 16 / 5: between 3 * 1.2^2 + 2 * 1.8^2 = 10.8, in all 4.84 + 1.44 + 0.04 + 0.64 + 7.84 = 14.8.
    [TestMethod]
    public void Of_OneSettingThatVaries_HasItsShareOfTheVariance()
    {
        TrialSettings adam = new(), sgd = new() { Optimizer = "Sgd" };

        SettingEffect effect = SettingEffect.Of([(adam, 1), (sgd, 4), (adam, 2), (adam, 3), (sgd, 6)]).Single();

        Assert.AreEqual("optimizer", effect.Name);
        Assert.AreSequenceEqual(new SettingLevel[] { new("Adam", 3, 2), new("Sgd", 2, 5) }, effect.Levels);
        Assert.AreEqual(10.8 / 14.8, effect.Share!.Value, 1e-12);
        Assert.AreEqual(1.0 / 4, effect.ShareByChance, 1e-12);
    }

    // 1e-4 to 0.1 are three powers of ten; a third of the logarithms is one.
    [TestMethod]
    public void Of_RatesThatGoByPowers_AreCutIntoThirdsOfTheirLogarithms()
    {
        double[] rates = [1e-4, 5e-4, 2e-3, 5e-3, 0.02, 0.1];

        SettingEffect effect = SettingEffect.Of([.. rates.Select((rate, i) => (new TrialSettings { LearningRate = rate }, (double)i))]).Single();

        Assert.AreSequenceEqual(
            new SettingLevel[] { new("0.0001 to 0.0005", 2, 0.5), new("0.002 to 0.005", 2, 2.5), new("0.02 to 0.1", 2, 4.5) }, effect.Levels);
        // Between 2 * (2^2 + 0 + 2^2) = 16 of 17.5.
        Assert.AreEqual(16 / 17.5, effect.Share!.Value, 1e-12);
    }

    [TestMethod]
    public void Of_NumbersThatDoNot_AreCutEvenlyAndAnEmptyThirdIsLeftOut()
    {
        double[] smoothings = [0, 0.01, 0.02, 0.2];

        SettingEffect effect = SettingEffect.Of([.. smoothings.Select(smoothing => (new TrialSettings { LabelSmoothing = smoothing }, 1 + smoothing))]).Single();

        Assert.AreSequenceEqual(new[] { "0 to 0.02", "0.2" }, effect.Levels.Select(level => level.Values));
        Assert.AreSequenceEqual(new[] { 3, 1 }, effect.Levels.Select(level => level.TrialCount));
    }

    // Noise: the mean of the share over many draws is what chance gives.
    [TestMethod]
    public void Of_SettingsThatDoNothing_ReachTheShareOfChanceOnAverage()
    {
        const int Draws = 4000;
        var random = new Random(1);
        double sum = 0, chance = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            SettingEffect effect = SettingEffect.Of([.. Enumerable.Range(0, 12).Select(i => (new TrialSettings { BatchSize = 16 << (i % 3) }, Normal(random)))]).Single();
            sum += effect.Share!.Value;
            chance = effect.ShareByChance;
        }

        Assert.AreEqual(2.0 / 11, chance, 1e-12);
        // The share is Beta(1, 4.5): standard deviation 0.151, so 0.0024 of the mean.
        Assert.AreEqual(chance, sum / Draws, 5 * 0.0024);
    }

    [TestMethod]
    public void Of_WidthOfANetworkWithOneWidth_IsNotCounted()
    {
        (TrialSettings, double)[] trials =
        [
            (new() { Width = 0.25 }, 1), (new() { Width = 0.5 }, 2), (new() { Width = 0.125, Network = "MobileNet" }, 3), (new() { Width = 1, Network = "ResNet50", StartingPoint = "Given" }, 4),
        ];

        IReadOnlyList<SettingEffect> effects = SettingEffect.Of(trials);

        Assert.AreSequenceEqual(new[] { "0.25", "0.5" }, effects.Single(effect => effect.Name == "width").Levels.Select(level => level.Values));
        Assert.AreSequenceEqual(new[] { "DeepYeastPooled", "MobileNet" }, effects.Single(effect => effect.Name == "network").Levels.Select(level => level.Values));
        Assert.AreEqual(4, effects.Single(effect => effect.Name == "starting point").TrialCount);
    }

    [TestMethod]
    public void Of_Effects_AreSortedByTheirShare()
    {
        (TrialSettings, double)[] trials =
        [
            (new() { BatchSize = 16, BalancedClasses = true }, 1), (new() { BatchSize = 16 }, 1.1), (new() { BatchSize = 32, BalancedClasses = true }, 2), (new() { BatchSize = 32 }, 2.1),
        ];

        IReadOnlyList<SettingEffect> effects = SettingEffect.Of(trials);

        Assert.AreSequenceEqual(new[] { "batch size", "balanced classes" }, effects.Select(effect => effect.Name));
        // Two factors crossed evenly: the shares are 1 and 0.01 of 1.01.
        Assert.AreEqual(1 / 1.01, effects[0].Share!.Value, 1e-9);
        Assert.AreEqual(0.01 / 1.01, effects[1].Share!.Value, 1e-9);
        Assert.AreSequenceEqual(new[] { "no", "yes" }, effects[1].Levels.Select(level => level.Values));
        Assert.IsTrue(effects.All(effect => effect.Companions.Count == 0), "They vary independently.");
    }

    // Cramér's V of batch size and optimizer is 1. That of schedule and both, with counts 3, 1, 1, 3 where evenly mixed ones are 2 each, is (4 * 1 / 2 / 8)^0.5 = 0.5.
    [TestMethod]
    public void Of_SettingsThatGoTogether_AreNamedAsCompanions()
    {
        (TrialSettings, double)[] trials = [.. Enumerable.Range(0, 8).Select(i => (new TrialSettings
        {
            BatchSize = i < 4 ? 16 : 32,
            Optimizer = i < 4 ? "Adam" : "Sgd",
            Schedule = i is < 3 or 7 ? "Cosine" : "Constant",
        }, (double)i))];

        IReadOnlyList<SettingEffect> effects = SettingEffect.Of(trials);

        Assert.AreSequenceEqual(new[] { "optimizer" }, effects.Single(effect => effect.Name == "batch size").Companions);
        Assert.AreSequenceEqual(new[] { "batch size" }, effects.Single(effect => effect.Name == "optimizer").Companions);
        Assert.IsEmpty(effects.Single(effect => effect.Name == "schedule").Companions);
    }

    [TestMethod]
    public void Of_EqualFigures_HasNoShare()
        => Assert.IsNull(SettingEffect.Of([(new() { BatchSize = 16 }, 0.5), (new() { BatchSize = 32 }, 0.5)]).Single().Share);

    [TestMethod]
    public void Of_NothingThatVaries_IsEmpty()
    {
        Assert.IsEmpty(SettingEffect.Of([(new(), 1), (new(), 2)]));
        Assert.IsEmpty(SettingEffect.Of([]));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
