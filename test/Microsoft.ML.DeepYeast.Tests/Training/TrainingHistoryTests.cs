using System.Xml.Linq;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The history of a training: on the transformer, in its model file, as CSV and as a curve.</summary>
[TestClass]
public sealed class TrainingHistoryTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void History_AfterSavingAndLoading_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        DeepYeastPredictionTransformer model = Validated();

        _mlContext.Model.Save(model, null, folder.File("model.zip"));
        var loaded = (DeepYeastPredictionTransformer)new MLContext().Model.Load(folder.File("model.zip"), out _);

        Assert.AreSequenceEqual(model.History.ToArray(), loaded.History.ToArray());
        Assert.AreEqual(model.History.BestEpoch, loaded.History.BestEpoch);
    }

    [TestMethod]
    public void SaveCsv_ThreeEpochs_HasALineForEachWithItsFigures()
    {
        using var folder = new TemporaryFolder();
        TrainingHistory history = Validated().History;

        history.SaveCsv(folder.File("history.csv"));

        string[] lines = File.ReadAllLines(folder.File("history.csv"));
        Assert.AreEqual("epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds", lines[0]);
        Assert.HasCount(4, lines);
        double[] second = [.. lines[2].Split(',').Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))];
        EpochFigures figures = history[1];
        Assert.AreSequenceEqual([2, figures.Loss, figures.Accuracy, figures.ValidationLoss!.Value, figures.ValidationAccuracy!.Value, figures.LearningRate], second[..6]);
    }

    [TestMethod]
    public void SaveCsv_NoValidation_LeavesItsColumnsEmpty()
    {
        using var folder = new TemporaryFolder();

        Tiny.Fit(_mlContext).History.SaveCsv(folder.File("history.csv"));

        Assert.Contains(",,,", File.ReadAllLines(folder.File("history.csv"))[1]);
    }

    [TestMethod]
    public void SaveSvg_ThreeEpochs_DrawsFourCurves()
    {
        using var folder = new TemporaryFolder();

        Validated().History.SaveSvg(folder.File("history.svg"));

        XDocument svg = XDocument.Load(folder.File("history.svg"));
        string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        Assert.IsTrue(new[] { "Training", "epoch", "loss", "accuracy", "blue: training cells, orange and dashed: validation cells" }.All(texts.Contains), string.Join(" ", texts));
        Assert.AreEqual(4 * 3, svg.Descendants().Count(element => element.Name.LocalName is "ellipse" or "circle"), "a dot for each of 4 figures of 3 epochs");
    }

    [TestMethod]
    public void SaveSvg_NoEpoch_Throws()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => TrainingHistory.Empty.SaveSvg("history.svg"));

        Assert.AreEqual("The history has no epoch, so there is no curve to draw.", error.Message);
    }

    [TestMethod]
    public void SaveCsv_FolderMissing_ThrowsAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();

        Assert.ThrowsExactly<DirectoryNotFoundException>(() => Validated().History.SaveCsv(folder.File("missing/history.csv")));
    }

    private DeepYeastPredictionTransformer Validated()
        => Tiny.Trainer(_mlContext, options => options.Epochs = 3).Fit(Tiny.Cells(_mlContext, 48), Tiny.Cells(_mlContext, 30, seed: 2));
}
