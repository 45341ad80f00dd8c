using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Fit hands its options to the parts that carry them out.</summary>
[TestClass]
public sealed class TrainingOptionsTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("mixup")]
    [DataRow("augmentation")]
    [DataRow("clipping")]
    [DataRow("smoothing")]
    [DataRow("class weights")]
    [DataRow("average")]
    [DataRow("decay")]
    [DataRow("schedule")]
    public void Fit_OptionOfTheSteps_ChangesTheWeights(string option)
    {
        DeepYeastPredictionTransformer plain = Tiny.Fit(_mlContext), changed = Tiny.Fit(_mlContext, change: options =>
        {
            switch (option)
            {
                case "mixup": options.MixupAlpha = 0.2; break;
                case "augmentation": options.Augmentation = CellAugmentation.RoundCells with { MaximumShift = 1 }; break;
                case "clipping": options.GradientClipNorm = 1e-3; break;
                case "smoothing": options.LabelSmoothing = 0.1; break;
                case "class weights": options.ClassWeights = ClassWeights.Of(1, 1, 2); break;
                case "average": options.WeightAverageDecay = 0.9; break;
                case "decay": options.Optimizer = new AdamOptimizer { WeightDecay = 0.1 }; break;
                case "schedule": options.Schedule = new ConstantSchedule(); break;
            }
        });

        Assert.AreNotEqual(plain.Model.GetWeight("conv", "kernel").ToArray()[0], changed.Model.GetWeight("conv", "kernel").ToArray()[0]);
    }

    [TestMethod]
    public void Fit_Cosine_TakesTheStepsThatTheScheduleSays()
    {
        const int epochs = 5, steps = 3;

        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.Epochs = epochs);

        ScheduleState schedule = new CosineSchedule().Start(peak: 0.02, stepCount: epochs * steps);
        for (int epoch = 1; epoch <= epochs; epoch++)
            Assert.AreEqual(schedule.At(epoch * steps - 1), model.History[epoch - 1].LearningRate, $"epoch {epoch}");
    }

    [TestMethod]
    public void Fit_WeightAverage_GivesWeightsNearerToTheStart()
    {
        Network start = Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1));

        double plain = Distance(0), averaged = Distance(0.999);

        Assert.IsLessThan(0.95 * plain, averaged);   // the first averages forget fast

        double Distance(double decay) => Tiny.Fit(_mlContext, change: options =>
        {
            (options.Network, options.StartingNetwork, options.Schedule, options.WeightAverageDecay) = (null, start, new ConstantSchedule(), decay);
            options.LearningRate = 1e-3;
        }).Model.GetWeight("conv", "kernel").ToArray().Zip(start.GetWeight("conv", "kernel").ToArray(), (end, begin) => Math.Abs(end - begin)).Sum();
    }

    [TestMethod]
    public void Fit_SelectionOfTheLast_GivesTheWeightsOfTheLastEpoch()
    {
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options =>
        {
            (options.Epochs, options.ValidationFraction, options.Selection) = (4, 0.3, ModelSelection.Last);
        });

        Assert.AreEqual(4, model.History.BestEpoch);
    }

    [TestMethod]
    public void Fit_TimeLeft_IsKnownAfterTheFirstBatchAndNothingAtTheEnd()
    {
        var left = new List<TimeSpan?>();

        Tiny.Fit(_mlContext, change: options =>
        {
            (options.Epochs, options.ValidationFraction) = (4, 0.3);
            options.ProgressCallback = report =>
            {
                if (report.Phase is TrainingPhase.Training or TrainingPhase.EpochCompleted)
                    left.Add(report.TimeLeft);
            };
        });

        Assert.IsTrue(left[..^1].Any(time => time > TimeSpan.Zero), "There was something left to do.");
        Assert.AreEqual(TimeSpan.Zero, left[^1]);
    }
}
