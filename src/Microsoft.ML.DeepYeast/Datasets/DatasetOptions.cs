using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Downloads;

namespace Microsoft.ML.DeepYeast;

/// <summary>Where a published dataset comes from, and where it is kept.</summary>
public sealed class DatasetOptions
{
    /// <summary>
    /// The folder that the lists, the archives and, each in a folder of its name, the unpacked cells are kept in; it is made. Null for <c>~/.deepyeast/datasets</c>. The
    /// Python package has the same layout: what it has fetched is used as it is. Once the cells are unpacked the archive is not needed any more.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>
    /// An address with http, https or file, or a folder, that has the files as the reference's server has them: lists under <c>code/image_prep/data</c>, archives under
    /// <c>data</c>. Wherever a file comes from, its MD5 must be that of the reference's.
    /// </summary>
    public string BaseAddress { get; set; } = PublishedDataset.ReferenceAddress;

    /// <summary>Sends the requests, for a proxy or a time limit of one's own; null for a shared one.</summary>
    public HttpClient? Client { get; set; }

    /// <summary>
    /// Called while a file comes or is unpacked, by the thread that loads or by one that reads from the network for it; null for no reports. An exception that it throws
    /// ends the loading.
    /// </summary>
    public Action<DatasetProgress>? ProgressCallback { get; set; }

    /// <summary>Ends the loading. What has come of a file is kept for the next call; what was unpacked of an archive is deleted.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal string FolderOrDefault => Path.GetFullPath(Folder ?? CacheFolder.Of("datasets"));

    internal void Validate()
    {
        if (Folder is not null && string.IsNullOrWhiteSpace(Folder))
            throw new ArgumentException($"Option {nameof(Folder)} is empty but must be a folder, or null for the one that the Python package has as well.", nameof(Folder));
        if (string.IsNullOrWhiteSpace(BaseAddress))
            throw new ArgumentException($"Option {nameof(BaseAddress)} is empty but must be an address with http, https or file, or a folder.", nameof(BaseAddress));
    }
}
