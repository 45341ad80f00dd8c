namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What an experiment refuses, and how it says so.</summary>
public sealed partial class DeepYeastExperimentTests
{
    [TestMethod]
    public void Execute_FolderOfOtherCells_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, folder.File("experiment"))).Execute(Rows(60, seed: 1)).Dispose();

        var e = Assert.ThrowsExactly<InvalidOperationException>(
            () => Experiment(settings => (settings.MaxModels, settings.CacheDirectoryName) = (1, folder.File("experiment"))).Execute(Rows(60, seed: 9)));

        Assert.Contains("another experiment: the training cells was", e.Message);
    }

    [TestMethod]
    public void Execute_ValidationHasOtherLabels_NamesThem()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Rows(60, seed: 1), Rows(40, seed: 2, classes: 4)));

        Assert.Contains("labels in column 'Label' that the training data lacks: 'none'", e.Message);
    }

    [TestMethod]
    public void Execute_ValidationOfOneClass_IsRefused()
    {
        IDataView held = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(60).Where(row => row.Label == "red"));

        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Rows(60, seed: 1), held));

        Assert.Contains("All 20 of the validation cells are of class 'red'", e.Message);
    }

    [TestMethod]
    public void Execute_OneGroup_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(_ => "plate 1"), samplingKeyColumn: "Group"));

        Assert.Contains("All 60 rows have the same value in column 'Group'", e.Message);
    }

    [TestMethod]
    public void Execute_GroupsAreTheClasses_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(row => row.Label!), samplingKeyColumn: "Group"));

        Assert.Contains("a group column must not separate the classes", e.Message);
    }

    [TestMethod]
    public void Execute_MoreFoldsThanGroups_IsRefused()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => Experiment().Execute(Grouped(row => $"plate {row.Id % 2}"), numberOfCVFolds: 3, samplingKeyColumn: "Group"));

        Assert.Contains("There are 3 folds, but only 2 groups in column 'Group'", e.Message);
    }

    [TestMethod]
    public void Execute_NothingToMakeFeaturesOf_SaysWhatIsNeeded()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(new[] { new { Label = "a", Text = "x" }, new { Label = "b", Text = "y" } });

        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Experiment().Execute(rows));

        Assert.Contains("no feature column 'Features', and neither a column 'Image' nor 'ImagePath'", e.Message);
    }

    [TestMethod]
    public void Execute_NoLabel_SaysSo()
        => Assert.Contains("There is no label column 'Class'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Experiment().Execute(Rows(60, seed: 1), "Class")).Message);

    [TestMethod]
    [DataRow("time")]
    [DataRow("models")]
    [DataRow("factor")]
    [DataRow("concurrent")]
    [DataRow("trainers")]
    [DataRow("names of no network")]
    [DataRow("too few names")]
    [DataRow("a name twice")]
    public void Settings_OutOfRange_AreRefused(string option)
    {
        DeepYeastExperimentSettings settings = Settings();
        switch (option)
        {
            case "time": settings.MaxExperimentTimeInSeconds = 0; break;
            case "models": settings.MaxModels = 0; break;
            case "factor": settings.ReductionFactor = 0; break;
            case "concurrent": settings.MaxConcurrentTrials = 0; break;
            case "trainers": settings.Trainers.Clear(); break;
            case "names of no network": settings.StartingNetworkClassNames = ["red", "green"]; break;
            case "too few names": (settings.StartingNetwork, settings.StartingNetworkClassNames) = (Network.Initialize(Tiny.Network(Tiny.Shape, 3), new Random(1)), ["red", "green"]); break;
            case "a name twice": (settings.StartingNetwork, settings.StartingNetworkClassNames) = (Network.Initialize(Tiny.Network(Tiny.Shape, 2), new Random(1)), ["red", "red"]); break;
        }

        Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings));
    }

    private IDataView Grouped(Func<Tiny.Row, string> groupOf)
        => _mlContext.Data.LoadFromEnumerable(Tiny.Rows(60).Select(row => new GroupedRow { Features = row.Features, Label = row.Label, Group = groupOf(row) }));

    private sealed class GroupedRow
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        public string? Label { get; set; }

        public string Group { get; set; } = "";
    }
}
