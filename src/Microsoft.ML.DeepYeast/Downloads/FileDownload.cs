namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>
/// Brings a file to its place: under its final name there is only ever a whole one whose MD5 was checked. What an interrupted call has
/// fetched is kept beside it, and the next call goes on from there.
/// </summary>
internal sealed class FileDownload
{
    private static readonly HttpClient s_client = new();

    private readonly string _source;
    private readonly Uri? _address;    // null for a file on a disk
    private readonly string _path;

    /// <param name="source">An address with http, https or file, or a path.</param>
    /// <param name="path">Where the file shall be; its folder is made.</param>
    /// <exception cref="ArgumentException">The source is an address of another kind, or an argument is empty.</exception>
    public FileDownload(string source, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _source = source;
        _path = Path.GetFullPath(path);
        if (source.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(source, UriKind.Absolute, out Uri? address) || !(address.IsFile || address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
                throw new ArgumentException($"'{source}' is no address that files can be fetched from. Give one with http, https or file, or the path of a file.", nameof(source));
            if (address.IsFile)
                _source = address.LocalPath;
            else
                _address = address;
        }
    }

    /// <summary>The MD5 that the file must have; null if any will do.</summary>
    public string? Md5 { get; init; }

    /// <summary>Told how far it is, from the thread that reads.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Sends the requests; null for one that all downloads share.</summary>
    public HttpClient? Client { get; init; }

    /// <summary>How long to wait for the next bytes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Fetches the file unless it is there.</summary>
    /// <exception cref="ArgumentException"><see cref="Md5"/> is not 32 hexadecimal digits.</exception>
    /// <exception cref="FormatException">The file that came, or one that was there before, has another MD5. What came is deleted; what was there is not touched.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or does not give the file.</exception>
    /// <exception cref="IOException">The transfer was interrupted, the source does not exist, or the disk cannot be written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Md5 is not null)
            Md5Checksum.Validate(Md5);
        if (File.Exists(_path))
        {
            await RequireMd5OfExistingAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        using var part = new PartialFile(_path, Progress);
        if (File.Exists(_path))   // another process has finished it since
        {
            part.Discard();
            await RequireMd5OfExistingAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        if (_address is not null)
            await new HttpSource(_address, Client ?? s_client, Patience).FetchAsync(part, Md5 is not null, cancellationToken).ConfigureAwait(false);
        else
            await CopyAsync(part, cancellationToken).ConfigureAwait(false);

        if (Md5 is not null && await part.ComputeMd5Async(cancellationToken).ConfigureAwait(false) is var actual && !Md5Checksum.AreEqual(actual, Md5))
        {
            part.Discard();
            throw new FormatException($"What came from {_source} has the MD5 {actual}, but {Md5} is expected; it was deleted. Try again, or fetch it from a mirror.");
        }
        part.Complete(_path);
    }

    private async Task RequireMd5OfExistingAsync(CancellationToken cancellationToken)
    {
        if (Md5 is null)
            return;
        using var existing = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
        string actual = await Md5Checksum.ComputeAsync(existing, cancellationToken).ConfigureAwait(false);
        if (!Md5Checksum.AreEqual(actual, Md5))
            throw new FormatException($"'{_path}' exists with the MD5 {actual}, but {Md5} is expected. Delete it to have it fetched from {_source}, or give another path.");
    }

    private async Task CopyAsync(PartialFile part, CancellationToken cancellationToken)
    {
        using var source = new FileStream(_source, FileMode.Open, FileAccess.Read, FileShare.Read);
        part.Clear();
        await part.AppendAsync(buffer => source.ReadAsync(buffer, cancellationToken), source.Length, cancellationToken).ConfigureAwait(false);
    }
}
