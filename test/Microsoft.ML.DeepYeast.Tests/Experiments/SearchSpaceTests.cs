using System.Globalization;
using System.Reflection;
using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The search space is data that any search can read: attributes on properties with public getters and setters.</summary>
[TestClass]
public sealed class SearchSpaceTests
{
    public enum Place
    {
        Lowest,
        Highest,
        Initial,
    }

    [TestMethod]
    [DataRow(Place.Lowest)]
    [DataRow(Place.Highest)]
    [DataRow(Place.Initial)]
    public void Options_FilledAsAutoMLDoes_MakeATrainer(Place end)
    {
        var options = new DeepYeastTrainer.Options();

        int filled = Fill(options, end);

        Assert.IsGreaterThanOrEqualTo(5, filled);
        Assert.IsNotNull(new MLContext().MulticlassClassification.Trainers.DeepYeast(options));
    }

    [TestMethod]
    [DataRow(Place.Lowest)]
    [DataRow(Place.Highest)]
    [DataRow(Place.Initial)]
    public void TrialSettings_FilledAsAutoMLDoes_MakeATrainer(Place end)
    {
        var settings = new TrialSettings();

        int filled = Fill(settings, end);

        Assert.AreEqual(typeof(TrialSettings).GetProperties().Length, filled, "Each property is searched.");
        if (end == Place.Highest)
            settings.StartingPoint = "Scratch";
        Assert.IsNotNull(new MLContext().MulticlassClassification.Trainers.DeepYeast(settings.ToOptions()));
    }

    [TestMethod]
    [DataRow(typeof(DeepYeastTrainer.Options))]
    [DataRow(typeof(TrialSettings))]
    public void InitialValues_AreThoseOfANewObject(Type type)
    {
        object filled = Activator.CreateInstance(type)!, untouched = Activator.CreateInstance(type)!;

        Fill(filled, Place.Initial);

        foreach (PropertyInfo property in type.GetProperties().Where(property => InitialOf(property) is not null))
            Assert.AreEqual(property.GetValue(untouched), property.GetValue(filled), property.Name);
    }

    [TestMethod]
    public void ToOptions_Defaults_AreTheRecipeForFewCells()
    {
        DeepYeastTrainer.Options recipe = Recipes.FewCells(), options = new TrialSettings().ToOptions();

        Assert.AreEqual((recipe.Epochs, recipe.BatchSize, recipe.LearningRate, recipe.MixupAlpha, recipe.LabelSmoothing), (options.Epochs, options.BatchSize, options.LearningRate, options.MixupAlpha, options.LabelSmoothing));
        Assert.AreEqual(recipe.Network!(CellShape.DeepYeast, 5).Summary(), options.Network!(CellShape.DeepYeast, 5).Summary());
        Assert.AreEqual((new AdamOptimizer { WeightDecay = 1e-6 }, recipe.Schedule, recipe.Augmentation), (options.Optimizer, options.Schedule, options.Augmentation));
    }

    [TestMethod]
    public void ToOptions_EachOptimizer_HasTheWeightDecay()
    {
        Assert.AreEqual(new AdamOptimizer { WeightDecay = 0.01 }, new TrialSettings { Optimizer = "Adam", WeightDecay = 0.01 }.ToOptions().Optimizer);
        Assert.AreEqual(new SgdOptimizer { WeightDecay = 0.01 }, new TrialSettings { Optimizer = "Sgd", WeightDecay = 0.01 }.ToOptions().Optimizer);
        Assert.AreEqual(new MuonOptimizer { WeightDecay = 0.01 }, new TrialSettings { Optimizer = "Muon", WeightDecay = 0.01 }.ToOptions().Optimizer);
    }

