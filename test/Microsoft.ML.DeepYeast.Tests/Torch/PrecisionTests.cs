using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Trainings whose convolutions and dense layers compute in bfloat16.</summary>
[TestClass]
public sealed class PrecisionTests
{
    // Half a unit in the last of bfloat16's 8 bits.
    private const double Rounding = 1.0 / 256;

    [TestMethod]
    public void Forward_Mixed_IsWithinBFloat16RoundingOfFull()
    {
        double[] full = Logits(bfloat16: false), mixed = Logits(bfloat16: true);

        double scale = full.Max(Math.Abs);
        for (int i = 0; i < full.Length; i++)
            Assert.AreEqual(full[i], mixed[i], 8 * Rounding * scale, $"value {i}");
        Assert.IsFalse(full.SequenceEqual(mixed), "bfloat16 rounds, so the values cannot be equal.");
    }

    [TestMethod]
    public void Backward_Mixed_GivesGradientsOfFloat32NearThoseOfFull()
    {
        float[] full = Gradients(bfloat16: false), mixed = Gradients(bfloat16: true);

        double difference = Math.Sqrt(full.Zip(mixed, (f, m) => Math.Pow(f - m, 2)).Sum()), length = Math.Sqrt(full.Sum(value => value * value));
        Assert.IsLessThan(0.05, difference / length);
    }

    [TestMethod]
    public void Fit_Mixed_LearnsAndScoresInFloat32()
    {
        var mlContext = new MLContext(seed: 1);
        DeepYeastPredictionTransformer model = Tiny.Fit(mlContext, change: options =>
        {
            options.Precision = Precision.Mixed;
            options.Epochs = 10;
        });

        IDataView cells = Tiny.Cells(mlContext, 60, seed: 2);
        Assert.AreEqual(1, mlContext.MulticlassClassification.Evaluate(model.Transform(cells)).MicroAccuracy, 0.05);
    }

    [TestMethod]
    public void Transform_Mixed_RoundsScoresAndAutoGivesTheExactOnesAgain()
    {
        var mlContext = new MLContext(seed: 1);
        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext);
        IDataView predictions = model.Transform(Tiny.Cells(mlContext, 70));
        float[] exact = [.. Tiny.Scores(predictions).SelectMany(scores => scores)];

        model.Precision = Precision.Mixed;
        float[] rounded = [.. Tiny.Scores(predictions).SelectMany(scores => scores)];
        model.Precision = Precision.Auto;

        for (int i = 0; i < exact.Length; i++)
            Assert.AreEqual(exact[i], rounded[i], 8 * Rounding, $"score {i}");
        Assert.IsFalse(exact.SequenceEqual(rounded), "bfloat16 rounds, so the scores cannot be equal.");
        Assert.AreSequenceEqual(exact, Tiny.Scores(predictions).SelectMany(scores => scores).ToArray());
    }

    [TestMethod]
    public void Precision_Unknown_ThrowsNamingIt()
    {
        using DeepYeastPredictionTransformer model = Tiny.Fit(new MLContext(seed: 1));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Precision = (Precision)7);

        StringAssert.StartsWith(error.Message, "Option Precision is 7 but must be Auto, Full, Mixed or TensorFloat32.");
    }

    [TestMethod]
    [DataRow(Precision.Full, Precision.Full)]
    [DataRow(Precision.Mixed, Precision.Mixed)]
    [DataRow(Precision.TensorFloat32, Precision.Full)]
    public void Resolve_ANamedPrecisionOnACpu_IsWhatItSays(Precision precision, Precision expected)
        => Assert.AreEqual(expected, precision.Resolve(CPU, training: true));

    [TestMethod]
    public void Resolve_Auto_IsExactForScoringAndGoesByTheProcessorForTraining()
    {
        Assert.AreEqual(Precision.Full, Precision.Auto.Resolve(CPU, training: false));
        Assert.AreEqual(Processor.HasBFloat16 ? Precision.Mixed : Precision.Full, Precision.Auto.Resolve(CPU, training: true));
    }

    [TestMethod]
    public void Constructor_UnknownPrecision_ThrowsNamingTheOption()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(new MLContext(), options => options.Precision = (Precision)7));

        StringAssert.StartsWith(error.Message, "Option Precision is 7 but must be Auto, Full, Mixed or TensorFloat32.");
    }

    private static double[] Logits(bool bfloat16)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using TorchNetwork network = Create(bfloat16);
        Tensor logits = network.Forward(Cells(), ForwardPass.Inference, logits: true);
        Assert.AreEqual(ScalarType.Float32, logits.dtype);
        return logits.to(float64).data<double>().ToArray();
    }

    private static float[] Gradients(bool bfloat16)
    {
        using var scope = NewDisposeScope();
        using TorchNetwork network = Create(bfloat16);
        network.PrepareTraining();
        functional.cross_entropy(network.Forward(Cells(), new(BatchStatistics: true, null, null), logits: true), arange(16, dtype: int64) % 3).backward();
        Assert.AreEqual(ScalarType.Float32, network.Gradients!.dtype);
        return network.Gradients.data<float>().ToArray();
    }

    private static TorchNetwork Create(bool bfloat16) => new(Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)), CPU, bfloat16: bfloat16);

    private static Tensor Cells()
    {
        var random = new Random(3);
        return tensor([.. Enumerable.Range(0, 16 * Tiny.Shape.Size).Select(_ => random.NextSingle() * 2 - 1)], [16, 8, 8, 2]).permute(0, 3, 1, 2);
    }
}
