using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>How the learning rate goes, which epoch is kept, and when a training ends.</summary>
[TestClass]
public sealed class SchedulesTests
{
    [TestMethod]
    public void Cosine_FirstSteps_RisesInAStraightLine()
    {
        ScheduleState schedule = new CosineSchedule().Start(peak: 2, stepCount: 100);

        // 5 % of 100 steps warm up: a sixth, two sixths, ...
        for (int step = 0; step <= 5; step++)
            Assert.AreEqual(2 * (step + 1) / 6.0, schedule.At(step), 1e-12);
    }

    [TestMethod]
    public void Cosine_AfterTheWarmUp_FallsAlongHalfACosineToZero()
    {
        ScheduleState schedule = new CosineSchedule().Start(peak: 2, stepCount: 205);

        // The warm-up takes 10.25 steps, so half of the rest is over between steps 107 and 108.
        Assert.AreEqual(1, (schedule.At(107) + schedule.At(108)) / 2, 0.01);
        Assert.AreEqual(1 + Math.Cos(Math.PI * (204 - 10.25) / (205 - 10.25)), schedule.At(204), 1e-12);
        Assert.IsTrue(Enumerable.Range(11, 193).All(step => schedule.At(step) > schedule.At(step + 1)));
    }

    [TestMethod]
    public void Cosine_OneStepAlone_IsAboveZero() => Assert.IsGreaterThan(0, new CosineSchedule().Start(1, 1).At(0));

    [TestMethod]
    public void Constant_AnyStep_IsThePeak()
    {
        ScheduleState schedule = new ConstantSchedule().Start(peak: 0.3, stepCount: 10);

        Assert.IsTrue(Enumerable.Range(0, 12).All(step => schedule.At(step) == 0.3));
    }

    // The rule as Keras documents it, followed by hand: better is more than 1e-4 above the best so far; after 5 epochs that are not better in a row the
    // rate is divided by ten, not below 1e-5, and the count begins anew. Epochs from 1: the best are 1-4, 7, 12, 13, 14, 21, 27, 28, 34, 40, 52.
    [TestMethod]
    public void Plateau_SixtyAccuracies_GivesTheRatesOfKerasReduceLROnPlateau()
    {
        double[] accuracies =
        [
            0.30, 0.41, 0.47, 0.52, 0.52, 0.51, 0.53, 0.53005, 0.53, 0.5299,
            0.53005, 0.5302, 0.56, 0.58, 0.57, 0.575, 0.579, 0.5799, 0.58, 0.58,
            0.61, 0.60, 0.605, 0.60, 0.59, 0.595, 0.62, 0.63, 0.63, 0.6299,
            0.63005, 0.6298, 0.6297, 0.64, 0.63, 0.63, 0.63, 0.63, 0.63, 0.65,
            0.649, 0.648, 0.65, 0.65005, 0.65, 0.6499, 0.65, 0.65, 0.65, 0.65,
            0.65, 0.66, 0.655, 0.655, 0.655, 0.655, 0.655, 0.655, 0.655, 0.655,
        ];
        // Epoch, counted from 1, from whose end on the rate holds.
        (int Epoch, double Rate)[] expected = [(1, 0.1), (19, 0.01), (26, 1e-3), (33, 1e-4), (39, 1e-5)];
        ScheduleState schedule = new PlateauSchedule().Start(peak: 0.1, stepCount: 60);

        for (int epoch = 1; epoch <= accuracies.Length; epoch++)
        {
            schedule.EndEpoch(Figures(epoch, accuracies[epoch - 1], 1));
            Assert.AreEqual(expected.Last(entry => entry.Epoch <= epoch).Rate, schedule.At(0), 1e-12, $"after epoch {epoch}");
        }
    }

