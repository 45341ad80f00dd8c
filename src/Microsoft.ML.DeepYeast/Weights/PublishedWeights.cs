using Microsoft.ML.DeepYeast.Downloads;

namespace Microsoft.ML.DeepYeast;

/// <summary>Fetches weights that others have trained and published, and checks that they arrived whole.</summary>
/// <remarks>
/// Under the final name there is only ever a whole file whose MD5 was checked. While it comes it has <c>.part</c> behind its name; what an
/// interrupted call has fetched is kept, and the same call goes on from there where the server can, or else begins anew.
/// </remarks>
public static class PublishedWeights
{
    /// <summary>Where the reference (github.com/tanelp/deepyeast, release v0.1) publishes the weights of its DeepYeast network: 12 classes, 0.89 of the test cells right.</summary>
    public const string DeepYeastAddress = "https://github.com/tanelp/deepyeast/releases/download/v0.1/deepyeast-weights-22-0.902.hdf5";

    /// <summary>The MD5 of that file, from the reference's README.</summary>
    public const string DeepYeastMd5 = "c42d8788ba006f9c82725fffe3b096b6";

    /// <summary>
    /// Fetches the published weights of <see cref="Networks.DeepYeast(CellShape, int)"/> for <see cref="Network.LoadKerasWeights"/>, unless they are there already.
    /// </summary>
    /// <param name="path">Where the file shall be; its folder is made. Null for <c>~/.deepyeast/weights/deepyeast-weights-22-0.902.hdf5</c>.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="client">Sends the requests, for a proxy or a time limit of one's own; null for a shared one.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept for the next call.</param>
    /// <returns>The file's full path.</returns>
    /// <exception cref="FormatException">The file that came, or one that was there before, has another MD5: the message names both. What came is deleted; what was there is not touched.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or does not give the file.</exception>
    /// <exception cref="IOException">The transfer was interrupted, another download is writing the same file, or the disk cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<string> DownloadDeepYeastAsync(
        string? path = null, IProgress<DownloadProgress>? progress = null, HttpClient? client = null, CancellationToken cancellationToken = default)
        => DownloadAsync(DeepYeastAddress, path ?? Path.Combine(CacheFolder.Of("weights"), Path.GetFileName(DeepYeastAddress)), DeepYeastMd5, progress, client, cancellationToken);

    /// <summary>Fetches any file, for example the published weights from a mirror or a file share, unless it is there already.</summary>
    /// <param name="source">An address with http, https or file, or the path of a file.</param>
    /// <param name="path">Where the file shall be; its folder is made.</param>
    /// <param name="md5">The MD5 that it must have, 32 hexadecimal digits; null if any will do. Without it a file that is there already is taken as it is.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="client">Sends the requests, for a proxy or a time limit of one's own; null for a shared one.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept for the next call.</param>
    /// <returns>The file's full path.</returns>
    /// <exception cref="ArgumentException"><paramref name="source"/> or <paramref name="path"/> is empty, the address is of another kind, or <paramref name="md5"/> is none.</exception>
    /// <exception cref="FormatException">The file that came, or one that was there before, has another MD5: the message names both. What came is deleted; what was there is not touched.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or does not give the file.</exception>
    /// <exception cref="IOException">The transfer was interrupted, the source does not exist, another download is writing the same file, or the disk cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<string> DownloadAsync(
        string source, string path, string? md5 = null, IProgress<DownloadProgress>? progress = null, HttpClient? client = null, CancellationToken cancellationToken = default)
    {
        await new FileDownload(source, path) { Md5 = md5, Progress = progress, Client = client }.RunAsync(cancellationToken).ConfigureAwait(false);
        return Path.GetFullPath(path);
    }
}
