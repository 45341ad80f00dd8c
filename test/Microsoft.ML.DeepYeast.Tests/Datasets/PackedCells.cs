using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A dataset of a test's own, laid out as the reference's server is: lists, and an archive that has one drawn cell under every path of them.</summary>
internal sealed class PackedCells
{
    private PackedCells(string folder, PublishedDataset dataset, byte[] cell) => (Folder, Dataset, Cell) = (folder, dataset, cell);

    /// <summary>The server's folder.</summary>
    public string Folder { get; }

    /// <summary>Its description, with the MD5s of these files.</summary>
    public PublishedDataset Dataset { get; }

    /// <summary>The PNG file that every cell is.</summary>
    public byte[] Cell { get; }

    public string ArchivePath => Path.Combine(Folder, Dataset.Archive.Path);

    /// <summary>The drawn cell as features.</summary>
    public static float[] Features { get; } = DrawFeatures();

    /// <param name="folder">Where it shall be.</param>
    /// <param name="classNames">Its classes.</param>
    /// <param name="lines">The lines of the lists.</param>
    public static PackedCells Create(string folder, IReadOnlyList<string> classNames, IReadOnlyDictionary<DatasetSplit, string[]> lines)
    {
        Directory.CreateDirectory(Path.Combine(folder, "code", "lists"));
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        byte[] cell = DrawPng(folder);
        string archive = Path.Combine(folder, "data", "cells.tar.gz");
        Pack(archive, lines.Values.SelectMany(list => list).Select(line => line[..line.LastIndexOf(' ')]), cell);
        var dataset = new PublishedDataset
        {
            ClassNames = classNames,
            ClassList = Write("code/lists/classes.txt", ["label;label_idx", .. classNames.Select((name, index) => $"{name};{index}")]),
            Lists = lines.ToDictionary(list => list.Key, list => Write($"code/lists/{list.Key}.txt", list.Value)),
            Archive = new("data/cells.tar.gz", Md5Of(archive)),
        };
        return new(folder, dataset, cell);

        PublishedFile Write(string path, string[] list)
        {
            string file = Path.Combine(folder, path);
            File.WriteAllText(file, string.Concat(list.Select(line => $"{line}\n")));
            return new(path, Md5Of(file));
        }
    }

    /// <summary>Some cells of three splits, two classes, three plates, four wells in each, and four fields.</summary>
    public static PackedCells CreateSmall(string folder) => Create(folder, ["actin", "bud neck"], new Dictionary<DatasetSplit, string[]>
    {
        [DatasetSplit.Train] = Lines(plate: 1),
        [DatasetSplit.Validation] = Lines(plate: 2),
        [DatasetSplit.Test] = Lines(plate: 11),
    });

    public static string[] Lines(int plate)
        => [.. Enumerable.Range(0, 40).Select(i => FormattableString.Invariant($"plate{plate:00}/{i % 2 + 7:000}{i / 2 % 2 + 16:000}000-{i % 8 / 2 * 2}-{16000 + i}-{i}.png {i % 3 % 2}"))];

    private static string Md5Of(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexString(MD5.HashData(stream)).ToLowerInvariant();
    }

    private static void Pack(string archive, IEnumerable<string> paths, byte[] cell)
    {
        using FileStream file = File.Create(archive);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        var plates = new HashSet<string>();
        foreach (string path in paths)
        {
            if (plates.Add(Path.GetDirectoryName(path)!))
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, $"./{Path.GetDirectoryName(path)}/"));
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"./{path}") { DataStream = new MemoryStream(cell) });
        }
    }

    private static byte[] DrawPng(string folder)
    {
        string path = Path.Combine(folder, "cell.png");
        IDataView cells = Draw(new MLContext());
        using (DataViewRowCursor cursor = cells.GetRowCursor(cells.Schema))
        {
            ValueGetter<MLImage> get = cursor.GetGetter<MLImage>(cells.Schema["Image"]);
            MLImage image = null!;
            cursor.MoveNext();
            get(ref image);
            image.Save(path);
        }
        byte[] png = File.ReadAllBytes(path);
        File.Delete(path);
        return png;
    }

    private static float[] DrawFeatures()
    {
        var mlContext = new MLContext();
        IDataView cells = Draw(mlContext);
        return mlContext.Transforms.DeepYeastPreprocess().Fit(cells).Transform(cells).GetColumn<float[]>("Features").Single();
    }

    private static IDataView Draw(MLContext mlContext) => mlContext.Data.CreateSyntheticYeastCells(1, seed: 5);
}
