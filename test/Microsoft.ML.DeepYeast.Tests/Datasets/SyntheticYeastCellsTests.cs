namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What a caller may rely on. How the cells look may change.</summary>
[TestClass]
public sealed class SyntheticYeastCellsTests
{
    private readonly MLContext _mlContext = new();

    [TestMethod]
    public void CreateSyntheticYeastCells_SameSeed_DrawsTheSameCells()
        => Assert.AreSequenceEqual(Pixels(14, seed: 3), Pixels(14, seed: 3));

    [TestMethod]
    public void CreateSyntheticYeastCells_AnotherSeed_DrawsOtherCells()
        => Assert.IsEmpty(Pixels(14, seed: 3).Intersect(Pixels(14, seed: 4)));

    [TestMethod]
    public void CreateSyntheticYeastCells_ReadTwice_GivesTheSameCells()
    {
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(14);

        Assert.AreSequenceEqual(Pixels(cells), Pixels(cells));
    }

    [TestMethod]
    public void CreateSyntheticYeastCells_FewerCells_AreTheFirstOfMore()
        => Assert.AreSequenceEqual(Pixels(30, seed: 1)[..14], Pixels(14, seed: 1));

    [TestMethod]
    public void CreateSyntheticYeastCells_CellsOfOneCall_AreAllDifferent()
        => Assert.HasCount(50, Pixels(50, seed: 1).Distinct().ToArray());

    [TestMethod]
    public void CreateSyntheticYeastCells_Default_HasTheTwelveMainClassesInTurn()
    {
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(25);

        Assert.AreSequenceEqual(
            ["cell periphery", "cytoplasm", "endosome", "er", "golgi", "mitochondrion", "nuclear periphery", "nucleolus", "nucleus", "peroxisome", "spindle pole", "vacuole"],
            cells.GetColumn<string>("Label").Take(12).ToArray());
        Assert.AreSequenceEqual(cells.GetColumn<string>("Label").Take(13).ToArray(), cells.GetColumn<string>("Label").Skip(12).ToArray());
    }

    [TestMethod]
    [DataRow("cell periphery")]
    [DataRow("cytoplasm")]
    [DataRow("endosome")]
    [DataRow("er")]
    [DataRow("golgi")]
    [DataRow("mitochondrion")]
    [DataRow("nuclear periphery")]
    [DataRow("nucleolus")]
    [DataRow("nucleus")]
    [DataRow("peroxisome")]
    [DataRow("spindle pole")]
    [DataRow("vacuole")]
    [DataRow("actin")]
    [DataRow("bud neck")]
    [DataRow("lipid particle")]
    [DataRow("microtubule")]
    public void CreateSyntheticYeastCells_EachClass_DrawsBothChannelsWithContrast(string localization)
    {
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(6, localizations: [localization]);
        IDataView features = _mlContext.Transforms.DeepYeastPreprocess().Fit(cells).Transform(cells);

        foreach (float[] cell in features.GetColumn<float[]>("Features"))
        {
            // A plane without a cell in it would be flat but for noise.
            Assert.IsTrue(cell.Chunk(64 * 64).All(channel => channel.Max() - channel.Min() > 0.3));
        }
    }

    [TestMethod]
    public void CreateSyntheticYeastCells_Image_Is64By64()
        => Assert.AreEqual(new Transforms.Image.ImageDataViewType(64, 64), _mlContext.Data.CreateSyntheticYeastCells(1).Schema["Image"].Type);

    [TestMethod]
    public void CreateSyntheticYeastCells_Image_HasNoBlue()
    {
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(3);
        IDataView blue = _mlContext.Transforms.DeepYeastPreprocess(new DeepYeastPreprocessingEstimator.Options { Channels = [ImageChannel.Blue] }).Fit(cells).Transform(cells);

        Assert.IsTrue(blue.GetColumn<float[]>("Features").All(channel => channel.All(value => value == -1)));
    }

    [TestMethod]
    public void CreateSyntheticYeastCells_UnknownClass_ThrowsListingTheClasses()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Data.CreateSyntheticYeastCells(1, localizations: ["nucleus", "flagellum"]));

        StringAssert.Contains(error.Message, "Cells of 'flagellum' cannot be drawn. The classes are: cell periphery, cytoplasm,");
        StringAssert.Contains(error.Message, "microtubule.");
    }

    [TestMethod]
    public void CreateSyntheticYeastCells_NoClass_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Data.CreateSyntheticYeastCells(1, localizations: []));

        StringAssert.Contains(error.Message, "There is no class to draw.");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-5)]
    public void CreateSyntheticYeastCells_CountBelowOne_Throws(int count)
        => Assert.AreEqual("count", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Data.CreateSyntheticYeastCells(count)).ParamName);

    private string[] Pixels(int count, int seed) => Pixels(_mlContext.Data.CreateSyntheticYeastCells(count, seed));

    private static string[] Pixels(IDataView cells)
    {
        using DataViewRowCursor cursor = cells.GetRowCursor(cells.Schema);
        Func<object?> read = RowValues.Reader(cursor, cells.Schema["Image"]);
        var pixels = new List<string>();
        while (cursor.MoveNext())
            pixels.Add((string)read()!);
        return [.. pixels];
    }
}
