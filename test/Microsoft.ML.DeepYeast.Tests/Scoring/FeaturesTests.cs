namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Features from a layer, pretrained classification, and scores read as classes.</summary>
[TestClass]
public sealed class FeaturesTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("relu")]
    [DataRow("pool")]
    public void Transform_ANamedLayer_GivesWhatItsDefinitionGivesInKerasOrder(string layerName)
    {
        Network network = Tiny.Fit(_mlContext).Model;
        List<Tiny.Row> rows = Tiny.Rows(70);

        IDataView features = _mlContext.Transforms.DeepYeastFeatures(network, layerName).Fit(Tiny.Cells(_mlContext, rows)).Transform(Tiny.Cells(_mlContext, rows));

        float[][] actual = [.. features.GetColumn<float[]>("Features")];
        Assert.HasCount(70, actual);
        foreach (int row in new[] { 0, 63, 64, 69 })
        {
            double[] expected = NaiveNetwork.Run(network, rows[row].Features)[layerName].Values;
            Assert.HasCount(expected.Length, actual[row]);
            for (int i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[row][i], 1e-5, $"row {row}, value {i}");
        }
    }

    [TestMethod]
    public void Schema_AMap_HasKerasDimensions()
    {
        Network network = Tiny.Fit(_mlContext).Model;
        IDataView cells = Tiny.Cells(_mlContext, 4);

        DataViewSchema schema = _mlContext.Transforms.DeepYeastFeatures(network, "conv", "Embedding").Fit(cells).GetOutputSchema(cells.Schema);

        Assert.AreSequenceEqual(new[] { 8, 8, 4 }, ((VectorDataViewType)schema["Embedding"].Type).Dimensions);
    }

    [TestMethod]
    public void DeepYeastFeatures_UnknownLayer_ThrowsWithTheNearestNameFirst()
    {
        Network network = Tiny.Fit(_mlContext).Model;

        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastFeatures(network, "ip1"));

        StringAssert.StartsWith(error.Message, "Network 'Tiny' has no layer 'ip1'. Its layers, nearest name first: 'ip', ");
    }

    [TestMethod]
    public void Append_MlNetTrainer_LearnsFromTheFeatures()
    {
        Network network = Tiny.Fit(_mlContext).Model;
        IDataView cells = Tiny.Cells(_mlContext, 60);

        var model = _mlContext.Transforms.DeepYeastFeatures(network, "pool").Append(_mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(cells);

        Assert.AreEqual(1, _mlContext.MulticlassClassification.Evaluate(model.Transform(cells)).MicroAccuracy, 0.05);
    }

    [TestMethod]
    public void DeepYeastClassify_TrainedNetwork_GivesTheTrainersScoresAndTheGivenNames()
    {
        IDataView cells = Tiny.Cells(_mlContext, 70);
        DeepYeastPredictionTransformer trained = Tiny.Fit(_mlContext);
        string[] names = ["red", "green", "both"];

        IDataView predictions = _mlContext.Transforms.DeepYeastClassify(trained.Model, names, device: ComputeDevice.Cpu)
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(cells).Transform(cells);

        Assert.AreSequenceEqual(Tiny.Scores(trained.Transform(cells)).SelectMany(scores => scores), Tiny.Scores(predictions).SelectMany(scores => scores));
        Assert.AreSequenceEqual(
            trained.Transform(cells).GetColumn<uint>("PredictedLabel").Select(key => names[key - 1]), predictions.GetColumn<string>("PredictedLabel"));
    }

    [TestMethod]
    public void DeepYeastClassify_WrongNumberOfNames_ThrowsNamingBoth()
    {
        Network network = Tiny.Fit(_mlContext).Model;

        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastClassify(network));

        StringAssert.StartsWith(error.Message, "Network 'Tiny' has 3 classes but 12 class names were given (cell periphery, ");
    }

    [TestMethod]
    public void DeepYeastClassify_NameTwice_Throws()
    {
        Network network = Tiny.Fit(_mlContext).Model;

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastClassify(network, ["a", "b", "a"])).Message,
            "A class name is given twice: a, b, a.");
    }

    [TestMethod]
    public void DeepYeastClassify_NoClassifier_ThrowsNamingTheLastLayer()
    {
        Network network = Tiny.Fit(_mlContext).Model.CutAt("pool");

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastClassify(network, ["a"])).Message,
            "Network 'Tiny' ends with 'pool' (GlobalAveragePooling2D), not with a softmax, so it is no classifier.");
    }

    [TestMethod]
    public void DecodePredictions_TopTwo_GivesTheHighestFirst()
    {
        IDataView predictions = Tiny.Fit(_mlContext).Transform(Tiny.Cells(_mlContext, 5));
        string[] names = ["red", "green", "both"];

        var decoded = _mlContext.MulticlassClassification.DecodePredictions(predictions, top: 2).ToArray();

        float[][] scores = Tiny.Scores(predictions);
        for (int row = 0; row < 5; row++)
        {
            Assert.HasCount(2, decoded[row]);
            int[] order = [.. Enumerable.Range(0, 3).OrderByDescending(i => scores[row][i])];
            Assert.AreEqual(new ClassProbability(names[order[0]], scores[row][order[0]]), decoded[row][0]);
            Assert.AreEqual(new ClassProbability(names[order[1]], scores[row][order[1]]), decoded[row][1]);
        }
    }

    [TestMethod]
    public void DecodePredictions_LabelsThatAreNumbers_GivesTheNumbers()
    {
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(30).Select(row => new Numbered { Features = row.Features, Label = 10 * (1 + row.Id % 3) }));
        cells = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(cells).Transform(cells);

        IDataView predictions = Tiny.Trainer(_mlContext).Fit(cells).Transform(cells);

        CollectionAssert.AreEquivalent(new[] { "10", "20", "30" }, _mlContext.MulticlassClassification.DecodePredictions(predictions).First().Select(entry => entry.ClassName).ToArray());
    }

    public sealed class Numbered
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        public int Label { get; set; }
    }

    [TestMethod]
    public void DeepYeastClassify_ANameIsEmpty_Throws()
    {
        Network network = Tiny.Fit(_mlContext).Model;

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastClassify(network, ["a", "", "c"])).Message, "A class has no name: (a, , c).");
    }

    [TestMethod]
    public void DeepYeastClassify_OneClass_Throws()
    {
        Network network = Tiny.Fit(_mlContext).Model.ReplaceHead(1, seed: 1);

        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastClassify(network, ["only"])).Message,
            "Network 'Tiny' has 1 class, but a classifier needs at least 2.");
    }

    [TestMethod]
    public void LoadDeepYeastNetwork_ChangedByte_ThrowsWhatTheLoaderSays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.zip");
        IDataView cells = Tiny.Cells(_mlContext, 12);
        _mlContext.Model.SaveAtomically(Tiny.Fit(_mlContext), cells.Schema, path);

        Assert.AreEqual(3, _mlContext.Model.LoadDeepYeastNetwork(path).Graph.ClassCount);
        using (var zip = System.IO.Compression.ZipFile.Open(path, System.IO.Compression.ZipArchiveMode.Update))
        {
            var entry = zip.Entries.Single(each => each.FullName.EndsWith("Network", StringComparison.Ordinal));
            using Stream stream = entry.Open();
            stream.SetLength(stream.Length - 4);
        }
        StringAssert.StartsWith(Assert.ThrowsExactly<FormatException>(() => _mlContext.Model.LoadDeepYeastNetwork(path)).Message, "The model file is damaged: ");
    }

    [TestMethod]
    public void DecodePredictions_NoScoreColumn_ThrowsNamingTheColumnsThereAre()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.MulticlassClassification.DecodePredictions(Tiny.Cells(_mlContext, 5)));

        StringAssert.Contains(error.Message, "'Score'");
        StringAssert.Contains(error.Message, "Features");
    }
}
