using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Transforms.Image;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Grad-CAM against Keras, against its closed form, and against finite differences in float64; as a step of a pipeline; and as a picture.</summary>
[TestClass]
public sealed class ExplanationTests
{
    private static readonly string[] s_classes = ["red", "green", "both"];

    private readonly MLContext _mlContext = new(seed: 1);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(ExplanationMethod.GradCam, "gradcam/paper")]
    [DataRow(ExplanationMethod.ClippedSoftmax, "gradcam/softmax_clipped")]
    public void Transform_ReferenceCells_EqualsKeras(ExplanationMethod method, string dataset)
    {
        (double[] expected, int[] dimensions) = KerasReference.Output("DeepYeast", dataset);
        IDataView cells = _mlContext.Data.LoadFromEnumerable(KerasReference.Rows());

        using DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(KerasReference.Load("DeepYeast"), new() { Method = method }).Fit(cells);
        float[][] maps = Maps(model.Transform(cells));

        Assert.AreEqual("relu3_4", model.LayerName);
        Assert.AreSequenceEqual([32, 16, 16], dimensions);
        double[] differences = [.. maps.Zip(expected.Chunk(16 * 16), (map, keras) => KerasReference.LargestDifference(keras, [.. map.Select(value => (double)value)]) / keras.Max(Math.Abs))];
        TestContext.WriteLine($"{dataset}: maps differ by {differences.Max():E1} of their largest value at most, by {differences.Average():E1} in the mean.");
        Assert.HasCount(32, differences);
        Assert.IsLessThanOrEqualTo(1e-5, differences.Max());
    }

    // Where a layer's mean goes into a dense layer, the gradient is the same at each pixel: the class's weight over the number of pixels (arXiv:1610.02391, 3.1).
    [TestMethod]
    [DataRow(ExplanationMethod.GradCam)]
    [DataRow(ExplanationMethod.ClippedSoftmax)]
    public void Transform_MeanBeforeADenseLayer_IsTheSumOfTheClassesWeights(ExplanationMethod method)
    {
        Network network = NetworkRun.Randomized(Tiny.Network(Tiny.Shape, 3));
        List<Tiny.Row> rows = Tiny.Rows(70);
        float[] kernel = network.GetWeight("ip", "kernel").ToArray();   // (channel, class)

        float[][] maps = Maps(Explain(network, rows, new() { Method = method, ClassNames = s_classes, ClassName = "green" }));

        foreach (int row in new[] { 0, 1, 63, 64, 69 })
        {
            var layers = NaiveNetwork.Run(network, rows[row].Features);
            double[] p = layers["predictions"].Values;
            double[] weights = [.. Enumerable.Range(0, 4).Select(c => method == ExplanationMethod.GradCam
                ? kernel[c * 3 + 1] / 64.0
                : Math.Max(0, Enumerable.Range(0, 3).Sum(k => p[1] * ((k == 1 ? 1 : 0) - p[k]) * kernel[c * 3 + k]) / 64))];
            AssertNear(WeightedSum(layers["relu"], weights, cutAtZero: method == ExplanationMethod.GradCam), maps[row], $"row {row}");
        }
    }

    // A bias is added to each pixel of its channel, so the score's derivative by it is the sum of the gradient over the channel. The layers lie before a norm, between a
    // norm and a ReLU that comes late, where two others read, inside a block that others go around, and before a sum.
    [TestMethod]
    [DataRow("conv1", "bias")]
    [DataRow("bn1", "beta")]
    [DataRow("both", "bias")]
    [DataRow("conv2", "bias")]
    [DataRow("bn2", "beta")]
    public void Transform_AnyLayer_HasTheDerivativeByItsBiasAsWeight(string layerName, string bias)
    {
        NetworkGraph graph = new NetworkBuilder("Residual", Tiny.Shape)
            .Conv2D("conv1", 5, size: 3).BatchNormalization("bn1").Relu("relu1").MaxPooling2D("pool1", size: 2).DepthwiseConv2D("both", size: 1)
            .Conv2D("conv2", 5, size: 3).BatchNormalization("bn2").Add("add", "bn2", "both").Relu("relu2")
            .Flatten("flatten").Dense("ip1", 6).Relu("relu3").Dropout("dropout", 0.5).Dense("ip2", 3).Softmax("predictions").ToGraph();
        Network network = NetworkRun.Randomized(graph);
        List<Tiny.Row> rows = Tiny.Rows(3);

        float[][] maps = Maps(Explain(network, rows, new() { LayerName = layerName, ClassNames = s_classes, ClassName = "both" }));

        foreach (Tiny.Row row in rows)
        {
            NaiveNetwork.Map map = NaiveNetwork.Run(network, row.Features)[layerName];
            double[] weights = [.. Enumerable.Range(0, map.Channels).Select(channel =>
                (Score(channel, 1) - Score(channel, -1)) / (Moved(channel, 1) - Moved(channel, -1)) / (map.Height * map.Width))];
            AssertNear(WeightedSum(map, weights, cutAtZero: true), maps[row.Id], $"row {row.Id}");

            double Score(int channel, int sign) => NaiveNetwork.Run(Move(channel, sign), row.Features)["ip2"].Values[2];
        }

        double Moved(int channel, int sign) => Move(channel, sign).GetWeight(layerName, bias).Span[channel];

        // As small as float32 lets a bias change without losing most of the change: the network is linear that far, or the test would fail.
        Network Move(int channel, int sign) => new(graph, [.. graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name).Select(shape =>
        {
            float[] values = network.GetWeight(layer.Name, shape.Name).ToArray();
            if (layer.Name == layerName && shape.Name == bias)
                values[channel] += sign * 1e-5f;
            return values;
        }))]);
    }

    [TestMethod]
    public void Transform_NoClassNamed_ExplainsThePredictedOne()
    {
        using DeepYeastPredictionTransformer classifier = Tiny.Fit(_mlContext);
        List<Tiny.Row> rows = Tiny.Rows(12);
        IDataView cells = Tiny.Cells(_mlContext, rows);
        uint[] predicted = [.. classifier.Transform(cells).GetColumn<uint>("PredictedLabel")];
        float[][][] ofClass = [.. s_classes.Select(name => Maps(_mlContext.Transforms.DeepYeastExplain(classifier, new() { ClassName = name }).Fit(cells).Transform(cells)))];

        float[][] maps = Maps(_mlContext.Transforms.DeepYeastExplain(classifier).Fit(cells).Transform(cells));

        Assert.IsGreaterThan(1, predicted.Distinct().Count());
        for (int row = 0; row < rows.Count; row++)
            AssertNear([.. ofClass[predicted[row] - 1][row].Select(value => (double)value)], maps[row], $"row {row}");
        Assert.IsFalse(RowValues.Same(ofClass[0][0], ofClass[1][0]));
    }

    [TestMethod]
    [DataRow("DeepYeast", "relu3_4")]
    [DataRow("ResNet50", "final_relu")]
    [DataRow("MobileNet", "conv_block_12_pw_relu")]
    [DataRow("DenseNet40_BC", "final_relu")]
    public void LayerName_NoLayerNamed_IsTheLastWithAMapThatIsNoPooling(string name, string expected)
    {
        NetworkGraph graph = Architectures.Build(name, CellShape.DeepYeast, 12);

        string layer = GradCam.DefaultLayer(graph);

        Assert.AreEqual(expected, layer);
        Assert.IsFalse(graph.GetOutputShape(layer).IsVector);
        Assert.IsInstanceOfType<Activation>(graph.GetLayer(layer));
    }

    [TestMethod]
    public void LayerName_PoolingsAndDropoutBeforeTheMean_AreLeftAside()
        => Assert.AreEqual("conv", GradCam.DefaultLayer(new NetworkBuilder("N", Tiny.Shape)
            .Conv2D("conv", 2, 3).MaxPooling2D("max", 2).Dropout("dropout", 0.5).AveragePooling2D("mean", 2).Flatten("flatten").Dense("ip", 2).Softmax("p").ToGraph()));

    [TestMethod]
    public void Schema_WithOverlay_HasTheLayersSizeAndTheScaledCellsSize()
    {
        IDataView cells = Tiny.Cells(_mlContext, 2);
        Network network = NetworkRun.Randomized(Pooled());

        DataViewSchema schema = _mlContext.Transforms.DeepYeastExplain(network, new() { OverlayColumnName = "Overlay", OverlayScale = 3 }).Fit(cells).GetOutputSchema(cells.Schema);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 4, 4), schema["Explanation"].Type);
        Assert.AreEqual(new ImageDataViewType(24, 24), schema["Overlay"].Type);
    }

    [TestMethod]
    public void Predict_Engine_GivesWhatABatchGives()
    {
        List<Tiny.Row> rows = Tiny.Rows(130);
        Network network = NetworkRun.Randomized(Pooled());
        IDataView cells = Tiny.Cells(_mlContext, rows);
        DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(network, new() { OverlayColumnName = "Overlay" }).Fit(cells);
        float[][] maps = Maps(model.Transform(cells));
        string[] pictures = Pixels(model.Transform(cells));

        using var engine = _mlContext.Model.CreatePredictionEngine<Tiny.Row, Explained>(model);
        for (int row = 0; row < rows.Count; row += 13)
        {
            Explained explained = engine.Predict(rows[row]);
            AssertNear([.. maps[row].Select(value => (double)value)], explained.Explanation, $"row {row}");
            Assert.AreEqual(32, explained.Overlay!.Height);
            Assert.IsLessThanOrEqualTo(1, LargestDifference(Convert.FromHexString(pictures[row]), explained.Overlay.Pixels.ToArray()), $"row {row}");
        }
    }

    [TestMethod]
    public void Transform_SeveralThreadsAtOnce_GiveTheSameMaps()
    {
        IDataView cells = Tiny.Cells(_mlContext, 130);
        using DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(NetworkRun.Randomized(Pooled()), new()).Fit(cells);
        float[][] expected = Maps(model.Transform(cells));

        bool[] same = [.. Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => RowValues.Same(expected, Maps(model.Transform(cells))))];

        Assert.DoesNotContain(false, same);
    }

    // bfloat16 keeps 8 bits, so a map is right to some hundredths.
    [TestMethod]
    public void Transform_MixedPrecision_IsNearTheExactMaps()
    {
        IDataView cells = Tiny.Cells(_mlContext, 5);
        using DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(NetworkRun.Randomized(Pooled()), new() { ClassNames = s_classes, ClassName = "red", Device = ComputeDevice.Cpu }).Fit(cells);
        float[][] exact = Maps(model.Transform(cells));

        model.Precision = Precision.Mixed;
        float[][] mixed = Maps(model.Transform(cells));

        Assert.IsFalse(RowValues.Same(exact, mixed));
        for (int row = 0; row < exact.Length; row++)
            Assert.IsLessThan(0.05f * exact[row].Max(), exact[row].Zip(mixed[row], (first, second) => Math.Abs(first - second)).Max(), $"row {row}");
    }

    [TestMethod]
    public void Transform_CallerForbidsGradients_GivesTheSameMaps()
    {
        IDataView cells = Tiny.Cells(_mlContext, 5);
        using DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(NetworkRun.Randomized(Pooled()), new()).Fit(cells);
        float[][] expected = Maps(model.Transform(cells));

        using var noGrad = no_grad();

        Assert.IsTrue(RowValues.Same(expected, Maps(model.Transform(cells))));
        Assert.IsFalse(is_grad_enabled());
    }

    [TestMethod]
    public void Transform_FeaturesNotFinite_GivesNaNAndAnImageOfTheCellAlone()
    {
        List<Tiny.Row> rows = Tiny.Rows(3);
        rows[1].Features[5] = float.NaN;

        IDataView explanations = Explain(NetworkRun.Randomized(Pooled()), rows, new() { OverlayColumnName = "Overlay", OverlayScale = 1 });

        Assert.AreSequenceEqual([false, true, false], Maps(explanations).Select(map => map.All(float.IsNaN)).ToArray());
        byte[] pixels = Convert.FromHexString(Pixels(explanations)[1]);
        Assert.AreSequenceEqual((byte[])[0, GreyLevels.Nearest(rows[1].Features[64 + 5]), 0, 255], pixels[(4 * 5)..(4 * 6)]);
        Assert.AreSequenceEqual((byte[])[GreyLevels.Nearest(rows[1].Features[6]), GreyLevels.Nearest(rows[1].Features[64 + 6]), 0, 255], pixels[(4 * 6)..(4 * 7)]);
    }

    [TestMethod]
    public void Draw_Map_IsSkyBlueOverTheCellInProportion()
    {
        float[] cell = [GreyLevels.ToFeature(200), GreyLevels.ToFeature(0), GreyLevels.ToFeature(100), GreyLevels.ToFeature(255)];   // red 200 and 0, green 100 and 255

        using MLImage image = new HeatMapOverlay(new(2, 1, 2), mapHeight: 1, mapWidth: 2, scale: 1).Draw(cell, [0.5f, 2f]);

        // Of the highest value a quarter and all: opacities 0.2 and 0.8 of (86, 180, 233).
        Assert.AreSequenceEqual(
            [177, 116, 47, 255, 69, 195, 186, 255],
            image.Pixels.ToArray().Select(value => (int)value).ToArray());
    }

    [TestMethod]
    public void Draw_Scaled_RepeatsThePixelsOfTheCellAndMeltsTheMap()
    {
        float[] cell = [GreyLevels.ToFeature(10), GreyLevels.ToFeature(210)];   // one channel, 1 x 2, so grey

        using MLImage image = new HeatMapOverlay(new(1, 1, 2), mapHeight: 1, mapWidth: 2, scale: 2).Draw(cell, [0f, 1f]);

        Assert.AreEqual((2, 4), (image.Height, image.Width));
        double[] heat = [0, 0.25, 0.75, 1];   // bilinear, centres at half
        for (int x = 0; x < 4; x++)
        {
            byte[] pixel = image.Pixels.Slice(4 * x, 4).ToArray();
            int[] expected = [.. new[] { 86, 180, 233 }.Select(blue => (int)Math.Round((1 - 0.8 * heat[x]) * (x < 2 ? 10 : 210) + 0.8 * heat[x] * blue)), 255];
            Assert.AreSequenceEqual(expected, pixel.Select(value => (int)value).ToArray(), $"column {x}");
            Assert.AreSequenceEqual(pixel, image.Pixels.Slice(4 * (4 + x), 4).ToArray());
        }
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(-1f)]
    public void Draw_NothingAboveZero_IsTheCellAlone(float value)
    {
        float[] cell = [GreyLevels.ToFeature(200), GreyLevels.ToFeature(100), GreyLevels.ToFeature(50)];

        using MLImage image = new HeatMapOverlay(new(3, 1, 1), mapHeight: 1, mapWidth: 1, scale: 1).Draw(cell, [value]);

        Assert.AreSequenceEqual([200, 100, 50, 255], image.Pixels.ToArray().Select(each => (int)each).ToArray());
    }

    [TestMethod]
    public void Load_EverySetting_IsKept()
    {
        IDataView cells = Tiny.Cells(_mlContext, 9);
        DeepYeastExplanationTransformer model = _mlContext.Transforms.DeepYeastExplain(Tiny.Fit(_mlContext), new()
        {
            OutputColumnName = "Map",
            OverlayColumnName = "Picture",
            OverlayScale = 2,
            LayerName = "conv",
            ClassName = "green",
            Method = ExplanationMethod.ClippedSoftmax,
        }).Fit(cells);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, cells.Schema, stream);
        stream.Position = 0;

        var loaded = (DeepYeastExplanationTransformer)new MLContext().Model.Load(stream, out _);

        Assert.AreEqual("conv", loaded.LayerName);
        IDataView expected = model.Transform(cells), actual = loaded.Transform(cells);
        Assert.IsTrue(RowValues.Same(expected.GetColumn<float[]>("Map").ToArray(), actual.GetColumn<float[]>("Map").ToArray()));
        Assert.AreEqual(new ImageDataViewType(16, 16), actual.Schema["Picture"].Type);
        Assert.IsFalse(RowValues.Same(
            expected.GetColumn<float[]>("Map").ToArray(), Maps(_mlContext.Transforms.DeepYeastExplain(Tiny.Fit(_mlContext), new() { LayerName = "conv", ClassName = "green" }).Fit(cells).Transform(cells))));
    }

    [TestMethod]
    public void DeepYeastExplain_LoadedPipeline_TakesItsClassifierAndItsNames()
    {
        using var folder = new TemporaryFolder();
        IDataView rows = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(24));
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(Tiny.Trainer(_mlContext)).Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        _mlContext.Model.Save(pipeline.Fit(rows), rows.Schema, folder.File("model.zip"));
        ITransformer model = _mlContext.Model.Load(folder.File("model.zip"), out _);
        IDataView predictions = model.Transform(rows);

        IDataView explanations = _mlContext.Transforms.DeepYeastExplain(model, new() { ClassName = "both" }).Fit(predictions).Transform(predictions);

        Assert.HasCount(24, Maps(explanations));
        Assert.AreSequenceEqual(predictions.GetColumn<string>("PredictedLabel").ToArray(), explanations.GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void DeepYeastExplain_KeysWithoutValues_AreNamedByTheirNumbers()
    {
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(24).Select(row => new EstimatorContractTests.NumberedRow { Features = row.Features, Label = (uint)(row.Id % 3 + 1) }));
        DeepYeastPredictionTransformer classifier = Tiny.Trainer(_mlContext).Fit(cells);

        float[][] third = Maps(_mlContext.Transforms.DeepYeastExplain(classifier, new() { ClassName = "3" }).Fit(cells).Transform(cells));

        Assert.IsTrue(RowValues.Same(Maps(_mlContext.Transforms.DeepYeastExplain(classifier.Model, new() { ClassNames = s_classes, ClassName = "both" }).Fit(cells).Transform(cells)), third));
    }

    [TestMethod]
    public void DeepYeastExplain_ModelWithoutAClassifier_Throws()
    {
        IDataView cells = Tiny.Cells(_mlContext, 3);
        ITransformer model = _mlContext.Transforms.CopyColumns("Copy", "Features").Fit(cells);

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastExplain(model)).Message,
            "The model, a ColumnCopyingTransformer, has no step with a network of this library.");
    }

    [TestMethod]
    public void DeepYeastExplain_NoClassifier_ThrowsNamingTheLastLayer()
        => AssertRefuses("Network 'Pooled' ends with 'relu2' (Activation), not with a softmax, so it is no classifier.", new(), NetworkRun.Randomized(Pooled()).CutAt("relu2"));

    [TestMethod]
    public void DeepYeastExplain_UnknownLayer_ThrowsWithTheNearestNameFirst()
        => AssertRefuses("Network 'Pooled' has no layer 'relu3'. Its layers, nearest name first: 'relu", new() { LayerName = "relu3" });

    [TestMethod]
    public void DeepYeastExplain_LayerWithoutRowsAndColumns_ThrowsNamingOneThatHasThem()
        => AssertRefuses("Layer 'ip' of network 'Pooled' gives the vector (3), which does not say where in the cell something is. Name a layer with rows and columns; the last one is 'relu2'.",
            new() { LayerName = "ip" });

    [TestMethod]
    public void DeepYeastExplain_UnknownClass_ThrowsListingTheClasses()
        => AssertRefuses("There is no class 'blue' to explain. The classes are: 'red', 'green', 'both'.", new() { ClassNames = s_classes, ClassName = "blue" });

    [TestMethod]
    public void DeepYeastExplain_ClassOfANetworkWithoutNames_ThrowsSayingWhatToSet()
        => AssertRefuses("Class 'red' is to be explained, and network 'Pooled' has 3 classes, but there are 12 class names (cell periphery, ", new() { ClassName = "red" });

    [TestMethod]
    [DataRow(0)]
    [DataRow(17)]
    public void DeepYeastExplain_ScaleOutOfRange_Throws(int scale)
        => AssertRefuses($"Option OverlayScale is {scale} but must be at least 1 and at most 16.", new() { OverlayScale = scale });

    [TestMethod]
    public void DeepYeastExplain_UnknownMethod_Throws()
        => AssertRefuses("Option Method is 7 but must be GradCam or ClippedSoftmax.", new() { Method = (ExplanationMethod)7 });

    [TestMethod]
    public void DeepYeastExplain_OneNameForMapsAndImages_Throws()
        => AssertRefuses("Options OutputColumnName and OverlayColumnName are both 'X', but maps and images need a column each.", new() { OutputColumnName = "X", OverlayColumnName = "X" });

    private void AssertRefuses(string message, DeepYeastExplanationEstimator.Options options, Network? network = null)
        => StringAssert.StartsWith(Assert.Throws<ArgumentException>(() => _mlContext.Transforms.DeepYeastExplain(network ?? NetworkRun.Randomized(Pooled()), options)).Message, message);

    /// <summary>Maps of 4 x 4 on cells of 8 x 8.</summary>
    private static NetworkGraph Pooled() => new NetworkBuilder("Pooled", Tiny.Shape)
        .Conv2D("conv1", 4, size: 3).BatchNormalization("bn1").Relu("relu1").MaxPooling2D("pool1", 2)
        .Conv2D("conv2", 6, size: 3).BatchNormalization("bn2").Relu("relu2").MaxPooling2D("pool2", 2)
        .Flatten("flatten").Dense("ip", 3).Softmax("predictions").ToGraph();

    private IDataView Explain(Network network, List<Tiny.Row> rows, DeepYeastExplanationEstimator.Options options)
    {
        IDataView cells = Tiny.Cells(_mlContext, rows);
        return _mlContext.Transforms.DeepYeastExplain(network, options).Fit(cells).Transform(cells);
    }

    private static float[][] Maps(IDataView explanations) => [.. explanations.GetColumn<float[]>("Explanation")];

    // Each is read before the next one comes, which disposes it.
    private static string[] Pixels(IDataView explanations) => [.. explanations.GetColumn<MLImage>("Overlay").Select(image => Convert.ToHexString(image.Pixels))];

    private static int LargestDifference(byte[] first, byte[] second)
    {
        Assert.HasCount(first.Length, second);
        return first.Zip(second).Max(pair => Math.Abs(pair.First - pair.Second));
    }

    /// <summary>(row, column)</summary>
    private static double[] WeightedSum(NaiveNetwork.Map map, double[] weights, bool cutAtZero)
        => [.. map.Values.Chunk(map.Channels).Select(pixel => pixel.Zip(weights, (value, weight) => value * weight).Sum()).Select(sum => cutAtZero ? Math.Max(0, sum) : sum)];

    private static void AssertNear(double[] expected, float[] actual, string message)
    {
        Assert.HasCount(expected.Length, actual);
        double largest = Math.Max(expected.Max(Math.Abs), 1e-6);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i] / largest, actual[i] / largest, 1e-4, $"{message}, value {i}");
    }

    private sealed class Explained
    {
        public float[] Explanation { get; set; } = [];

        [ImageType(32, 32)]
        public MLImage? Overlay { get; set; }
    }
}