    [TestMethod]
    public void Pace_OfATraining_IsThatOfItsOptimizer()
    {
        var pace = new TrialPace(TrialPace.Seconds.None);
        TrialSettings adam = new(), muon = new() { Optimizer = "Muon" };
        pace.AddTraining(adam, 0.01);
        pace.AddScoring(adam, 0.002);

        Assert.IsNull(pace.SecondsPerCell(muon));
        Assert.AreEqual(0.002, pace.SecondsPerScoredCell(muon));
        pace.AddTraining(muon, 0.03);
        Assert.AreEqual((0.01, 0.03), (pace.SecondsPerCell(adam), pace.SecondsPerCell(muon)));
    }

    [TestMethod]
    [DataRow("Network", "VGG")]
    [DataRow("Optimizer", "RMSprop")]
    [DataRow("Schedule", "Linear")]
    [DataRow("Augmentation", "Blur")]
    public void ToOptions_UnknownName_SaysWhatThereIs(string property, string value)
    {
        var settings = new TrialSettings();
        typeof(TrialSettings).GetProperty(property)!.SetValue(settings, value);

        var e = Assert.ThrowsExactly<ArgumentException>(() => settings.ToOptions());

        Assert.Contains($"{property} is '{value}' but must be one of", e.Message);
    }

    [TestMethod]
    public void Draw_StaysInTheSpace_AndReachesAllOfIt()
    {
        var space = new TrialSpace([.. Enum.GetValues<ExperimentTrainer>()], hasGiven: true, hasDrawn: true);
        var random = new Random(1);

        TrialSettings[] drawn = [.. Enumerable.Range(0, 500).Select(_ => space.Draw(random))];

        RequireInside(drawn);
        CollectionAssert.AreEquivalent(new[] { "Scratch", "Given", "Drawn" }, drawn.Select(settings => settings.StartingPoint).Distinct().ToArray());
        space = new([.. Enum.GetValues<ExperimentTrainer>()], hasGiven: false, hasDrawn: false);
        drawn = [.. Enumerable.Range(0, 500).Select(_ => space.Draw(random))];
        foreach (PropertyInfo property in typeof(TrialSettings).GetProperties())
        {
            if (property.GetCustomAttribute<ChoiceAttribute>() is { } choice && property.Name != nameof(TrialSettings.StartingPoint))
                CollectionAssert.AreEquivalent(choice.Candidates, drawn.Select(property.GetValue).Distinct().ToArray(), property.Name);
            else if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            {
                bool isOfTwo = property.Name is nameof(TrialSettings.Width) or nameof(TrialSettings.Dropout);   // for two of the architectures
                double[] scaled = [.. drawn.Where(settings => !isOfTwo || settings.HasWidth).Select(settings => Share(range, Convert.ToDouble(property.GetValue(settings), CultureInfo.InvariantCulture)))];
                Assert.IsLessThan(0.05, scaled.Min(), property.Name);
                Assert.IsGreaterThan(0.95, scaled.Max(), property.Name);
                Assert.AreEqual(0.5, scaled.Average(), 0.01 + 4 * Math.Sqrt(1.0 / 12 / scaled.Length), property.Name);   // four standard errors, and integers round
            }
        }
    }

    [TestMethod]
    public void Draw_OnlyWhatMayBeTried()
    {
        var space = new TrialSpace([ExperimentTrainer.MobileNet, ExperimentTrainer.LightGbm], hasGiven: false, hasDrawn: true);
        var random = new Random(1);

        TrialSettings[] drawn = [.. Enumerable.Range(0, 100).Select(_ => space.Draw(random))];

        CollectionAssert.AreEquivalent(new[] { "MobileNet" }, drawn.Where(settings => settings.StartingPoint == "Scratch").Select(settings => settings.Network).Distinct().ToArray());
        Assert.AreEqual(1, drawn.Where(settings => settings.StartingPoint == "Drawn").Select(settings => (settings.Network, settings.Width, settings.Dropout)).Distinct().Count(), "Of a starting network they say nothing.");
        CollectionAssert.AreEquivalent(new[] { "Scratch", "Drawn" }, drawn.Select(settings => settings.StartingPoint).Distinct().ToArray());
    }

