using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What is minimised, and the average of the weights.</summary>
[TestClass]
public sealed class LossTests
{
    [TestMethod]
    public void Create_Smoothing_SpreadsItsShareEvenly()
    {
        using var scope = NewDisposeScope();
        using var targets = new TrainingTargets(4, smoothing: 0.2, weights: null, CPU);

        float[] values = targets.Create(tensor(new long[] { 2 })).data<float>().ToArray();

        Assert.AreSequenceEqual(new[] { 0.05f, 0.05f, 0.85f, 0.05f }, values.Select(value => MathF.Round(value, 6)));
    }

    [TestMethod]
    public void Weigh_Weights_ScaleTheClass()
    {
        using var scope = NewDisposeScope();
        using var targets = new TrainingTargets(3, smoothing: 0, [1, 2, 0.5], CPU);

        float[] values = targets.Weigh(targets.Create(tensor(new long[] { 1, 2 }))).data<float>().ToArray();

        Assert.AreSequenceEqual(new[] { 0f, 2, 0, 0, 0, 0.5f }, values);
    }

    // Of a cell that is mostly of one class the answer is right where it is that class, whatever the other counts.
    [TestMethod]
    public void Fit_WeightsAndSmoothing_CountsAnswersByTheClassesThemselves()
    {
        double accuracy = 0;

        Tiny.Fit(new MLContext(seed: 1), change: options =>
        {
            options.Epochs = 12;
            options.LabelSmoothing = 0.1;
            options.ClassWeights = ClassWeights.Of(1, 1, 1000);
            options.ProgressCallback = report => accuracy = report.Phase == TrainingPhase.EpochCompleted ? report.Accuracy : accuracy;
        });

        Assert.IsLessThan(0.9, accuracy, "With such weights the network answers with the third class, which a third of the cells has.");
    }

    [TestMethod]
    public void Balanced_UnevenClasses_GivesEachClassTheSameSum()
    {
        double[] weights = ClassWeights.Balanced.For([0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2], 3)!;

        // 12 / (3 * 6), 12 / (3 * 2), 12 / (3 * 4).
        Assert.AreSequenceEqual(new[] { 2.0 / 3, 2, 1 }, weights);
    }

    [TestMethod]
    public void Of_WeightsThatAreNone_ThrowsListingThem()
        => StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of(1, 0)).Message,
            "Class weights must be above 0 and finite, one for each class, but are (1, 0).");

    [TestMethod]
    public void Fit_WrongNumberOfClassWeights_ThrowsNamingBoth()
    {
        var mlContext = new MLContext(seed: 1);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(mlContext, change: options => options.ClassWeights = ClassWeights.Of(1, 2)));

        Assert.AreEqual("Option ClassWeights has 2 weights but the label has 3 classes; give one for each.", error.Message);
    }

    [TestMethod]
    public void Take_LongGradient_IsScaledToTheLongestThatIsAllowed()
    {
        using var scope = NewDisposeScope();
        (double free, double[] freeStep) = StepOf(clipNorm: null);
        (double clipped, double[] clippedStep) = StepOf(clipNorm: free / 4);

        Assert.AreEqual(free / 4, clipped, 1e-6 * free);
        for (int i = 0; i < freeStep.Length; i++)
            Assert.AreEqual(freeStep[i] / 4, clippedStep[i], 1e-6, $"parameter {i}");
    }

    [TestMethod]
    public void Update_TwentySteps_IsTheExponentialAverageAndSwapGivesItAndTakesItBack()
    {
        var random = new Random(3);
        using Tensor parameters = zeros(5);
        using var average = new WeightAverage(parameters, decay: 0.8);
        double[] expected = new double[5];
        float[] last = [];
        for (int step = 1; step <= 20; step++)
        {
            last = [.. Enumerable.Range(0, 5).Select(_ => random.NextSingle())];
            using Tensor values = tensor(last);
            parameters.copy_(values);
            average.Update();
            double keep = Math.Min(0.8, (1.0 + step) / (10 + step));
            for (int i = 0; i < 5; i++)
                expected[i] = keep * expected[i] + (1 - keep) * last[i];
        }

        average.Show(true);
        float[] swapped = parameters.data<float>().ToArray();
        average.Show(false);

        for (int i = 0; i < 5; i++)
            Assert.AreEqual(expected[i], swapped[i], 1e-6, $"parameter {i}");
        Assert.AreSequenceEqual(last, parameters.data<float>().ToArray());
    }

    [TestMethod]
    [DataRow(nameof(DeepYeastTrainer.Options.MixupAlpha), -0.1, "at least 0 and finite")]
    [DataRow(nameof(DeepYeastTrainer.Options.LabelSmoothing), 1.0, "in [0, 1)")]
    [DataRow(nameof(DeepYeastTrainer.Options.WeightAverageDecay), 1.0, "in [0, 1)")]
    [DataRow(nameof(DeepYeastTrainer.Options.GradientClipNorm), 0.0, "above 0 and finite, or null")]
    public void Constructor_OptionOutOfRange_ThrowsNamingItAndItsRange(string option, double value, string range)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Tiny.Trainer(new MLContext(), options => typeof(DeepYeastTrainer.Options).GetProperty(option)!.SetValue(options, value)));

        StringAssert.StartsWith(error.Message, FormattableString.Invariant($"Option {option} is {value} but must be {range}."));
    }

    /// <summary>The length of a gradient after a step of plain descent at rate 1, and the step.</summary>
    private static (double Norm, double[] Step) StepOf(double? clipNorm)
    {
        using var network = new TorchNetwork(Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)), CPU);
        using var step = new GradientStep(network, new SgdOptimizer { Momentum = 0, Nesterov = false }, clipNorm);
        using var targets = new TrainingTargets(3, smoothing: 0, weights: null, CPU);
        float[] before = network.Parameters.data<float>().ToArray();
        var random = new Random(2);
        Tensor cells = tensor([.. Enumerable.Range(0, 8 * Tiny.Shape.Size).Select(_ => random.NextSingle())], [8, 8, 8, 2]).permute(0, 3, 1, 2);
        step.Take(cells, targets.Create(arange(8, dtype: int64) % 3), new(BatchStatistics: true, null, null), learningRate: 1);
        double[] change = [.. network.Parameters.data<float>().ToArray().Zip(before, (after, start) => (double)after - start)];
        return (network.Gradients!.norm().item<float>(), change);
    }
}
