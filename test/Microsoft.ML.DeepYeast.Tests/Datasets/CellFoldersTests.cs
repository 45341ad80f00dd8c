namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class CellFoldersTests
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void LoadCellFolders_FoldersOfImages_AreTheClassesInOrdinalOrder()
    {
        IDataView cells = Load("nucleus/b.png", "nucleus/a.JPG", "er/deep/er/c.webp", "Vacuole/d.jpeg");

        VBuffer<ReadOnlyMemory<char>> names = default;
        cells.Schema["Label"].GetKeyValues(ref names);
        Assert.AreSequenceEqual(["Vacuole", "er", "nucleus"], names.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.AreSequenceEqual(["ImagePath", "Label"], cells.Schema.Select(column => column.Name).ToArray());
        Assert.AreSequenceEqual(
            [_folder.File("Vacuole/d.jpeg"), _folder.File("er/deep/er/c.webp"), _folder.File("nucleus/a.JPG"), _folder.File("nucleus/b.png")], cells.GetColumn<string>("ImagePath").ToArray());
        Assert.AreSequenceEqual([1u, 2u, 3u, 3u], cells.GetColumn<uint>("Label").ToArray());
    }

    [TestMethod]
    public void LoadCellFolders_OtherAndHiddenFiles_ArePassedOver()
    {
        IDataView cells = Load("er/a.png", "er/notes.txt", "er/.b.png", ".thumbnails/c.png", "list.txt");

        Assert.AreSequenceEqual([_folder.File("er/a.png")], cells.GetColumn<string>("ImagePath").ToArray());
    }

    [TestMethod]
    public void LoadCellFolders_LinkBackToTheFolder_GivesEachImageOnce()
    {
        Load("er/a.png", "nucleus/b.tif");
        Directory.CreateSymbolicLink(_folder.File("er/loop"), _folder.File("er"));

        IDataView cells = new MLContext().Data.LoadCellFolders(_folder.Path);

        Assert.AreSequenceEqual([_folder.File("er/a.png"), _folder.File("nucleus/b.tif")], cells.GetColumn<string>("ImagePath").ToArray());
    }

    [TestMethod]
    public void LoadCellFolders_FoldersOfPlates_GivesTheColumnsOfWells()
    {
        IDataView cells = Load("er/plate01/007016000-6-16000-19.png", "nucleus/2020/plate02/008001000-2-1-1.png");

        Assert.AreSequenceEqual(["plate01/007016", "plate02/008001"], cells.GetColumn<string>("Protein").ToArray());
        Assert.AreSequenceEqual(["plate01/007016000-6", "plate02/008001000-2"], cells.GetColumn<string>("Field").ToArray());
    }

    [TestMethod]
    public void LoadCellFolders_FolderOfTheClassAlone_IsNoPlate()
        => Assert.HasCount(2, Load("er/007016000-6-16000-19.png", "nucleus/008001000-2-1-1.png").Schema);

    [TestMethod]
    public void LoadCellFolders_ClassWithoutImages_ThrowsNamingIt()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Load("er/a.png", "nucleus/a.txt", "nucleus/b.txt"));

        StringAssert.Contains(error.Message, $"'{_folder.File("nucleus")}' has no images (.png, .jpg, .jpeg, .bmp, .gif, .webp, .tif, .tiff), only 2 other files.");
    }

    [TestMethod]
    public void LoadCellFolders_NoFolders_Throws()
        => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Load("a.png")).Message, $"'{_folder.Path}' has no folders in it.");

    [TestMethod]
    public void LoadCellFolders_NoSuchFolder_ThrowsNamingIt()
        => Assert.AreEqual($"There is no folder '{_folder.File("gone")}'.", Assert.ThrowsExactly<DirectoryNotFoundException>(() => _mlContext.Data.LoadCellFolders(_folder.File("gone"))).Message);

    private IDataView Load(params string[] files)
    {
        foreach (string file in files.Select(_folder.File))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
        }
        return _mlContext.Data.LoadCellFolders(_folder.Path);
    }
}
