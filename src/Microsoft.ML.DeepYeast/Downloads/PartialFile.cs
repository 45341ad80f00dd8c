namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>
/// What is there of a file so far: beside its final place, with <c>.part</c> behind its name, and in a second file with <c>.part.tag</c> the
/// version that the server gave it. Both outlive an interruption. Only one download at a time has it open.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int BufferSize = 128 << 10;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly IProgress<DownloadProgress>? _progress;

    public PartialFile(string finalPath, IProgress<DownloadProgress>? progress)
    {
        _path = $"{finalPath}.part";
        _stream = new(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _progress = progress;
    }

    public long Length => _stream.Length;

    /// <summary>The version that the server gave what is there, to ask for the rest of the same; null if it gave none.</summary>
    public string? Tag
    {
        get => File.Exists(TagPath) ? File.ReadAllText(TagPath) : null;
        set
        {
            if (value is null)
                File.Delete(TagPath);
            else
                File.WriteAllText(TagPath, value);
        }
    }

    private string TagPath => $"{_path}.tag";

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _stream.SetLength(0);
        Tag = null;
    }

    /// <summary>Appends all that a source gives.</summary>
    /// <param name="read">Fills a buffer and says how far; 0 at the end.</param>
    /// <param name="total">Bytes that the whole file will have, or null if nobody said.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept.</param>
    /// <returns>Whether the source gave no byte more than it should.</returns>
    public async Task<bool> AppendAsync(Func<Memory<byte>, ValueTask<int>> read, long? total, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        _stream.Seek(0, SeekOrigin.End);
        _progress?.Report(new(Length, total));
        while (await read(buffer).ConfigureAwait(false) is > 0 and int count)
        {
            if (_stream.Position + count > total)
                return false;
            await _stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            _progress?.Report(new(_stream.Position, total));
        }
        return true;
    }

    public Task<string> ComputeMd5Async(CancellationToken cancellationToken) => Md5Checksum.ComputeAsync(_stream, cancellationToken);

    /// <summary>Gives the file its final name.</summary>
    public void Complete(string finalPath)
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_path, finalPath);
        Tag = null;
    }

    /// <summary>Deletes what is there.</summary>
    public void Discard()
    {
        Clear();
        Dispose();
    }

    /// <summary>Keeps what is there for the next time, if it is anything.</summary>
    public void Dispose()
    {
        bool empty = _stream.CanRead && Length == 0;
        _stream.Dispose();
        if (empty)
            File.Delete(_path);
    }
}