    [TestMethod]
    public void DrawNear_ChangesSomething_ButNotMuch()
    {
        var space = new TrialSpace([.. Enum.GetValues<ExperimentTrainer>()], hasGiven: false, hasDrawn: false);
        var parent = new TrialSettings();
        var random = new Random(1);

        TrialSettings[] children = [.. Enumerable.Range(0, 300).Select(_ => space.DrawNear(parent, random))];

        RequireInside(children);
        Assert.IsFalse(children.Contains(parent));
        double changed = children.Average(child => typeof(TrialSettings).GetProperties().Count(property => !Equals(property.GetValue(child), property.GetValue(parent))));
        Assert.IsTrue(changed is > 1 and < 6, $"{changed} of 13 properties");
        double logRatio = children.Where(child => child.Optimizer == parent.Optimizer).Average(child => Math.Abs(Math.Log(child.LearningRate / parent.LearningRate)));
        Assert.IsLessThan(1.0, logRatio);
        foreach ((string optimizer, double usual) in new[] { ("Sgd", 0.05), ("Muon", 2e-3) })
        {
            double[] logs = [.. children.Where(child => child.Optimizer == optimizer).Select(child => Math.Log(child.LearningRate / usual))];
            Assert.AreEqual(0, logs.Average(), 4 * 0.8 / Math.Sqrt(logs.Length), $"Another optimizer has rates of another size: {optimizer}.");
        }
    }

    [TestMethod]
    public void DrawRate_IsNearTheSuggestion()
    {
        var space = new TrialSpace([ExperimentTrainer.DeepYeastPooled], hasGiven: false, hasDrawn: false);
        var random = new Random(1);
        var settings = new TrialSettings();

        double[] logarithms = [.. Enumerable.Range(0, 400).Select(_ =>
        {
            space.DrawRate(settings, 0.01, random);
            return Math.Log(settings.LearningRate / 0.01);
        })];

        Assert.AreEqual(0, logarithms.Average(), 0.16);   // four standard errors
        Assert.AreEqual(0.8, Math.Sqrt(logarithms.Average(value => value * value)), 0.12);
    }

    // As Microsoft.ML.AutoML does: properties with an attribute get their value, converted, through their setter.
    private static int Fill(object target, Place end)
    {
        int count = 0;
        foreach (PropertyInfo property in target.GetType().GetProperties())
        {
            object? value = property.GetCustomAttributes().Select(attribute => (attribute, end) switch
            {
                (_, Place.Initial) => InitialOf(property),
                (RangeAttribute range, Place.Lowest) => range.Min,
                (RangeAttribute range, _) => range.Max,
                (ChoiceAttribute choice, Place.Lowest) => choice.Candidates[0],
                (ChoiceAttribute choice, _) => choice.Candidates[^1],
                (BooleanChoiceAttribute, _) => end == Place.Highest,
                _ => null,
            }).FirstOrDefault(value => value is not null);
            if (value is null)
                continue;
            property.SetValue(target, Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));
            count++;
        }
        return count;
    }

    private static object? InitialOf(PropertyInfo property) => property.GetCustomAttributes().Select(attribute => attribute switch
    {
        RangeAttribute range => range.Init,
        ChoiceAttribute choice => choice.DefaultValue,
        BooleanChoiceAttribute choice => choice.DefaultValue,
        _ => null,
    }).FirstOrDefault(value => value is not null);

    private static void RequireInside(TrialSettings[] settings)
    {
        foreach (PropertyInfo property in typeof(TrialSettings).GetProperties())
        {
            if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
                continue;
            foreach (TrialSettings each in settings)
                Assert.IsTrue(Share(range, Convert.ToDouble(property.GetValue(each), CultureInfo.InvariantCulture)) is >= -0.01 and <= 1.01, $"{property.Name} of {each}");   // three digits
        }
    }

    private static double Share(RangeAttribute range, double value)
    {
        double low = Convert.ToDouble(range.Min, CultureInfo.InvariantCulture), high = Convert.ToDouble(range.Max, CultureInfo.InvariantCulture);
        return range.LogBase ? Math.Log(value / low) / Math.Log(high / low) : (value - low) / (high - low);
    }
}
