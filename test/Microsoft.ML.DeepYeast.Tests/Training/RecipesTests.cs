namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The recipes have the settings of the reference's examples.</summary>
[TestClass]
public sealed class RecipesTests
{
    [TestMethod]
    [DataRow("DeepYeast", "DeepYeast", "AdamOptimizer", 1e-3, "PlateauSchedule", 0, 0.0)]
    [DataRow("DeepYeastAugmented", "DeepYeast", "AdamOptimizer", 1e-3, "PlateauSchedule", 10, 0.0)]
    [DataRow("DeepYeastMixup", "DeepYeast", "AdamOptimizer", 1e-3, "PlateauSchedule", 10, 0.2)]
    [DataRow("ResNet50", "ResNet50", "SgdOptimizer", 0.1, "PlateauSchedule", 0, 0.0)]
    [DataRow("DenseNet40_BC", "DenseNet40_BC", "SgdOptimizer", 0.1, "PlateauSchedule", 0, 0.0)]
    [DataRow("MobileNet", "MobileNet", "AdamOptimizer", 1e-3, "ConstantSchedule", 0, 0.0)]
    public void Recipe_OfTheReference_HasItsSettings(string recipe, string network, string optimizer, double rate, string schedule, int shift, double mixup)
    {
        var options = (DeepYeastTrainer.Options)typeof(Recipes).GetMethod(recipe)!.Invoke(null, null)!;

        options.Validate();
        Assert.AreEqual(network, options.Network!(CellShape.DeepYeast, 12).Name);
        Assert.AreEqual(optimizer, options.Optimizer.GetType().Name);
        Assert.AreEqual(rate, options.LearningRate);
        Assert.AreEqual(schedule, options.Schedule.GetType().Name);
        Assert.AreEqual(64, options.BatchSize);
        Assert.AreEqual(300, options.Epochs);
        Assert.AreEqual(shift, options.Augmentation.MaximumShift);
        Assert.AreEqual(shift > 0, options.Augmentation.HorizontalFlip);
        Assert.AreEqual(mixup, options.MixupAlpha);
        Assert.AreEqual(ModelSelection.Best, options.Selection);
    }

    [TestMethod]
    public void DeepYeast_Plateau_HasTheReferencesNumbers()
    {
        var plateau = (PlateauSchedule)Recipes.DeepYeast().Schedule;

        Assert.AreEqual(new PlateauSchedule { Factor = 0.1, Patience = 5, MinimumRate = 1e-5, Monitor = MonitoredFigure.ValidationAccuracy }, plateau);
        Assert.AreEqual(1e-7, ((AdamOptimizer)Recipes.DeepYeast().Optimizer).Epsilon);
    }

    [TestMethod]
    public void FewCells_HasTheSettingsThatWereMeasured()
    {
        DeepYeastTrainer.Options options = Recipes.FewCells();

        NetworkGraph graph = options.Network!(CellShape.DeepYeast, 5);
        Assert.AreEqual("DeepYeastPooled", graph.Name);
        Assert.AreEqual(16, graph.GetOutputShape("conv1_1").Channels);
        Assert.AreEqual((48, 16, 1e-3, 0.2), (options.Epochs, options.BatchSize, options.LearningRate, options.MixupAlpha));
        Assert.AreEqual(CellAugmentation.None, options.Augmentation);
        Assert.IsInstanceOfType<CosineSchedule>(options.Schedule);
        options.CheckValidation(validates: false);
    }

    [TestMethod]
    public void DeepYeast_Twice_GivesOptionsThatDoNotShareChanges()
    {
        Recipes.DeepYeast().Epochs = 3;

        Assert.AreEqual(300, Recipes.DeepYeast().Epochs);
    }

    [TestMethod]
    public void Trainer_RecipeAndStartingNetwork_ThrowsSayingWhichToSet()
    {
        DeepYeastTrainer.Options options = Recipes.DeepYeast();
        options.StartingNetwork = Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1));

        var error = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().MulticlassClassification.Trainers.DeepYeast(options));

        Assert.AreEqual("Options Network and StartingNetwork are both set, but a starting network has an architecture of its own; set one of them.", error.Message);
    }

    [TestMethod]
    public void Trainer_AveragedWeightsWithMovingStatistics_ThrowsSayingWhyTheyContradict()
    {
        DeepYeastTrainer.Options options = Recipes.DeepYeast();
        (options.WeightAverageDecay, options.Statistics) = (0.99, BatchNormalizationStatistics.MovingAverage);

        var error = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().MulticlassClassification.Trainers.DeepYeast(options));

        Assert.AreEqual(
            "Option WeightAverageDecay is 0.99 and option Statistics is MovingAverage, whose statistics are those of the last weights and do not fit averaged ones. Set one of them to its default.",
            error.Message);
    }
}
