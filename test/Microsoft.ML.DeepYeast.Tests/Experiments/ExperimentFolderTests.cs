using Microsoft.ML.DeepYeast.Experiments;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class ExperimentFolderTests
{
    private static readonly Dictionary<string, string> s_identity = new() { ["the seed"] = "1", ["option X"] = "a" };

    [TestMethod]
    public void Open_Again_HasStateAndTrials()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "experiment");
        var cells = new HeldOutCells([0, 1], null, 2);
        var mlContext = new MLContext(1);
        DeepYeastPredictionTransformer model = Tiny.Fit(mlContext, count: 6);
        var record = new TrialRecord
        {
            Number = 3, Trainer = ExperimentTrainer.DeepYeastPooled, Settings = new() { LearningRate = 0.123, StartingPoint = "Drawn" }, Runtime = TimeSpan.FromSeconds(5),
            Results = [new(0, 4, 0.5, new(0.4, 0.6), TimeSpan.FromSeconds(7)), new(null, 5, 0.6, null, TimeSpan.FromSeconds(8))],
        };
        using (ExperimentFolder folder = ExperimentFolder.Open(path, s_identity))
        {
            folder.Save(state => state with { Elapsed = TimeSpan.FromSeconds(12), LearningRates = new Dictionary<string, double> { ["a, b"] = 1e-3 }, Paces = new(new Dictionary<string, double> { ["a"] = 2e-3 }, new Dictionary<string, double> { ["b"] = 3e-3 }) });
            record = folder.Save(mlContext, record, [(model, Tiny.Cells(mlContext, 6).Schema)], [1, 0, 0.5f, 0.5f]);
            string before = folder.ModelOf(record, 0);
            record = folder.Save(mlContext, record, [(model, Tiny.Cells(mlContext, 6).Schema)], [1, 0, 0.25f, 0.75f]);
            Assert.IsFalse(File.Exists(before), "What was there before is deleted, once the new one is whole.");
            folder.Save(new TrialRecord { Number = 1, Trainer = ExperimentTrainer.LightGbm, Input = BaselineInput.Statistics, Error = "no" });
        }

        string[] left = [Path.Combine(path, "trial-0003", "result-1-fold-1.zip"), Path.Combine(path, "trial-0003", "result-3-scores.bin")];
        foreach (string file in left)
            File.WriteAllText(file, "left by a run that was killed before or after it wrote trial.json");
        using ExperimentFolder again = ExperimentFolder.Open(path, s_identity);
        IReadOnlyList<Trial> trials = again.LoadTrials(cells);
        Assert.IsFalse(left.Any(File.Exists));

        Assert.AreEqual(TimeSpan.FromSeconds(12), again.State.Elapsed);
        Assert.AreEqual(1e-3, again.State.LearningRates["a, b"]);
        Assert.AreEqual((2e-3, 3e-3), (again.State.Paces.Training["a"], again.State.Paces.Scoring["b"]));
        CollectionAssert.AreEqual(new[] { 1, 3 }, trials.Select(trial => trial.Number).ToArray());
        Assert.AreEqual("no", trials[0].Record.Error);
        Assert.AreEqual(record.Settings, trials[1].Record.Settings);
        CollectionAssert.AreEqual(record.Results.ToArray(), trials[1].Record.Results.ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0, 0.25f, 0.75f }, trials[1].State.Figures!.Scores);
        Assert.IsNotNull(mlContext.Model.Load(again.ModelOf(trials[1].Record, 0), out _));
    }

    [TestMethod]
    public void Open_AnotherExperiment_SaysWhatDiffers()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "experiment");
        ExperimentFolder.Open(path, s_identity).Dispose();

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => ExperimentFolder.Open(path, new Dictionary<string, string>(s_identity) { ["the seed"] = "2" }));

        Assert.Contains("another experiment: the seed was 1 and is 2.", e.Message);
        ExperimentFolder.Open(path, s_identity).Dispose();   // and it is not locked
    }

    [TestMethod]
    public void Open_KilledInTheFirstWrite_Opens_AndClearsUp()
    {
        using var temporary = new TemporaryFolder();
        string left = temporary.File("experiment.json.0123.tmp"), leftOfTrial = Path.Combine(temporary.Path, "trial-0001", "result-1-fold-1.zip.0123.tmp");
        File.WriteAllText(left, "{");

        using ExperimentFolder folder = ExperimentFolder.Open(temporary.Path, s_identity);
        Directory.CreateDirectory(Path.GetDirectoryName(leftOfTrial)!);
        File.WriteAllText(leftOfTrial, "half");
        folder.LoadTrials(new([0, 1], null, 2));

        Assert.IsFalse(File.Exists(left));
        Assert.IsFalse(File.Exists(leftOfTrial));
    }

    [TestMethod]
    public void Open_FolderOfOtherThings_LeavesThemAlone()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(Path.Combine(temporary.Path, "thesis.txt"), "mine");

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => ExperimentFolder.Open(temporary.Path, s_identity));

        Assert.Contains("holds other things than an experiment", e.Message);
        CollectionAssert.AreEqual(new[] { "thesis.txt" }, Directory.GetFileSystemEntries(temporary.Path).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Open_InUse_IsRefused()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "experiment");
        using ExperimentFolder folder = ExperimentFolder.Open(path, s_identity);

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => ExperimentFolder.Open(path, s_identity));

        Assert.Contains("Another process works on the experiment", e.Message);
    }

    [TestMethod]
    public void LoadTrials_DamagedFile_NamesIt()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "experiment");
        using ExperimentFolder folder = ExperimentFolder.Open(path, s_identity);
        folder.Save(new TrialRecord { Number = 1, Trainer = ExperimentTrainer.LightGbm });
        File.WriteAllText(Path.Combine(path, "trial-0001", "trial.json"), "{ \"Number\": ");

        var e = Assert.ThrowsExactly<FormatException>(() => folder.LoadTrials(new([0, 1], null, 2)));

        Assert.Contains("trial.json", e.Message);
    }

    [TestMethod]
    public void Delete_OnlyTemporaryFolders()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "experiment");
        using (ExperimentFolder named = ExperimentFolder.Open(path, s_identity))
            named.Delete();
        string drawn;
        using (ExperimentFolder unnamed = ExperimentFolder.Open(null, s_identity))
        {
            drawn = Path.GetDirectoryName(unnamed.DrawnFolder)!;
            Assert.IsTrue(Directory.Exists(drawn));
            unnamed.Delete();
        }

        Assert.IsTrue(Directory.Exists(path));
        Assert.IsFalse(Directory.Exists(drawn));
    }
}
