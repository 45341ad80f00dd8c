using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The reference's own lists, with archives of drawn cells under their paths.</summary>
[TestClass]
public sealed class ReferenceListsTests
{
    private static readonly Dictionary<DatasetSplit, string> s_names = new() { [DatasetSplit.Train] = "train", [DatasetSplit.Validation] = "val", [DatasetSplit.Test] = "test" };

    private readonly TemporaryFolder _folder = new();

    public required TestContext TestContext { get; set; }

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Every 150th path, or, in a long run, all 90,000 and 10,000: cells of 64 x 64, half a gigabyte of them.</summary>
    [TestMethod]
    [DataRow("HOwt_")]
    [DataRow("HOwt_transfer_")]
    public void Load_ListsOfTheReference_CountsPerSplitAndClassEqualTheLists(string prefix)
    {
        int step = LongTests.Enabled ? 1 : 150;
        var lines = s_names.ToDictionary(name => name.Key, name => File.ReadAllLines(TestData.Path($"howt-lists/{prefix}{name.Value}.txt")).Where((_, i) => i % step == 0).ToArray());
        PackedCells packed = PackedCells.Create(_folder.File("server"), prefix == "HOwt_" ? LocalizationClasses.Main : LocalizationClasses.Transfer, lines);
        using var server = new FolderServer(packed.Folder);
        var options = new DatasetOptions { Folder = _folder.File("cache"), BaseAddress = server.Address };
        var mlContext = new MLContext();

        foreach (DatasetSplit split in s_names.Keys)
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            var watch = Stopwatch.StartNew();
            IDataView cells = packed.Dataset.Load(mlContext.Data, split, options);
            TimeSpan loading = watch.Elapsed;
            long held = GC.GetTotalMemory(forceFullCollection: true) - before;

            watch.Restart();
            Dictionary<string, int> counts = cells.GetColumn<uint>("Label").Zip(cells.GetColumn<string>("ImagePath"))
                .Where(row => File.Exists(row.Second)).CountBy(row => packed.Dataset.ClassNames[(int)row.First - 1]).ToDictionary();
            string[] proteins = [.. cells.GetColumn<string>("Protein").Distinct()];
            TestContext.WriteLine(FormattableString.Invariant(
                $"{prefix}{split}: {lines[split].Length} cells loaded in {loading.TotalSeconds:F2} s, {held / 1e6:F1} MB held; three passes in {watch.Elapsed.TotalSeconds:F2} s; {packed.Cell.Length} bytes a cell; the process at its peak {PeakBytes() / 1e6:F0} MB"));

            Assert.AreEqual(lines[split].Length, counts.Values.Sum());
            Dictionary<string, int> listed = lines[split].CountBy(line => packed.Dataset.ClassNames[int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)]).ToDictionary();
            foreach ((string name, int count) in listed)
                Assert.AreEqual(count, counts[name], name);
            Assert.AreSequenceEqual(lines[split].Select(line => line[..14]).Distinct().ToArray(), proteins);   // plate10/015005
            Assert.IsLessThan(1000L * lines[split].Length + 1_000_000, held, "A row takes more than a kilobyte.");
        }
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
