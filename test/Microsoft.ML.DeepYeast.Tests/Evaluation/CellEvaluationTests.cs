using System.Text.Json;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Figures against scikit-learn's, ML.NET's, and those that were worked out by hand.</summary>
[TestClass]
public sealed class CellEvaluationTests
{
    private static readonly string[] s_classes = ["a", "b", "c"];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void EvaluateCells_ReferenceScores_EqualsScikitLearn()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(KerasReference.File("metrics.json")));
        JsonElement expected = file.RootElement;
        string[] classes = [.. expected.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!)];

        CellEvaluation actual = Evaluate(Predictions.Doubles(_mlContext, ReferenceCells(expected), classes));

        const double Tolerance = 1e-12;
        Assert.AreEqual(300, actual.CellCount);
        Assert.AreEqual(expected.GetProperty("accuracy").GetDouble(), actual.Accuracy, Tolerance);
        foreach (JsonProperty top in expected.GetProperty("top_k").EnumerateObject())
            Assert.AreEqual(top.Value.GetDouble(), actual.TopAccuracies[int.Parse(top.Name) - 1], Tolerance, $"top {top.Name}");
        Assert.AreEqual(expected.GetProperty("balanced_over_present").GetDouble(), actual.BalancedAccuracy, Tolerance);
        Assert.AreEqual(expected.GetProperty("log_loss").GetDouble(), actual.LogLoss, Tolerance);
        Assert.AreEqual(expected.GetProperty("cohen_kappa").GetDouble(), actual.CohenKappa!.Value, Tolerance);
        Assert.AreEqual(expected.GetProperty("matthews").GetDouble(), actual.MatthewsCorrelation, Tolerance);

        JsonElement report = expected.GetProperty("report");
        for (int i = 0; i < classes.Length; i++)
        {
            ClassEvaluation figures = actual.Classes[i];
            Assert.AreEqual(classes[i], figures.ClassName);
            Assert.AreEqual(report.GetProperty(classes[i]).GetProperty("support").GetDouble(), figures.Support);
            Compare(report.GetProperty(classes[i]), new(figures.Precision, figures.Recall, figures.F1), classes[i]);
            Assert.AreSequenceEqual(Doubles(expected.GetProperty("confusion")[i]), actual.Confusion[i].Select(count => (double)count));
        }
        Compare(report.GetProperty("macro avg"), actual.MacroMean, "macro");
        Compare(report.GetProperty("weighted avg"), actual.WeightedMean, "weighted");

        JsonElement reliability = expected.GetProperty("reliability");
        ReliabilityBin[] bins = [.. actual.Reliability.Where(bin => bin.CellCount > 0)];
        Assert.HasCount(reliability.GetProperty("bins").GetInt32(), actual.Reliability);
        Assert.HasCount(reliability.GetProperty("non_empty_mean_confidence").GetArrayLength(), bins);
        for (int i = 0; i < bins.Length; i++)
        {
            Assert.AreEqual(reliability.GetProperty("non_empty_mean_confidence")[i].GetDouble(), bins[i].MeanConfidence!.Value, Tolerance);
            Assert.AreEqual(reliability.GetProperty("non_empty_fraction_right")[i].GetDouble(), bins[i].Accuracy!.Value, Tolerance);
        }
        double calibrationError = actual.ExpectedCalibrationError;
        Assert.AreEqual(reliability.GetProperty("expected_calibration_error").GetDouble(), calibrationError, Tolerance);

        static void Compare(JsonElement reference, ClassMeans actual, string what)
        {
            Assert.AreEqual(reference.GetProperty("precision").GetDouble(), actual.Precision, Tolerance, what);
            Assert.AreEqual(reference.GetProperty("recall").GetDouble(), actual.Recall, Tolerance, what);
            Assert.AreEqual(reference.GetProperty("f1-score").GetDouble(), actual.F1, Tolerance, what);
        }
    }

    [TestMethod]
    public void EvaluateCells_ReferenceScoresAsFloats_DiffersOnlyByTheirRounding()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(KerasReference.File("metrics.json")));

        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, ReferenceCells(file.RootElement)));

        Assert.AreEqual(file.RootElement.GetProperty("accuracy").GetDouble(), actual.Accuracy, 1e-12);
        Assert.AreEqual(file.RootElement.GetProperty("log_loss").GetDouble(), actual.LogLoss, 1e-7);
        Assert.AreEqual("12", actual.ClassNames[^1], "Without names a class is called by its key.");
    }

    [TestMethod]
    public void EvaluateCells_TrainedNetwork_AgreesWithMlNetsOwnEvaluation()
    {
        IDataView predictions = Tiny.Fit(_mlContext, change: options => options.Epochs = 1).Transform(Tiny.Cells(_mlContext, 100, seed: 2));
        MulticlassClassificationMetrics expected = _mlContext.MulticlassClassification.Evaluate(predictions, topKPredictionCount: 2);

        CellEvaluation actual = Evaluate(predictions);

        Assert.AreSequenceEqual(new[] { "red", "green", "both" }, actual.ClassNames);
        Assert.AreEqual(expected.MicroAccuracy, actual.Accuracy, 1e-12);
        Assert.AreEqual(expected.MacroAccuracy, actual.BalancedAccuracy, 1e-12);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-6);
        Assert.AreEqual(expected.TopKAccuracy, actual.TopAccuracies[1], 1e-12);
        for (int i = 0; i < 3; i++)
            Assert.AreSequenceEqual(expected.ConfusionMatrix.Counts[i], actual.Confusion[i].Select(count => (double)count));
    }

    // True a a a b b c, predicted a a b b a a: of a 2 of 3 are found, of b 1 of 2, of c none; a is said four times, b twice.
    [TestMethod]
    public void EvaluateCells_SixCells_GivesTheFiguresWorkedOutByHand()
    {
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext,
            [Cell(0, 0), Cell(0, 0), Cell(0, 1), Cell(1, 1), Cell(1, 0), Cell(2, 0)], s_classes));

        Assert.AreSequenceEqual(new ClassEvaluation[] { new("a", 2.0 / 4, 2.0 / 3, 4.0 / 7, 3), new("b", 1.0 / 2, 1.0 / 2, 1.0 / 2, 2), new("c", 0, 0, 0, 1) }, actual.Classes);
        Assert.AreEqual(0.5, actual.Accuracy);
        Assert.AreEqual((4.0 / 7 + 0.5) / 3, actual.MacroMean.F1, 1e-15);
        Assert.AreEqual((3 * 4.0 / 7 + 2 * 0.5) / 6, actual.WeightedMean.F1, 1e-15);
        Assert.AreEqual((2.0 / 3 + 1.0 / 2 + 0) / 3, actual.BalancedAccuracy, 1e-15);
        // By chance (3 * 4 + 2 * 2 + 1 * 0) / 6 = 16/6 of 6 are right.
        Assert.AreEqual(1 - (6 - 3) / (6 - 16.0 / 6), actual.CohenKappa!.Value, 1e-15);
        Assert.AreEqual((3 * 6 - 16) / Math.Sqrt((36 - 14.0) * (36 - 20.0)), actual.MatthewsCorrelation, 1e-15);
        // The highest score is 0.8, the others 0.1.
        Assert.AreEqual(-(Math.Log(0.8f) + Math.Log(0.1f)) / 2, actual.LogLoss, 1e-12);
        Assert.IsNull(actual.Groups);
    }

    [TestMethod]
    public void EvaluateCells_OneClassAlways_HasNoKappaAndNoCorrelation()
    {
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, [Cell(0, 0), Cell(0, 0)], s_classes));

        Assert.AreEqual(1, actual.Accuracy);
        Assert.IsNull(actual.CohenKappa);
        Assert.AreEqual(0, actual.MatthewsCorrelation);
        Assert.AreEqual(1, actual.BalancedAccuracy, "Classes without cells do not count.");
    }

    [TestMethod]
    public void EvaluateCells_EqualScores_TakesTheFirstClass()
    {
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, [new(0, [0.4, 0.4, 0.2]), new(1, [0.4, 0.4, 0.2]), new(2, [0.4, 0.4, 0.2])], s_classes));

        Assert.AreSequenceEqual(new[] { 1, 1, 1 }, actual.Confusion.Select(row => row[0]));
        Assert.AreEqual(1.0 / 3, actual.TopAccuracies[0], 1e-15);
        Assert.AreEqual(2.0 / 3, actual.TopAccuracies[1], 1e-15);
        Assert.AreEqual(1, actual.TopAccuracies[2]);
    }

    [TestMethod]
    public void EvaluateCells_ProbabilityOfZero_CountsAs2ToTheMinus52()
        => Assert.AreEqual(52 * Math.Log(2), Evaluate(Predictions.Floats(_mlContext, [new(1, [1, 0, 0])], s_classes)).LogLoss, 1e-12);

    [TestMethod]
    public void EvaluateCells_MissingLabels_AreSkippedAndCounted()
    {
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, [Cell(0, 0), Cell(-1, 1), Cell(1, 0), Cell(-1, 2), new(-1, [double.NaN, 0, 0])], s_classes));

        Assert.AreEqual((2, 3, 0.5), (actual.CellCount, actual.SkippedRowCount, actual.Accuracy));
    }

    [TestMethod]
    public void EvaluateCells_LabelsInAnotherOrder_AreMatchedByName()
    {
        // Key 1 of the label is c, which is the third score.
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, [new(0, [0.1, 0.1, 0.8]), new(1, [0.8, 0.1, 0.1]), new(2, [0.8, 0.1, 0.1])], s_classes, ["c", "a", "b"]));

        Assert.AreEqual(2.0 / 3, actual.Accuracy, 1e-15);
        Assert.AreSequenceEqual(new[] { 1, 1, 1 }, actual.Classes.Select(figures => figures.Support));
        Assert.AreEqual(1, actual.Confusion[1][0], "The b is taken for an a.");
    }

    [TestMethod]
    public void EvaluateCells_ConfidenceThatIsKept_HasNoCalibrationError()
    {
        // 0.75 and 0.5 are exact in float32.
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, Confident(0.75, 40, right: 30).Concat(Confident(0.5, 10, right: 5))));

        Assert.AreEqual(0, actual.ExpectedCalibrationError, 1e-15);
        Assert.AreEqual(new ReliabilityBin(7 * 0.1, 8 * 0.1, 40, 0.75, 0.75), actual.Reliability[7]);
        Assert.AreEqual(10, actual.Reliability[4].CellCount, "0.5 is the upper end of the fifth bin.");
        Assert.AreEqual(new ReliabilityBin(0, 0.1, 0, null, null), actual.Reliability[0]);
    }

    [TestMethod]
    public void EvaluateCells_ConfidenceTooHigh_HasTheDifferenceAsError()
    {
        CellEvaluation actual = Evaluate(Predictions.Floats(_mlContext, Confident(1, 100, right: 60).Concat(Confident(0.75, 300, right: 180))), new() { ReliabilityBins = 4 });

        // A quarter of the cells is off by 0.4, three quarters by 0.15.
        Assert.AreEqual(0.25 * 0.4 + 0.75 * 0.15, actual.ExpectedCalibrationError, 1e-15);
        Assert.AreSequenceEqual(new[] { 0, 0, 300, 100 }, actual.Reliability.Select(bin => bin.CellCount));
    }

    [TestMethod]
    public void EvaluateCells_NoScoreColumn_ThrowsNamingTheColumnsThereAre()
        => Throws<ArgumentOutOfRangeException>(Tiny.Cells(_mlContext, 5), "There is no score column 'Score'. The columns are: 'Id', 'Features', 'Label'");

    [TestMethod]
    public void EvaluateCells_ScoreIsNoVector_Throws()
        => Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)], s_classes), "Score column 'Group' is String but must be a vector with a float for each class",
            new CellEvaluationOptions { ScoreColumnName = "Group" });

    [TestMethod]
    public void EvaluateCells_NoLabelColumn_ThrowsNamingTheColumnsThereAre()
        => Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)], s_classes), "There is no label column 'Class'. The columns are: 'Label', 'Score', 'Group'.",
            new CellEvaluationOptions { LabelColumnName = "Class" });

    [TestMethod]
    public void EvaluateCells_LabelIsText_Throws()
        => Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)], s_classes), "Label column 'Group' is String but must be a key.", new CellEvaluationOptions { LabelColumnName = "Group" });

    [TestMethod]
    public void EvaluateCells_AnotherNumberOfClasses_ThrowsNamingBoth()
        => Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)], keys: 5), "Label column 'Label' has 5 classes but score column 'Score' has 3 scores.");

    [TestMethod]
    public void EvaluateCells_OtherClasses_ThrowsNamingThem()
        => Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)], s_classes, ["a", "x", "c", "y"]),
            "The classes of label column 'Label' are not those of score column 'Score'. Only in the label: 'x', 'y'. Only in the scores: 'b'.");

    [TestMethod]
    public void EvaluateCells_NoRows_Throws()
        => Throws<InvalidOperationException>(Predictions.Floats(_mlContext, [], s_classes), "There is no cell to evaluate: 0 rows lack a label in column 'Label', and there is no other.");

    [TestMethod]
    public void EvaluateCells_NoLabels_ThrowsNamingTheModelsClasses()
        => Throws<InvalidOperationException>(Predictions.Floats(_mlContext, [Cell(-1, 0)], s_classes), "There is no cell to evaluate: 1 rows lack a label", "(a, b, c)");

    [TestMethod]
    public void EvaluateCells_ScoresOfNaN_ThrowsNamingTheRowAndTheFilterThatHelps()
    {
        IDataView predictions = Predictions.Floats(_mlContext, [Cell(0, 0), new(0, [double.NaN, double.NaN, double.NaN]), Cell(1, 1)], s_classes);

        Throws<InvalidOperationException>(predictions, "Row 2 has scores of NaN in column 'Score'", "Data.FilterRowsByMissingValues(predictions, \"Score\")");

        Assert.AreEqual(2, Evaluate(_mlContext.Data.FilterRowsByMissingValues(predictions, "Score")).CellCount);
    }

    [TestMethod]
    [DataRow(2.0, 1.0, -2.0)]
    [DataRow(0.5, 0.5, 0.5)]
    [DataRow(double.PositiveInfinity, 0.0, 0.0)]
    public void EvaluateCells_ScoresThatAreNoProbabilities_ThrowsNamingTheRow(double first, double second, double third)
        => Throws<InvalidOperationException>(Predictions.Floats(_mlContext, [Cell(0, 0), new(0, [first, second, third])], s_classes), "Row 2 has scores in column 'Score' that are no probabilities: the lowest is ");

    [TestMethod]
    [DataRow(nameof(CellEvaluationOptions.CellCounts), 0, 1)]
    [DataRow(nameof(CellEvaluationOptions.DrawsPerGroup), 0, 1)]
    [DataRow(nameof(CellEvaluationOptions.ReliabilityBins), 0, 1)]
    [DataRow(nameof(CellEvaluationOptions.BootstrapResamples), -1, 0)]
    public void EvaluateCells_OptionOutOfRange_ThrowsNamingItAndItsRange(string option, int value, int minimum)
    {
        var options = new CellEvaluationOptions();
        typeof(CellEvaluationOptions).GetProperty(option)!.SetValue(options, option == nameof(CellEvaluationOptions.CellCounts) ? new[] { value } : value);

        Throws<ArgumentOutOfRangeException>(Predictions.Floats(_mlContext, [Cell(0, 0)]), $"Option {option} is {value} but must be at least {minimum}.", options);
    }

    [TestMethod]
    public void EvaluateCells_Cancelled_Throws()
        => Assert.ThrowsExactly<OperationCanceledException>(() => Evaluate(Predictions.Floats(_mlContext, [Cell(0, 0)]), new() { CancellationToken = new(canceled: true) }));

    private CellEvaluation Evaluate(IDataView predictions, CellEvaluationOptions? options = null) => _mlContext.MulticlassClassification.EvaluateCells(predictions, options);

    private void Throws<TException>(IDataView predictions, string message, CellEvaluationOptions options) where TException : Exception
        => StringAssert.StartsWith(Assert.ThrowsExactly<TException>(() => Evaluate(predictions, options)).Message, message);

    private void Throws<TException>(IDataView predictions, string message, string remedy = "") where TException : Exception
    {
        string actual = Assert.ThrowsExactly<TException>(() => Evaluate(predictions)).Message;
        StringAssert.StartsWith(actual, message);
        StringAssert.Contains(actual, remedy);
    }

    private static Predictions.Cell Cell(int trueClass, int predicted) => new(trueClass, [.. Enumerable.Range(0, 3).Select(i => i == predicted ? 0.8 : 0.1)]);

    /// <summary>Cells of two classes, all said to be of the first.</summary>
    private static IEnumerable<Predictions.Cell> Confident(double confidence, int count, int right)
        => Enumerable.Range(0, count).Select(i => new Predictions.Cell(i < right ? 0 : 1, [confidence, 1 - confidence]));

    private static IEnumerable<Predictions.Cell> ReferenceCells(JsonElement reference)
        => reference.GetProperty("label").EnumerateArray().Zip(reference.GetProperty("score").EnumerateArray(), (label, scores) => new Predictions.Cell(label.GetInt32(), Doubles(scores)));

    private static double[] Doubles(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetDouble())];
}
