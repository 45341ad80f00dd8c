namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class CellListTests
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void LoadCellList_PathsOfAnyKind_GivesPathAndLabelAlone()
    {
        IDataView cells = Load("a.png 0\r\nsub/b c.png\t1\n\n  d.png  1  \n", ["one", "two"], "a.png", "sub/b c.png", "d.png");

        Assert.AreSequenceEqual(["ImagePath", "Label"], cells.Schema.Select(column => column.Name).ToArray());
        Assert.AreSequenceEqual([_folder.File("a.png"), _folder.File("sub/b c.png"), _folder.File("d.png")], cells.GetColumn<string>("ImagePath").ToArray());
        Assert.AreSequenceEqual([1u, 2u, 2u], cells.GetColumn<uint>("Label").ToArray());
        Assert.AreEqual(3, cells.GetRowCount());
    }

    [TestMethod]
    public void LoadCellList_PathsThatNamePlateAndWell_GivesTheirColumns()
    {
        IDataView cells = Load("plate11/007016000-6-16000-19.png 5\nset/plate 2/001024000-0-1-2.png 11", null, "plate11/007016000-6-16000-19.png", "set/plate 2/001024000-0-1-2.png");

        Assert.AreSequenceEqual(["plate11", "plate 2"], cells.GetColumn<string>("Plate").ToArray());
        Assert.AreSequenceEqual(["plate11/007016", "plate 2/001024"], cells.GetColumn<string>("Well").ToArray());
        Assert.AreSequenceEqual(["plate11/007016000-6", "plate 2/001024000-0"], cells.GetColumn<string>("Field").ToArray());
        Assert.AreSequenceEqual(["plate11/007016", "plate 2/001024"], cells.GetColumn<string>("Protein").ToArray());
        VBuffer<ReadOnlyMemory<char>> names = default;
        cells.Schema["Label"].GetKeyValues(ref names);
        Assert.AreSequenceEqual(LocalizationClasses.Main.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    [DataRow("007016000-6-16000-19.png")]        // no plate
    [DataRow("plate11/0070160-6-16000-19.png")]
    [DataRow("plate11/007016000-x-16000-19.png")]
    [DataRow("plate11/007016000-6.png")]
    public void LoadCellList_OnePathNamesNoWell_HasNoColumnsOfWells(string path)
        => Assert.HasCount(2, Load($"plate11/007016000-6-16000-19.png 0\n{path} 0", null, "plate11/007016000-6-16000-19.png", path).Schema);

    [TestMethod]
    public void LoadCellList_AbsolutePath_StaysAsItIs()
    {
        string image = _folder.File("elsewhere.png");

        IDataView cells = Load($"{image} 0", null, image);

        Assert.AreSequenceEqual([image], cells.GetColumn<string>("ImagePath").ToArray());
    }

    [TestMethod]
    public void LoadCellList_ImageFolder_IsWherePathsStart()
    {
        File.WriteAllText(_folder.File("list.txt"), "a.png 0");
        Directory.CreateDirectory(_folder.File("images"));
        File.WriteAllText(_folder.File("images/a.png"), "");

        IDataView cells = _mlContext.Data.LoadCellList(_folder.File("list.txt"), _folder.File("images"));

        Assert.AreSequenceEqual([_folder.File("images/a.png")], cells.GetColumn<string>("ImagePath").ToArray());
    }

    [TestMethod]
    [DataRow("a.png", "is 'a.png'. A line must be a path, a space and the index of the class")]
    [DataRow("a.png nucleus", "is 'a.png nucleus'.")]
    [DataRow("a.png 1.0", "is 'a.png 1.0'.")]
    [DataRow("3", "is '3'.")]
    [DataRow("a.png 99999999999", "is 'a.png 99999999999'.")]
    [DataRow("a\0b.png 1", "A line must be")]
    [DataRow("a.png 2", "has the class 2, but the 2 classes are 0 to 1: one, two.")]
    [DataRow("a.png -1", "has the class -1, but the 2 classes are 0 to 1: one, two.")]
    public void LoadCellList_BadLine_ThrowsWithFileLineNumberAndWhatWasFound(string line, string message)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Load($"a.png 0\n\n{line}\n", ["one", "two"], "a.png"));

        StringAssert.StartsWith(error.Message, $"Line 3 of '{_folder.File("list.txt")}' ");
        StringAssert.Contains(error.Message, message);
    }

    [TestMethod]
    public void LoadCellList_NoListAtAll_QuotesLittleOfIt()
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Load(new string('x', 1_000_000), null));

        StringAssert.Contains(error.Message, "xxx...'");
        Assert.IsLessThan(400, error.Message.Length);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("\n \n")]
    public void LoadCellList_Empty_Throws(string text)
        => StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Load(text, null)).Message, "lists no cells.");

    [TestMethod]
    public void LoadCellList_MissingImages_ThrowsNamingThemAndTheCount()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => Load("a.png 0\nb.png 0\nc.png 0", null, "b.png"));

        Assert.AreEqual($"2 of the 3 images in '{_folder.File("list.txt")}' are not there: '{_folder.File("a.png")}', '{_folder.File("c.png")}'. Give the folder that the paths start from.", error.Message);
    }

    [TestMethod]
    public void LoadCellList_NoSuchList_ThrowsNamingIt()
        => StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => _mlContext.Data.LoadCellList(_folder.File("gone.txt"))).Message, "gone.txt");

    [TestMethod]
    [DataRow("one,one", "A class name is given twice: one, one.")]
    [DataRow("one,", "A class has no name: (one, ).")]
    public void LoadCellList_BadClassNames_Throws(string names, string message)
        => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Load("a.png 0", names.Split(','), "a.png")).Message, message);

    [TestMethod]
    public void LoadCellList_NoClassNames_Throws()
        => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Load("a.png 0", [], "a.png")).Message, "There are no class names.");

    private IDataView Load(string text, string[]? classNames, params string[] images)
    {
        foreach (string image in images.Select(_folder.File))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(image)!);
            File.WriteAllText(image, "");
        }
        File.WriteAllText(_folder.File("list.txt"), text);
        return _mlContext.Data.LoadCellList(_folder.File("list.txt"), classNames: classNames);
    }
}
