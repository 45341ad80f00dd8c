using static Microsoft.ML.DeepYeast.Tests.InterruptedTraining;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A training goes on from its own checkpoints alone, and says before it begins what is wrong with a folder.</summary>
[TestClass]
public sealed class CheckpointRefusalTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("batch size", "option BatchSize was 16 and is 8")]
    [DataRow("optimizer", "option Optimizer was AdamOptimizer {\"Beta1\":0.9,\"Beta2\":0.999,\"Epsilon\":1E-07,\"WeightDecay\":0} and is SgdOptimizer {\"Momentum\":0.9,\"Nesterov\":true,\"WeightDecay\":0}")]
    [DataRow("seed", "the seed was 1 and is 2")]
    [DataRow("schedule", "option Schedule was CosineSchedule {\"WarmUpShare\":0.05} and is ConstantSchedule {}")]
    [DataRow("early stopping", "option EarlyStopping was null and is EarlyStopping ")]
    [DataRow("selection", "option Selection was Best and is Last")]
    [DataRow("augmentation", "option Augmentation was CellAugmentation ")]
    [DataRow("mixup", "option MixupAlpha was 0 and is 0.2")]
    [DataRow("smoothing", "option LabelSmoothing was 0 and is 0.1")]
    [DataRow("class weights", "option ClassWeights was none and is 1 1 2")]
    [DataRow("clipping", "option GradientClipNorm was null and is 1")]
    [DataRow("average", "option WeightAverageDecay was 0 and is 0.9")]
    [DataRow("validation", "option ValidationFraction was 0 and is 0.2")]
    [DataRow("statistics", "option Statistics was Reestimated and is MovingAverage")]
    [DataRow("precision", "the precision was Full and is Mixed")]
    [DataRow("network", "the network was Tiny ")]
    [DataRow("data", "the training data was 60 cells ")]
    [DataRow("pixels", "the training data was 60 cells ")]
    [DataRow("classes", "the list of classes was red, green, both and is redish, greenish, bothish")]
    public void Resume_OfAnotherTraining_ThrowsNamingTheDifference(string what, string expected)
    {
        using var folder = new TemporaryFolder();
        Crash(_mlContext, folder, batch: 5);

        List<Tiny.Row> rows = Tiny.Rows(what == "data" ? 59 : 60, seed: what == "pixels" ? 2 : 1);
        if (what == "classes")
            rows.ForEach(row => row.Label += "ish");

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Trainer(_mlContext, options =>
        {
            options.Epochs = Epochs;
            Resume(options, folder);
            switch (what)
            {
                case "batch size": options.BatchSize = 8; break;
                case "optimizer": options.Optimizer = new SgdOptimizer(); break;
                case "seed": options.Seed = 2; break;
                case "schedule": options.Schedule = new ConstantSchedule(); break;
                case "early stopping": (options.EarlyStopping, options.ValidationFraction) = (new(), 0.2); break;
                case "selection": options.Selection = ModelSelection.Last; break;
                case "augmentation": options.Augmentation = CellAugmentation.RoundCells with { MaximumShift = 1 }; break;
                case "mixup": options.MixupAlpha = 0.2; break;
                case "smoothing": options.LabelSmoothing = 0.1; break;
                case "class weights": options.ClassWeights = ClassWeights.Of(1, 1, 2); break;
                case "clipping": options.GradientClipNorm = 1; break;
                case "average": options.WeightAverageDecay = 0.9; break;
                case "validation": options.ValidationFraction = 0.2; break;
                case "statistics": options.Statistics = BatchNormalizationStatistics.MovingAverage; break;
                case "precision": options.Precision = Precision.Mixed; break;
                case "network": options.Network = (cells, classes) => new NetworkBuilder("Other", cells).Flatten("flat").Dense("ip", classes).Softmax("predictions").ToGraph(); break;
            }
        }).Fit(Tiny.Cells(_mlContext, rows)));

        StringAssert.StartsWith(error.Message, $"The training cannot go on from '{Files(folder).Max()}': ");
        StringAssert.Contains(error.Message, expected);
        StringAssert.Contains(error.Message, "Set these as they were, or begin anew with another CheckpointFolder.");
    }

    [TestMethod]
    public void Resume_AnotherCulture_IsNoDifference()
    {
        using var folder = new TemporaryFolder();
        Crash(_mlContext, folder, batch: 5);
        var before = System.Globalization.CultureInfo.CurrentCulture;
        var german = (System.Globalization.CultureInfo)before.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = german;
            Assert.HasCount(Epochs, Fit(_mlContext, options => Resume(options, folder)).History);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void Resume_WithoutASeedOfItsOwn_TakesThatOfTheCheckpoint()
    {
        var unseeded = new MLContext();
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<CrashException>(() => Fit(unseeded, options =>
        {
            AtEachBatch(options, folder);
            options.Seed = null;
            options.ProgressCallback = CrashAt(5);
        }));

        Assert.HasCount(Epochs, Fit(unseeded, options =>
        {
            Resume(options, folder);
            options.Seed = null;
        }).History);
    }

    [TestMethod]
    public void Fit_FolderWithCheckpointsAndNoResume_ThrowsAndLeavesThem()
    {
        using var folder = new TemporaryFolder();
        Crash(_mlContext, folder, batch: 5);
        string[] before = Files(folder);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(_mlContext, options => AtEachBatch(options, folder)));

        StringAssert.Contains(error.Message, "which has checkpoints of an earlier training. Set option Resume to go on from them, or choose another folder to begin anew.");
        Assert.AreSequenceEqual(before, Files(folder));
    }

    [TestMethod]
    public void Fit_CheckpointFolderCannotBeMade_ThrowsBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        bool reported = false;

        var error = Assert.ThrowsExactly<IOException>(() => Fit(_mlContext, options =>
        {
            options.CheckpointFolder = folder.File("file/checkpoints");
            options.ProgressCallback = _ => reported = true;
        }));

        StringAssert.StartsWith(error.Message, $"Option CheckpointFolder is '{folder.File("file/checkpoints")}', which cannot be written to (");
        StringAssert.EndsWith(error.Message, "Choose a folder that can, or null for a training without checkpoints.");
        Assert.IsFalse(reported);
    }

    [TestMethod]
    public void Constructor_ResumeWithoutFolder_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Tiny.Trainer(_mlContext, options => options.Resume = true));

        Assert.AreEqual("Option Resume is true but option CheckpointFolder is null: name the folder that has the checkpoints.", error.Message);
    }
}
