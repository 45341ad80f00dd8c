namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>From files on disk to a verdict on cells of a field of view that the training did not see.</summary>
[TestClass]
public sealed class RealCellsTests
{
    [TestMethod]
    public void Fit_FortyRealCells_TellsMitochondrionFromCytoplasm()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView train = RealCells.Load(mlContext, "train", 20), test = RealCells.Load(mlContext, "test", 40);
        var pipeline = RealCells.Prepare(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
            {
                Network = (cells, classes) => DeepYeast.Networks.DeepYeast(cells, classes, width: 0.1),
                Epochs = 25,
                BatchSize = 10,
                LearningRate = 5e-3,
                Augmentation = CellAugmentation.RoundCells,
                Seed = 2,
                Device = ComputeDevice.Cpu,
            }));

        double accuracy = mlContext.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(test)).MicroAccuracy;

        // Chance is 0.5, and five standard deviations above it for 80 cells is 0.78. Three seeds gave 0.86 to 0.91.
        Assert.IsGreaterThan(0.78, accuracy);
    }

    [TestMethod]
    [DataRow("SdcaMaximumEntropy")]
    [DataRow("LightGbm")]
    public void Fit_TrainersOfMlNetOnRelu4OfRealCells_TellMitochondrionFromCytoplasm(string trainer)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView train = RealCells.Load(mlContext, "train", 40), test = RealCells.Load(mlContext, "test", 40);
        var trainers = mlContext.MulticlassClassification.Trainers;
        IEstimator<ITransformer> learner = trainer == "LightGbm" ? trainers.LightGbm(minimumExampleCountPerLeaf: 5) : trainers.SdcaMaximumEntropy();
        var pipeline = RealCells.Prepare(mlContext)
            .Append(mlContext.Transforms.DeepYeastFeatures(KerasReference.Load("DeepYeast"), layerName: "relu4"))
            .AppendCacheCheckpoint(mlContext)   // the learners go over the rows many times
            .Append(learner);

        double accuracy = mlContext.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(test)).MicroAccuracy;

        // As above; the network had learned proteins of these two localizations.
        Assert.IsGreaterThan(0.78, accuracy);
    }
}