    [TestMethod]
    public void Plateau_Loss_CountsLessAsBetter()
    {
        ScheduleState schedule = new PlateauSchedule { Monitor = MonitoredFigure.ValidationLoss, Patience = 2, Factor = 0.5 }.Start(peak: 1, stepCount: 1);

        double[] rates = [.. new[] { 2.0, 1.0, 1.5, 1.2, 0.9, 1.0, 0.95, 0.99, 0.91 }.Select((loss, i) =>
        {
            schedule.EndEpoch(Figures(i + 1, accuracy: 0.5, loss));
            return schedule.At(0);
        })];

        Assert.AreSequenceEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125], rates);
    }

    [TestMethod]
    public void Plateau_SavedInTheMiddle_GoesOnAlike()
    {
        var settings = new PlateauSchedule { Patience = 2, Factor = 0.5 };
        ScheduleState first = settings.Start(peak: 1, stepCount: 1), second = settings.Start(peak: 1, stepCount: 1);
        double[] accuracies = [0.5, 0.4, 0.4, 0.4, 0.6, 0.5, 0.5];
        foreach (double accuracy in accuracies[..4])
            first.EndEpoch(Figures(1, accuracy, 1));

        using var stream = new MemoryStream();
        first.Save(new BinaryWriter(stream));
        stream.Position = 0;
        second.Load(new BinaryReader(stream));

        Assert.AreEqual(stream.Length, stream.Position);
        Assert.AreEqual(0.5, second.At(0));
        foreach (double accuracy in accuracies[4..])
            second.EndEpoch(Figures(1, accuracy, 1));
        Assert.AreEqual(0.25, second.At(0));
    }

    [TestMethod]
    public void EarlyStopping_PatienceOver_StopsAtThatEpoch()
    {
        EarlyStopping.State stopping = new EarlyStopping { Patience = 3 }.Start();

        bool[] stops = [.. new[] { 0.5, 0.6, 0.6, 0.55, 0.6 }.Select((accuracy, i) =>
        {
            stopping.EndEpoch(Figures(i + 1, accuracy, 1));
            return stopping.Stops;
        })];

        Assert.AreSequenceEqual([false, false, false, false, true], stops);
    }

    [TestMethod]
    public void Fit_EarlyStopping_EndsBeforeTheLastEpochAndGivesTheBest()
    {
        var mlContext = new MLContext(seed: 1);
        DeepYeastPredictionTransformer model = Tiny.Trainer(mlContext, options =>
        {
            options.Epochs = 60;
            options.EarlyStopping = new() { Patience = 4 };
        }).Fit(Tiny.Cells(mlContext, 48), Tiny.Cells(mlContext, 30, seed: 2));

        Assert.IsInRange(5, 59, model.History.Count);
        Assert.AreEqual(model.History.Count - 4, model.History.ToList().FindIndex(figures => figures.ValidationAccuracy == model.History.Max(other => other.ValidationAccuracy)) + 1);
    }

    [TestMethod]
    public void Fit_SelectionOfTheBest_GivesTheWeightsOfTheBestEpoch()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView validation = Tiny.Cells(mlContext, 30, seed: 2);
        DeepYeastPredictionTransformer model = Tiny.Trainer(mlContext, options =>
        {
            options.Epochs = 8;
            options.LearningRate = 20;   // large enough to jump about
            options.Schedule = new ConstantSchedule();
        }).Fit(Tiny.Cells(mlContext, 48), validation);

        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(validation));
        EpochFigures best = model.History[model.History.BestEpoch!.Value - 1];
        Assert.AreEqual(best.ValidationAccuracy!.Value, metrics.MicroAccuracy, 1e-9);
        Assert.AreEqual(best.ValidationLoss!.Value, metrics.LogLoss, 1e-5);
        foreach (EpochFigures other in model.History)
            Assert.IsTrue(other.ValidationAccuracy < best.ValidationAccuracy || (other.ValidationAccuracy == best.ValidationAccuracy && other.ValidationLoss >= best.ValidationLoss), $"{other}");
        Assert.AreNotEqual(model.History[^1], best, "An epoch before the last should be the best one here, or the test shows nothing.");
    }

    [TestMethod]
    public void BestNetwork_EqualAccuracies_IsTheOneWithTheLowestLoss()
    {
        var best = new BestNetwork();
        (double Accuracy, double Loss)[] epochs = [(0.5, 0.9), (0.7, 0.8), (0.7, 0.6), (0.7, 0.7), (0.6, 0.1), (0.7, 0.6)];

        for (int i = 0; i < epochs.Length; i++)
            best.EndEpoch(Figures(i + 1, epochs[i].Accuracy, epochs[i].Loss), () => Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)));

        Assert.AreEqual(3, best.Epoch);
    }

    [TestMethod]
    [DataRow(true, "Option Schedule is a PlateauSchedule, which goes by the figures of validation cells, but there are none. Set ValidationFraction, or give Fit validation data.")]
    [DataRow(false, "Option EarlyStopping is set, which goes by the figures of validation cells, but there are none.")]
    public void Fit_NoValidation_ThrowsNamingTheOptionThatNeedsIt(bool plateau, string expected)
    {
        var mlContext = new MLContext(seed: 1);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(mlContext, change: options =>
        {
            options.Schedule = plateau ? new PlateauSchedule() : new ConstantSchedule();
            options.EarlyStopping = plateau ? null : new();
        }));

        StringAssert.StartsWith(error.Message, expected);
    }

    [TestMethod]
    [DataRow("Factor", "Option Schedule.Factor is 1 but must be in (0, 1).")]
    [DataRow("Patience", "Option Schedule.Patience is 0 but must be at least 1.")]
    [DataRow("MinimumRate", "Option Schedule.MinimumRate is 0.1 but must be below option LearningRate, which is 0.02, or the rate can never fall.")]
    [DataRow("WarmUpShare", "Option Schedule.WarmUpShare is 1 but must be in [0, 1).")]
    [DataRow("EarlyStopping", "Option EarlyStopping.Patience is -1 but must be at least 1.")]
    public void Constructor_SettingOutOfRange_ThrowsNamingIt(string setting, string expected)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(new MLContext(), options =>
        {
            options.Schedule = setting switch
            {
                "Factor" => new PlateauSchedule { Factor = 1 },
                "Patience" => new PlateauSchedule { Patience = 0 },
                "MinimumRate" => new PlateauSchedule { MinimumRate = 0.1 },
                "WarmUpShare" => new CosineSchedule { WarmUpShare = 1 },
                _ => new ConstantSchedule(),
            };
            options.EarlyStopping = setting == "EarlyStopping" ? new() { Patience = -1 } : null;
        }));

        StringAssert.StartsWith(error.Message, expected);
    }

    private static EpochFigures Figures(int epoch, double accuracy, double loss) => new(epoch, 1, 0.5, loss, accuracy, 1, TimeSpan.Zero);
}
