using Microsoft.ML.DeepYeast.Downloads;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>A file on the reference's server.</summary>
/// <param name="Path">Its path there, with slashes.</param>
/// <param name="Md5">The MD5 that it must have.</param>
internal sealed record PublishedFile(string Path, string Md5)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>A dataset of the reference: an archive of cells, a list for each split, and how it is fetched and kept.</summary>
internal sealed record PublishedDataset
{
    // Addresses, paths and MD5s: tanelp/deepyeast, deepyeast/dataset.py. So is the layout of the folder: the files side by side, cells in a folder of the archive's name.
    public const string ReferenceAddress = "http://kodu.ut.ee/~leopoldp/2016_DeepYeast";
    private const string ListFolder = "code/image_prep/data";
    private const string ArchiveExtension = ".tar.gz";

    /// <summary>90,000 cells of 12 localizations.</summary>
    public static PublishedDataset Main { get; } = new()
    {
        ClassNames = LocalizationClasses.Main,
        ClassList = new($"{ListFolder}/HOwt_doc.txt", "33b7780020972e2da4f884c6b5a63b25"),
        Lists = new Dictionary<DatasetSplit, PublishedFile>
        {
            [DatasetSplit.Train] = new($"{ListFolder}/HOwt_train.txt", "b71eb4ff50f955adfa72048c6d8c0233"),
            [DatasetSplit.Validation] = new($"{ListFolder}/HOwt_val.txt", "2ac1d1874b89d6a1ad3d948d36c1e229"),
            [DatasetSplit.Test] = new($"{ListFolder}/HOwt_test.txt", "c7958faa20232ff52fb196e754645bd1"),
        },
        Archive = new("data/main.tar.gz", "f313fc0b8068941ab18ae65eb113afee"),
    };

    /// <summary>10,000 cells of 4 other localizations.</summary>
    public static PublishedDataset Transfer { get; } = new()
    {
        ClassNames = LocalizationClasses.Transfer,
        ClassList = new($"{ListFolder}/HOwt_transfer_doc.txt", "699e4f5e390b8af78bbddae39f217745"),
        Lists = new Dictionary<DatasetSplit, PublishedFile>
        {
            [DatasetSplit.Train] = new($"{ListFolder}/HOwt_transfer_train.txt", "9dcbe909a81e3bdab6fa72504c4205a7"),
            [DatasetSplit.Validation] = new($"{ListFolder}/HOwt_transfer_val.txt", "32177364beaeabf54c4b4e589e2cb998"),
            [DatasetSplit.Test] = new($"{ListFolder}/HOwt_transfer_test.txt", "3d5ff91995abfed6c0dd3b6e1727b6d2"),
        },
        Archive = new("data/transfer.tar.gz", "5dfc4baab5156e3fc6b5694bab96ac41"),
    };

    /// <summary>Names of the classes in the order of their indices in the lists.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Says which index is which class, for people who look into the folder.</summary>
    public required PublishedFile ClassList { get; init; }

    /// <summary>The cells of each split.</summary>
    public required IReadOnlyDictionary<DatasetSplit, PublishedFile> Lists { get; init; }

    /// <summary>The images of all splits, under the paths of the lists.</summary>
    public required PublishedFile Archive { get; init; }

    /// <summary>Fetches and unpacks what is not there, and gives the rows of a split.</summary>
    /// <remarks>All lists are fetched at once, as the reference does: afterwards every split loads without a network.</remarks>
    public IDataView Load(DataOperationsCatalog catalog, DatasetSplit split, DatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        if (!Enum.IsDefined(split))
            throw new ArgumentOutOfRangeException(nameof(split), split, $"The split must be one of {string.Join(", ", Enum.GetNames<DatasetSplit>())}.");
        options.Validate();
        foreach (PublishedFile file in Lists.Values.Prepend(ClassList))
            Fetch(file, options);
        string images = PathOf(Archive, options)[..^ArchiveExtension.Length];
        if (!Directory.Exists(images))
        {
            Fetch(Archive, options);
            Unpack(images, options);
        }
        string list = PathOf(Lists[split], options);
        IReadOnlyList<CellFile> cells = CellList.Read(list, images, ClassNames);
        CellFiles.RequireAll(cells, list, $"Delete the folder '{images}' to have '{Archive.Name}' unpacked again.", options.CancellationToken);
        return CellFiles.ToDataView(catalog, cells, ClassNames);
    }

    private static void Fetch(PublishedFile file, DatasetOptions options)
        => new FileDownload(SourceOf(file, options.BaseAddress), PathOf(file, options))
        {
            Md5 = file.Md5,
            Progress = options.ProgressCallback is { } report ? new Reports(at => report(new(DatasetPhase.Downloading, file.Name, at.Bytes, at.TotalBytes))) : null,
            Client = options.Client,
        }.RunAsync(options.CancellationToken).GetAwaiter().GetResult();   // loaders of ML.NET are not asynchronous

    private void Unpack(string images, DatasetOptions options)
    {
        using var stream = new FileStream(PathOf(Archive, options), FileMode.Open, FileAccess.Read, FileShare.Read);
        new TarGzArchive(stream.Name, stream)
        {
            Progress = options.ProgressCallback is { } report ? bytes => report(new(DatasetPhase.Unpacking, Archive.Name, bytes, stream.Length)) : null,
        }.Unpack(images, options.CancellationToken);
    }

    private static string SourceOf(PublishedFile file, string baseAddress)
        => baseAddress.Contains("://", StringComparison.Ordinal) ? $"{baseAddress.TrimEnd('/')}/{file.Path}" : Path.Combine(baseAddress, file.Path);

    private static string PathOf(PublishedFile file, DatasetOptions options) => Path.Combine(options.FolderOrDefault, file.Name);

    private sealed class Reports(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
