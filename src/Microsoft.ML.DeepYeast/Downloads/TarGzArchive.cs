using System.Formats.Tar;
using System.IO.Compression;

namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>
/// Unpacks a .tar.gz into a new folder, which is there either whole or not at all. Nothing in the archive is trusted: an entry that is neither file nor
/// folder, that leads out of the folder or that is larger than expected is refused before anything of it is written.
/// </summary>
/// <param name="name">What errors call the archive.</param>
/// <param name="compressed">The archive; read once, from where it stands, and left open.</param>
internal sealed class TarGzArchive(string name, Stream compressed)
{
    // POSIX.1-2017, pax, "ustar Interchange Format": a header is a block of this size.
    private const int BlockSize = 512;
    // What may come between the data of one file and that of the next: TarReader holds long names and attributes in memory.
    private const long MaxHeaderBytes = 1 << 20;
    // A PNG of 64 x 64 pixels and three colours has at most some 12 KB, and 90,000 of them a gigabyte: there is room for more, not for what fills a disk.
    private const long DefaultMaxFileBytes = 16L << 20;
    private const long DefaultMaxBytes = 8L << 30;
    private const int BufferSize = 128 << 10;
    private const long BytesPerReport = 1 << 20;

    /// <summary>Bytes that one file may have.</summary>
    public long MaxFileBytes { get; init; } = DefaultMaxFileBytes;

    /// <summary>Bytes that all files may have together, with a block for each entry, so that empty ones count as well.</summary>
    public long MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>Told at each megabyte how far the archive is read, in bytes, and at the end; null for no reports.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>
    /// Unpacks it beside the folder, with <c>.part</c> behind its name, and renames it at the end. What an earlier call that was killed has left there is deleted.
    /// Where the folder is there already, nothing is done.
    /// </summary>
    /// <exception cref="FormatException">The archive is damaged, or has an entry that is refused; the message names it.</exception>
    /// <exception cref="IOException">The disk cannot be written, or another process is unpacking into the same folder.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Unpack(string folder, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(folder), part = $"{full}.part";
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using var alone = new FileStream($"{part}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        if (Directory.Exists(full))
            return;   // by another process, while this one fetched the archive
        Delete(part);
        try
        {
            Directory.CreateDirectory(part);
            UnpackEntries(part, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Directory.Move(part, full);
        }
        catch (Exception e)
        {
            Delete(part);
            string message = $"'{name}' could not be unpacked to '{full}', of which nothing is left: {e.Message.Replace(part, full, StringComparison.Ordinal)}";
            throw e switch
            {
                InvalidDataException or EndOfStreamException
                    => new FormatException($"'{name}' is damaged, and nothing of it was unpacked: {e.Message} Delete it and fetch it again.", e),
                UnauthorizedAccessException => new UnauthorizedAccessException(message, e),
                IOException => new IOException(message, e),
                _ => e,
            };
        }
    }

    private void UnpackEntries(string part, CancellationToken cancellationToken)
    {
        using var gzip = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true);
        using var rationed = new RationedStream(gzip);
        using var tar = new TarReader(rationed, leaveOpen: true);   // else it would keep a stream for each entry
        byte[] buffer = new byte[BufferSize];
        long total = 0, reported = 0;
        while (ReadHeader(tar, rationed) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Length > MaxFileBytes)
                throw Refused($"its entry '{entry.Name}' has {entry.Length} bytes, more than the {MaxFileBytes} that a file may have");
            total += BlockSize + entry.Length;
            if (total > MaxBytes)
                throw Refused($"with its entry '{entry.Name}' it has more than the {MaxBytes} bytes that it may have");
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(PathOf(entry, part));
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    rationed.Ration = entry.Length + MaxHeaderBytes;   // a sparse file begins with a map
                    Write(entry, PathOf(entry, part), buffer, cancellationToken);
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                default:
                    throw Refused($"its entry '{entry.Name}' is a {entry.EntryType}, neither file nor folder");
            }
            if (Progress is not null && compressed.Position >= reported + BytesPerReport)
                Progress(reported = compressed.Position);
        }
        while (rationed.Read(buffer) > 0)   // padding, and behind it the checksum of gzip
            cancellationToken.ThrowIfCancellationRequested();
        Progress?.Invoke(compressed.Position);
    }

    private static TarEntry? ReadHeader(TarReader tar, RationedStream rationed)
    {
        rationed.Ration = MaxHeaderBytes;
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)   // what TarReader makes of sizes and dates that are none
        {
            throw new InvalidDataException($"A header cannot be read. {e.Message}", e);
        }
    }

    private static void Write(TarEntry entry, string path, byte[] buffer, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (long left = entry.Length; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = entry.DataStream!.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (count == 0)
                throw new EndOfStreamException($"It ends within its entry '{entry.Name}'.");
            file.Write(buffer, 0, count);
            left -= count;
        }
    }

    // The same on every system: a colon or a backslash means something on one of them.
    private string PathOf(TarEntry entry, string part)
    {
        string[] names = entry.Name.Split('/', '\\');
        if (names[0].Length == 0 || names.Contains("..") || entry.Name.AsSpan().IndexOfAny(':', '\0') >= 0)
            throw Refused($"its entry '{entry.Name}' leads out of the folder");
        return Path.Combine([part, .. names]);
    }

    private FormatException Refused(string why)
        => new($"'{name}' was not unpacked: {why}. Fetch it from a source that you trust.");

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Gives no more bytes than it is allowed to, so that a few compressed ones cannot become any number of them in memory.</summary>
    private sealed class RationedStream(Stream source) : Stream
    {
        /// <summary>Bytes that may still be read.</summary>
        public long Ration { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (Ration == 0 && buffer.Length > 0)
                throw new InvalidDataException($"A header, or what follows the last entry, has more than {MaxHeaderBytes} bytes.");
            int count = source.Read(buffer[..(int)Math.Min(buffer.Length, Ration)]);
            Ration -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
