using System.Security.Cryptography;
using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class PublishedDatasetTests
{
    private static readonly string[] s_fetched = ["Test.txt", "Train.txt", "Validation.txt", "cells.tar.gz", "classes.txt"];

    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();
    private readonly PackedCells _packed;
    private readonly FolderServer _server;
    private readonly string _cache;

    public PublishedDatasetTests()
    {
        _packed = PackedCells.CreateSmall(_folder.File("server"));
        _server = new(_packed.Folder);
        _cache = _folder.File("new/cache");
    }

    [TestCleanup]
    public void StopServerAndDeleteFolder()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void Load_FromServer_GivesTheColumns()
    {
        DataViewSchema schema = Load(DatasetSplit.Train).Schema;

        Assert.AreSequenceEqual(["ImagePath", "Label", "Plate", "Well", "Field", "Protein"], schema.Select(column => column.Name).ToArray());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 2), schema["Label"].Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Label"].GetKeyValues(ref names);
        Assert.AreSequenceEqual(["actin", "bud neck"], names.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.IsTrue(schema.Where(column => column.Name != "Label").All(column => column.Type is TextDataViewType));
    }

    [TestMethod]
    public void Load_FromServer_GivesTheRowsOfTheListInItsOrder()
    {
        IDataView cells = Load(DatasetSplit.Test);

        Assert.AreEqual(40, cells.GetRowCount());
        Assert.AreSequenceEqual(
            PackedCells.Lines(plate: 11).Select(line => Path.Combine(_cache, "cells", line.Split(' ')[0])).ToArray(), cells.GetColumn<string>("ImagePath").ToArray());
        Assert.AreSequenceEqual(PackedCells.Lines(plate: 11).Select(line => uint.Parse(line[^1..]) + 1).ToArray(), cells.GetColumn<uint>("Label").ToArray());
        IDataView named = _mlContext.Transforms.Conversion.MapKeyToValue("Label").Fit(cells).Transform(cells);
        Assert.AreSequenceEqual(["actin", "bud neck", "actin", "actin"], named.GetColumn<string>("Label").Take(4).ToArray());
        Assert.AreSequenceEqual(["plate11/007016", "plate11/008016", "plate11/007017", "plate11/008017"], cells.GetColumn<string>("Well").Take(4).ToArray());
        Assert.AreSequenceEqual(["plate11/007016", "plate11/008016"], cells.GetColumn<string>("Protein").Take(2).ToArray());
        Assert.AreSequenceEqual(PackedCells.Lines(plate: 11).Select(line => string.Join('-', line.Split('-')[..2])).ToArray(), cells.GetColumn<string>("Field").ToArray());
        Assert.AreSequenceEqual(["plate11"], cells.GetColumn<string>("Plate").Distinct().ToArray());
    }

    [TestMethod]
    public void Load_Images_AreThoseOfTheArchive()
    {
        IDataView cells = Load(DatasetSplit.Validation);
        var pipeline = _mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess());

        float[][] features = [.. pipeline.Fit(cells).Transform(cells).GetColumn<float[]>("Features")];

        Assert.HasCount(40, features);
        Assert.IsTrue(features.All(cell => cell.SequenceEqual(PackedCells.Features)));
    }

    [TestMethod]
    public void Load_FromServer_LeavesTheFilesAndTheFolderAlone()
    {
        Load();

        AssertCache([.. s_fetched], ["cells"]);
    }

    [TestMethod]
    public void Load_Again_AsksNobodyWhateverTheSplit()
    {
        Load(DatasetSplit.Train);
        int requests = _server.Requests.Count;

        Load(DatasetSplit.Test);

        Assert.HasCount(requests, _server.Requests);
    }

    [TestMethod]
    public void Load_ArchiveDeletedAfterwards_DoesNotMissIt()
    {
        Load();
        File.Delete(Path.Combine(_cache, "cells.tar.gz"));

        Assert.AreEqual(40, Load().GetRowCount());
        AssertCache([.. s_fetched.Except(["cells.tar.gz"])], ["cells"]);
    }

    [TestMethod]
    public void Load_ImageDeletedAfterwards_IsNotLookedForByCursors()
    {
        IDataView cells = Load();
        Directory.Delete(Path.Combine(_cache, "cells"), recursive: true);

        Assert.HasCount(40, cells.GetColumn<string>("ImagePath").ToArray());
    }

    [TestMethod]
    public void Load_ReadTwiceAndFromTwoCursorsAtOnce_GivesTheSameRows()
    {
        IDataView cells = Load();
        string[] paths = [.. cells.GetColumn<string>("ImagePath")];

        Assert.IsTrue(cells.GetColumn<string>("ImagePath").Zip(cells.GetColumn<string>("ImagePath"), paths).All(row => row.First == row.Second && row.First == row.Third));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Load_DownloadCutAtTwentyRandomBytes_EndsWithTheRightArchive(bool honoursRanges)
    {
        var random = new Random(3);
        long length = new FileInfo(_packed.ArchivePath).Length;
        while (_server.ArchiveEndsAt.Count < 20)
            _server.ArchiveEndsAt.Add(random.NextInt64(1, length));
        long[] cuts = [.. _server.ArchiveEndsAt];
        _server.HonoursRanges = honoursRanges;

        for (int i = 0; i < cuts.Length; i++)
        {
            var error = Assert.ThrowsExactly<IOException>(() => Load());
            StringAssert.Contains(error.Message, $"after {cuts[i]} of {length} bytes of {_server.Address}/data/cells.tar.gz. They are kept: the same call goes on from there.");
            AssertCache([.. s_fetched.Except(["cells.tar.gz"]), "cells.tar.gz.part", "cells.tar.gz.part.tag"], []);
        }
        Assert.AreEqual(40, Load().GetRowCount());

        Assert.AreSequenceEqual([0L, .. cuts], _server.Requests.Where(request => request.Name == "cells.tar.gz").Select(request => request.From).ToArray());
        Assert.AreSequenceEqual(File.ReadAllBytes(_packed.ArchivePath), File.ReadAllBytes(Path.Combine(_cache, "cells.tar.gz")));
        AssertCache([.. s_fetched], ["cells"]);
    }

    [TestMethod]
    [DataRow(700)]
    [DataRow(-700)]
    public void Load_ServerLiesAboutTheLength_ThrowsAndNothingHasTheFinalName(int error)
    {
        _server.ArchiveLengthError = error;

        // Who announces too little ends the file for the client as well: the MD5 tells.
        Exception thrown = error > 0 ? Assert.ThrowsExactly<IOException>(() => Load()) : Assert.ThrowsExactly<FormatException>(() => Load());

        StringAssert.Contains(thrown.Message, $"{_server.Address}/data/cells.tar.gz");
        Assert.IsFalse(File.Exists(Path.Combine(_cache, "cells.tar.gz")));
        AssertNothingUnpacked();
        _server.ArchiveLengthError = 0;
        Assert.AreEqual(40, Load().GetRowCount());
    }

    [TestMethod]
    public void Load_WrongBytes_ThrowsWithBothMd5sAndKeepsNoneOfThem()
    {
        _server.AltersArchive = true;

        var error = Assert.ThrowsExactly<FormatException>(() => Load());

        byte[] altered = File.ReadAllBytes(_packed.ArchivePath);
        altered[^1] ^= 1;
        StringAssert.Contains(error.Message, $"has the MD5 {Convert.ToHexString(MD5.HashData(altered)).ToLowerInvariant()}, but {_packed.Dataset.Archive.Md5} is expected; it was deleted.");
        AssertCache([.. s_fetched.Except(["cells.tar.gz"])], []);
    }

    [TestMethod]
    public void Load_AnotherArchiveThere_ThrowsAndLeavesIt()
    {
        Directory.CreateDirectory(_cache);
        File.WriteAllText(Path.Combine(_cache, "cells.tar.gz"), "half");

        var error = Assert.ThrowsExactly<FormatException>(() => Load());

        StringAssert.Contains(error.Message, "exists with the MD5");
        StringAssert.Contains(error.Message, "Delete it to have it fetched");
        Assert.AreEqual("half", File.ReadAllText(Path.Combine(_cache, "cells.tar.gz")));
        AssertNothingUnpacked();
    }

    [TestMethod]
    public void Load_NobodyListens_ThrowsHttpRequestException()
    {
        _server.Dispose();

        Assert.ThrowsExactly<HttpRequestException>(() => Load());

        AssertCache([], []);
    }

    [TestMethod]
    public void Load_NotFound_ThrowsNamingTheAddress()
    {
        File.Delete(_packed.ArchivePath);

        var error = Assert.ThrowsExactly<HttpRequestException>(() => Load());

        StringAssert.Contains(error.Message, $"{_server.Address}/data/cells.tar.gz answers 404 (Not Found) instead of the file. Check the address, or give that of a mirror.");
        AssertCache([.. s_fetched.Except(["cells.tar.gz"])], []);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Load_BaseAddressIsAFolder_TakesTheFilesFromThere(bool asAddress)
    {
        string server = asAddress ? new Uri(_packed.Folder).AbsoluteUri : _packed.Folder;

        Assert.AreEqual(40, Load(baseAddress: server).GetRowCount());

        Assert.IsEmpty(_server.Requests);
    }

    [TestMethod]
    public void Load_BaseAddressIsAFolderWithoutTheFiles_ThrowsNamingTheFile()
    {
        Directory.CreateDirectory(_folder.File("empty/code/lists"));

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => Load(baseAddress: _folder.File("empty")));

        StringAssert.Contains(error.Message, "classes.txt");
        AssertCache([], []);
    }

    [TestMethod]
    [DataRow("ftp://example.org", "'ftp://example.org/code/lists/classes.txt' is no address that files can be fetched from.")]
    [DataRow(" ", "Option BaseAddress is empty but must be")]
    public void Load_BaseAddressOfAnotherKind_Throws(string address, string message)
        => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Load(baseAddress: address)).Message, message);

    [TestMethod]
    public void Load_EmptyFolderOption_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _packed.Dataset.Load(_mlContext.Data, DatasetSplit.Train, new() { Folder = "" }));

        StringAssert.Contains(error.Message, "Option Folder is empty");
    }

    [TestMethod]
    public void Load_UnknownSplit_ThrowsListingThem()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Load((DatasetSplit)3));

        StringAssert.Contains(error.Message, "Train, Validation, Test");
    }

    [TestMethod]
    public void Load_CancelledDuringTheDownload_GoesOnFromThereTheNextTime()
    {
        using var cancellation = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Load(
            progress: report =>
            {
                if (report is { FileName: "cells.tar.gz", Bytes: > 0 })
                    cancellation.Cancel();
            },
            cancellationToken: cancellation.Token));

        AssertCache([.. s_fetched.Except(["cells.tar.gz"]), "cells.tar.gz.part", "cells.tar.gz.part.tag"], []);
        long kept = new FileInfo(Path.Combine(_cache, "cells.tar.gz.part")).Length;
        Assert.IsGreaterThan(0, kept);
        Assert.AreEqual(40, Load().GetRowCount());
        Assert.AreEqual(("cells.tar.gz", kept), _server.Requests[^1]);
    }

    [TestMethod]
    public void Load_CancelledDuringUnpacking_LeavesNothingOfItAndTheNextCallBeginsAnew()
    {
        using var cancellation = new CancellationTokenSource();
        Load();
        Directory.Delete(Path.Combine(_cache, "cells"), recursive: true);
        int requests = _server.Requests.Count;

        Assert.Throws<OperationCanceledException>(() => Load(
            progress: report =>
            {
                Assert.IsTrue(Directory.Exists(Path.Combine(_cache, "cells.part", "plate01")));
                cancellation.Cancel();
            },
            cancellationToken: cancellation.Token));

        AssertCache([.. s_fetched], []);
        Assert.AreEqual(40, Load().GetRowCount());
        Assert.HasCount(requests, _server.Requests);
    }

    [TestMethod]
    public void Load_RemainsOfAKilledUnpacking_AreDeleted()
    {
        Directory.CreateDirectory(Path.Combine(_cache, "cells.part", "plate77"));
        File.WriteAllText(Path.Combine(_cache, "cells.part", "plate77", "half.png"), "ha");

        Load();

        AssertCache([.. s_fetched], ["cells"]);
        Assert.IsFalse(Directory.Exists(Path.Combine(_cache, "cells", "plate77")));
    }

    [TestMethod]
    public void Load_FolderThatMissesImages_ThrowsNamingTheFirstFiveTheCountAndTheRemedy()
    {
        Load();
        string[] lines = PackedCells.Lines(plate: 1);
        foreach (string line in lines[10..17])
            File.Delete(Path.Combine(_cache, "cells", line.Split(' ')[0]));

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => Load(DatasetSplit.Train));

        StringAssert.Contains(error.Message, $"7 of the 40 images in '{Path.Combine(_cache, "Train.txt")}' are not there: '{Path.Combine(_cache, "cells", lines[10].Split(' ')[0])}', '");
        StringAssert.Contains(error.Message, $"{lines[14].Split(' ')[0]}', ...");
        Assert.IsFalse(error.Message.Contains(lines[15].Split(' ')[0], StringComparison.Ordinal));
        StringAssert.Contains(error.Message, $"Delete the folder '{Path.Combine(_cache, "cells")}' to have 'cells.tar.gz' unpacked again.");
        Assert.AreEqual(40, Load(DatasetSplit.Test).GetRowCount());
    }

    [TestMethod]
    public void Load_Progress_TellsDownloadsAndUnpackingToTheirEnds()
    {
        var reports = new List<DatasetProgress>();

        Load(progress: reports.Add);

        long length = new FileInfo(_packed.ArchivePath).Length;
        Assert.AreSequenceEqual(
            ["classes.txt", "Train.txt", "Validation.txt", "Test.txt", "cells.tar.gz"],
            reports.Where(report => report.Phase == DatasetPhase.Downloading).Select(report => report.FileName).Distinct().ToArray());
        Assert.AreEqual(new(DatasetPhase.Downloading, "cells.tar.gz", length, length), reports.Last(report => report.Phase == DatasetPhase.Downloading));
        Assert.AreEqual(new(DatasetPhase.Unpacking, "cells.tar.gz", length, length), reports[^1]);
    }

    [TestMethod]
    [DataRow(DatasetPhase.Downloading)]
    [DataRow(DatasetPhase.Unpacking)]
    public void Load_ProgressCallbackThrows_EndsTheLoadingAndNothingHasAFinalName(DatasetPhase phase)
    {
        Assert.ThrowsExactly<NotSupportedException>(() => Load(progress: report =>
        {
            if (report.Phase == phase && report is { FileName: "cells.tar.gz", Bytes: > 0 })
                throw new NotSupportedException();
        }));

        AssertCache(phase == DatasetPhase.Unpacking ? s_fetched : [.. s_fetched.Except(["cells.tar.gz"]), "cells.tar.gz.part", "cells.tar.gz.part.tag"], []);
        Assert.AreEqual(40, Load().GetRowCount());
    }

    [TestMethod]
    public void Load_AnotherProcessIsUnpacking_ThrowsAndDisturbsNothing()
    {
        Directory.CreateDirectory(Path.Combine(_cache, "cells.part"));
        File.WriteAllText(Path.Combine(_cache, "cells.part", "theirs.png"), "theirs");
        using (new FileStream(Path.Combine(_cache, "cells.part.lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => Load()).Message, "cells.part.lock");

        Assert.IsTrue(File.Exists(Path.Combine(_cache, "cells.part", "theirs.png")));
    }

    [TestMethod]
    [DataRow("main")]
    [DataRow("transfer")]
    public void ClassNames_AreThoseOfTheReferenceInItsOrder(string name)
    {
        PublishedDataset dataset = name == "main" ? PublishedDataset.Main : PublishedDataset.Transfer;

        string[] lines = File.ReadAllLines(TestData.Path($"howt-lists/{dataset.ClassList.Name}"));

        Assert.AreSequenceEqual(lines[1..], dataset.ClassNames.Select((className, index) => $"{className};{index}").ToArray());
    }

    [TestMethod]
    public void Lists_OfOneDataset_ShareNoProtein()
    {
        foreach (PublishedDataset dataset in new[] { PublishedDataset.Main, PublishedDataset.Transfer })
        {
            string[][] proteins = [.. Enum.GetValues<DatasetSplit>().Select(split => Read(dataset, split).Select(cell => cell.Protein.ToString()).Distinct().ToArray())];
            Assert.HasCount(proteins.Sum(of => of.Length), proteins.SelectMany(of => of).Distinct().ToArray());
        }

        static IReadOnlyList<CellFile> Read(PublishedDataset dataset, DatasetSplit split)
            => CellList.Read(TestData.Path($"howt-lists/{dataset.Lists[split].Name}"), ".", dataset.ClassNames);
    }

    [TestMethod]
    public void LoadDeepYeastTransfer_CacheOfThePythonPackage_IsUsedAsItIs()
    {
        // What it leaves: all lists, the archive, the cells. The archive, which is not to be had, is what this test is about: nobody asks for it.
        Directory.CreateDirectory(_cache);
        foreach (string list in new[] { "doc", "train", "val", "test" })
            File.Copy(TestData.Path($"howt-lists/HOwt_transfer_{list}.txt"), Path.Combine(_cache, $"HOwt_transfer_{list}.txt"));
        string[] lines = File.ReadAllLines(Path.Combine(_cache, "HOwt_transfer_val.txt"));
        foreach (string path in lines.Select(line => Path.Combine(_cache, "transfer", line.Split(' ')[0])))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, []);
        }

        IDataView cells = _mlContext.Data.LoadDeepYeastTransfer(DatasetSplit.Validation, new() { Folder = _cache, BaseAddress = _server.Address });

        Assert.AreSequenceEqual(lines.Select(line => Path.Combine(_cache, "transfer", line.Split(' ')[0])).ToArray(), cells.GetColumn<string>("ImagePath").ToArray());
        Assert.AreSequenceEqual(["1: 500", "2: 500", "3: 500", "4: 500"], cells.GetColumn<uint>("Label").GroupBy(label => label).OrderBy(label => label.Key).Select(label => $"{label.Key}: {label.Count()}").ToArray());
        Assert.IsEmpty(_server.Requests);
    }

    [TestMethod]
    public void LoadDeepYeastMain_ServerWithAnotherArchive_ThrowsNamingThePublishedMd5()
    {
        foreach (string list in new[] { "doc", "train", "val", "test" })
            CopyTo($"code/image_prep/data/HOwt_{list}.txt", TestData.Path($"howt-lists/HOwt_{list}.txt"));
        CopyTo("data/main.tar.gz", _packed.ArchivePath);

        var error = Assert.ThrowsExactly<FormatException>(() => _mlContext.Data.LoadDeepYeastMain(DatasetSplit.Train, new() { Folder = _cache, BaseAddress = _server.Address }));

        StringAssert.Contains(error.Message, $"What came from {_server.Address}/data/main.tar.gz has the MD5 {_packed.Dataset.Archive.Md5}, but f313fc0b8068941ab18ae65eb113afee is expected");
        AssertCache(["HOwt_doc.txt", "HOwt_test.txt", "HOwt_train.txt", "HOwt_val.txt"], []);

        void CopyTo(string path, string file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_packed.Folder, path))!);
            File.Copy(file, Path.Combine(_packed.Folder, path));
        }
    }

    private IDataView Load(
        DatasetSplit split = DatasetSplit.Train, string? baseAddress = null, Action<DatasetProgress>? progress = null, CancellationToken cancellationToken = default)
        => _packed.Dataset.Load(_mlContext.Data, split, new()
        {
            Folder = _cache, BaseAddress = baseAddress ?? _server.Address, ProgressCallback = progress, CancellationToken = cancellationToken,
        });

    private void AssertNothingUnpacked() => Assert.IsEmpty(Directory.GetDirectories(_cache));

    private void AssertCache(string[] files, string[] folders)
    {
        Assert.AreSequenceEqual(files.Order(StringComparer.Ordinal).ToArray(), Names(Directory.GetFiles(_cache)));
        Assert.AreSequenceEqual(folders, Names(Directory.GetDirectories(_cache)));

        static string[] Names(string[] paths) => [.. paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }
}
