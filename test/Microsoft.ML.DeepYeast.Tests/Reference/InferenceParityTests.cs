using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Keras's weights give Keras's numbers.</summary>
[TestClass]
public sealed class InferenceParityTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("DeepYeast", null)]
    [DataRow("ResNet50", null)]
    [DataRow("MobileNet", null)]
    [DataRow("MobileNet", "MobileNet.model.h5")]
    [DataRow("DenseNet40_BC", null)]
    public void Probabilities_ReferenceCells_EqualKerasInFloat64(string name, string? file)
    {
        double[] actual = KerasReference.Infer(KerasReference.Load(name, file));

        double difference = KerasReference.LargestDifference(KerasReference.Output(name, "probabilities_float64").Values, actual);
        TestContext.WriteLine($"{file ?? name}: probabilities differ by {difference:E1} at most.");
        Assert.IsLessThanOrEqualTo(1e-5, difference);
    }

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void Layers_ReferenceCells_EqualKeras(string name)
    {
        Network network = KerasReference.Load(name);
        foreach (string layer in KerasReference.StoredLayers(name))
        {
            (double[] expected, int[] dimensions) = KerasReference.Output(name, $"layers/{layer}");

            Network cut = network.CutAt(layer);
            double[] actual = KerasReference.Infer(cut, count: dimensions[0]);

            Assert.AreSequenceEqual(dimensions[1..], cut.Graph.OutputShape.KerasDimensions, layer);
            double difference = KerasReference.LargestDifference(expected, actual) / expected.Max(Math.Abs);
            TestContext.WriteLine($"{name} {layer}: differs by {difference:E1} of its largest value.");
            Assert.IsLessThanOrEqualTo(1e-4, difference, layer);
        }
    }

    [TestMethod]
    [DataRow("DeepYeast", 10, 10)]
    [DataRow("ResNet50", 49, 32)]
    [DataRow("MobileNet", 27, 27)]
    [DataRow("DenseNet40_BC", 76, 36)]
    public void FoldBatchNormalization_ReferenceWeights_KeepsTheProbabilities(string name, int norms, int folded)
    {
        Network network = KerasReference.Load(name);

        Network result = network.FoldBatchNormalization();

        Assert.AreEqual(norms, CountNorms(network));
        Assert.AreEqual(norms - folded, CountNorms(result));
        double difference = KerasReference.LargestDifference(KerasReference.Infer(network), KerasReference.Infer(result));
        TestContext.WriteLine($"{name}: {folded} of {norms} norms folded, probabilities differ by {difference:E1} at most.");
        Assert.IsLessThanOrEqualTo(1e-5, difference);
    }

    private static int CountNorms(Network network) => network.Graph.Layers.OfType<BatchNormalization>().Count();

    [TestMethod]
    public void DeepYeastClassify_WeightFileOfKeras_GivesKerasProbabilitiesAndTheMainClasses()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(KerasReference.Rows());

        IDataView predictions = mlContext.Transforms.DeepYeastClassify(KerasReference.File("DeepYeast.h5"))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data).Transform(data);

        double[] expected = KerasReference.Output("DeepYeast", "probabilities_float64").Values;
        double[][] scores = [.. predictions.GetColumn<float[]>("Score").Select(score => score.Select(value => (double)value).ToArray())];
        Assert.IsLessThanOrEqualTo(1e-5, KerasReference.LargestDifference(expected, [.. scores.SelectMany(score => score)]));
        Assert.AreSequenceEqual(scores.Select(score => LocalizationClasses.Main[Array.IndexOf(score, score.Max())]).ToArray(), predictions.GetColumn<string>("PredictedLabel").ToArray());
    }
}
