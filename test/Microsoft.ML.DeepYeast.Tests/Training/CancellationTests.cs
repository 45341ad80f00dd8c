namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A training that is cancelled ends at once, as its options say, and leaves the MLContext usable.</summary>
[TestClass]
public sealed class CancellationTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Fit_TokenCancelledInTheMiddle_ThrowsAndLeavesTheMLContextUsable()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => Tiny.Fit(_mlContext, change: options =>
        {
            options.Epochs = 1000;
            options.CancellationToken = source.Token;
            options.ProgressCallback = report =>
            {
                if (report.Phase == TrainingPhase.Training && ++steps == 2)
                    source.Cancel();
            };
        }));

        Assert.AreEqual(2, steps);
        Assert.IsNotNull(Tiny.Fit(_mlContext));
    }

    [TestMethod]
    public void Fit_TokenCancelledBefore_ThrowsBeforeAnyBatch()
    {
        int reports = 0;

        Assert.Throws<OperationCanceledException>(() => Tiny.Fit(_mlContext, change: options =>
        {
            options.CancellationToken = new CancellationToken(canceled: true);
            options.ProgressCallback = _ => reports++;
        }));

        Assert.AreEqual(0, reports);
    }

    [TestMethod]
    public void Fit_MLContextCancelledInTheMiddle_Throws()
        => Assert.Throws<OperationCanceledException>(() => Tiny.Fit(_mlContext, change: options => options.ProgressCallback = _ => _mlContext.CancelExecution()));

    [TestMethod]
    public void Fit_CancelledWithReturnBest_GivesTheBestValidatedEpochAndTheContextStaysUsable()
    {
        using var source = new CancellationTokenSource();
        IDataView validation = Tiny.Cells(_mlContext, 30, seed: 2);
        DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext, options =>
        {
            options.Epochs = 1000;
            options.CancellationToken = source.Token;
            options.OnCancellation = CancellationOutcome.ReturnBest;
            options.ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Training, Epoch: 4, Batch: 2 })
                    source.Cancel();
            };
        }).Fit(Tiny.Cells(_mlContext, 60), validation);

        Assert.HasCount(3, model.History);
        Assert.AreEqual(model.History[model.History.BestEpoch!.Value - 1].ValidationAccuracy!.Value, _mlContext.MulticlassClassification.Evaluate(model.Transform(validation)).MicroAccuracy, 1e-9);
        Assert.HasCount(3, Tiny.Fit(_mlContext, change: options => options.Epochs = 3).History);
    }

    [TestMethod]
    public void Fit_CancelledWithReturnBestAndNoValidation_GivesTheWeightsWithStatisticsOfTheirOwn()
    {
        using var source = new CancellationTokenSource();

        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, 60, options =>
        {
            options.Epochs = 1000;
            options.Schedule = new ConstantSchedule();
            options.CancellationToken = source.Token;
            options.OnCancellation = CancellationOutcome.ReturnBest;
            options.ProgressCallback = report =>
            {
                if (report is { Phase: TrainingPhase.Training, Epoch: 9, Batch: 2 })
                    source.Cancel();
            };
        });

        Assert.AreEqual(1, _mlContext.MulticlassClassification.Evaluate(model.Transform(Tiny.Cells(_mlContext, 60, seed: 2))).MicroAccuracy, 0.2);
    }
}
