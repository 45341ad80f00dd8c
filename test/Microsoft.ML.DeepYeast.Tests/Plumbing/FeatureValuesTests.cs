namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Rows whose vectors are missing, or longer or shorter than their column says, are refused wherever they are read.</summary>
[TestClass]
public sealed class FeatureValuesTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(-1, "Column 'Features' has 0 values at row 4, but its type says 128. Give every row all of its values, or leave the row out.")]
    [DataRow(7, "Column 'Features' has 7 values at row 4, but its type says 128.")]
    [DataRow(129, "Column 'Features' has 129 values at row 4, but its type says 128.")]
    public void FitAndTransform_RowOfAnotherLength_ThrowNamingColumnAndRow(int length, string expected)
    {
        List<Tiny.Row> rows = Tiny.Rows(20);
        rows[4].Features = length < 0 ? null! : new float[length];
        IDataView cells = Tiny.Cells(_mlContext, rows);
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext);

        Exception fit = Assert.Throws<Exception>(() => Tiny.Trainer(_mlContext).Fit(cells)), score = Assert.Throws<Exception>(() => Tiny.Scores(model.Transform(cells)));

        StringAssert.StartsWith(fit.GetBaseException().Message, expected);
        StringAssert.StartsWith(score.GetBaseException().Message, expected);
    }

    [TestMethod]
    public void Predict_RowWithoutFeatures_ThrowsInsteadOfScoringTheCellBefore()
    {
        using var engine = _mlContext.Model.CreatePredictionEngine<Tiny.Row, Tiny.Prediction>(Tiny.Fit(_mlContext));
        engine.Predict(Tiny.Rows(1)[0]);

        Exception error = Assert.Throws<Exception>(() => engine.Predict(new Tiny.Row { Features = null! }));

        StringAssert.StartsWith(error.GetBaseException().Message, "Column 'Features' has 0 values at row ");
    }

    [TestMethod]
    public void Preprocess_VectorThatIsNull_ThrowsNamingTheRow()
    {
        IDataView cells = _mlContext.Data.LoadFromEnumerable<Bytes>([new() { Image = new byte[2 * 8 * 8] }, new() { Image = null! }]);
        IDataView features = _mlContext.Transforms.DeepYeastPreprocess().Fit(cells).Transform(cells);

        Exception error = Assert.Throws<Exception>(() => features.GetColumn<float[]>("Features").ToArray());

        StringAssert.Contains(error.ToString(), "The cell of row 1 in column 'Image' cannot be read: there is no image.");
    }

    // Maxima and windows that leave a border out lose what is not a number on the way.
    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Transform_FeatureNotFiniteAtAnyPlace_GivesNaNScoresAndNoLabel(float bad)
    {
        static NetworkGraph Forgetful(CellShape cells, int classes) => new NetworkBuilder("Forgetful", cells)
            .Conv2D("conv", 2, size: 1).Relu("relu").MaxPooling2D("pool", size: 3).Flatten("flat").Dense("ip", classes).Softmax("predictions").ToGraph();
        DeepYeastPredictionTransformer model = Tiny.Fit(_mlContext, change: options => options.Network = Forgetful);
        List<Tiny.Row> rows = Tiny.Rows(128);
        for (int i = 0; i < rows.Count; i++)
            rows[i].Features[i] = bad;

        IDataView predictions = model.Transform(_mlContext.Data.LoadFromEnumerable(rows));

        Assert.IsTrue(predictions.GetColumn<float[]>("Score").All(scores => scores.All(float.IsNaN)));
        Assert.IsTrue(predictions.GetColumn<uint>("PredictedLabel").All(label => label == 0));
    }

    private sealed class Bytes
    {
        [VectorType(2, 8, 8)]
        public byte[] Image { get; set; } = [];
    }
}
