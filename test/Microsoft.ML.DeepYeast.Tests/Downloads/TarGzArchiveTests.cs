using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.DeepYeast.Downloads;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class TarGzArchiveTests
{
    private const long Terabyte = 1L << 40;

    private readonly TemporaryFolder _parent = new();
    private readonly string _folder;

    public TarGzArchiveTests() => _folder = _parent.File("cells");

    [TestCleanup]
    public void DeleteFolder() => _parent.Dispose();

    [TestMethod]
    [DataRow(TarEntryFormat.V7)]
    [DataRow(TarEntryFormat.Ustar)]
    [DataRow(TarEntryFormat.Pax)]
    [DataRow(TarEntryFormat.Gnu)]
    public void Unpack_EachFormat_WritesFoldersAndFiles(TarEntryFormat format)
    {
        string deep = string.Join('/', Enumerable.Repeat("folder", format is TarEntryFormat.V7 ? 10 : 20));   // else longer than a header's field of 100 bytes
        byte[] content = Random(1_000_000);

        Unpack(Pack(tar =>
        {
            tar.WriteEntry(Entry(format, TarEntryType.Directory, "./empty/"));
            tar.WriteEntry(Entry(format, TarEntryType.RegularFile, "./a.png", content));
            tar.WriteEntry(Entry(format, TarEntryType.RegularFile, "none.png", []));
            tar.WriteEntry(Entry(format, TarEntryType.RegularFile, $"{deep}/b.png", [1, 2]));
        }));

        Assert.AreSequenceEqual(["a.png", "empty", deep.Split('/')[0], "none.png"], Directory.GetFileSystemEntries(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray());
        Assert.AreSequenceEqual(content, File.ReadAllBytes(Path.Combine(_folder, "a.png")));
        Assert.AreSequenceEqual(new byte[] { 1, 2 }, File.ReadAllBytes(Path.Combine(_folder, deep, "b.png")));
        Assert.AreEqual(0, new FileInfo(Path.Combine(_folder, "none.png")).Length);
        AssertParent("cells");
    }

    [TestMethod]
    [DataRow("../x.png")]
    [DataRow("plate01/../../x.png")]
    [DataRow("plate01/..")]
    [DataRow("..\\x.png")]
    [DataRow("/absolute/x.png")]
    [DataRow("\\x.png")]
    [DataRow("C:/x.png")]
    [DataRow("C:x.png")]
    [DataRow("x.png:stream")]
    public void Unpack_NameThatLeadsOut_ThrowsNamingItAndLeavesNothing(string name)
    {
        AssertRefused(Pack(tar =>
        {
            tar.WriteEntry(FileEntry("good.png"));
            tar.WriteEntry(FileEntry(name));
        }), $"its entry '{name}' leads out of the folder");
        Assert.IsFalse(File.Exists(_parent.File("x.png")));
    }

    [TestMethod]
    [DataRow(TarEntryType.SymbolicLink)]
    [DataRow(TarEntryType.HardLink)]
    [DataRow(TarEntryType.Fifo)]
    [DataRow(TarEntryType.CharacterDevice)]
    [DataRow(TarEntryType.BlockDevice)]
    public void Unpack_NeitherFileNorFolder_ThrowsNamingItAndLeavesNothing(TarEntryType type)
        => AssertRefused(Pack(tar =>
        {
            tar.WriteEntry(FileEntry("good.png"));
            var entry = new PaxTarEntry(type, "plate01/evil.png");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "good.png";
            tar.WriteEntry(entry);
        }), $"its entry 'plate01/evil.png' is a {type}, neither file nor folder");

    [TestMethod]
    public void Unpack_FileOfATerabyte_IsRefusedBeforeAnyOfItIsWritten()
    {
        byte[] header = Header("big.png", Terabyte);

        AssertRefused(Compress([.. header, .. Random(5000)]), $"its entry 'big.png' has {Terabyte} bytes, more than the {1000} that a file may have", maxFileBytes: 1000);
    }

    [TestMethod]
    public void Unpack_TerabyteInAnExtendedHeader_IsRefusedBeforeAnyOfItIsWritten()
    {
        byte[] attributes = new byte[512];
        "22 size=1099511627776\n"u8.CopyTo(attributes);

        AssertRefused(
            Compress([.. Header("pax", 22, type: 'x'), .. attributes, .. Header("big.png", 5), .. new byte[512]]),
            $"its entry 'big.png' has {Terabyte} bytes, more than the 16777216 that a file may have");
    }

    [TestMethod]
    public void Unpack_MoreBytesInAll_IsRefusedBeforeTheyAreWritten()
        => AssertRefused(Pack(tar =>
        {
            for (int i = 0; i < 10; i++)
                tar.WriteEntry(FileEntry($"{i}.png", new byte[1000]));
        }), "with its entry '6.png' it has more than the 10000 bytes that it may have", maxBytes: 10_000);

    [TestMethod]
    public void Unpack_EndlessEmptyFiles_CountAsWell()
        => AssertRefused(Pack(tar =>
        {
            for (int i = 0; i < 100; i++)
                tar.WriteEntry(FileEntry($"{i}.png", []));
        }), "it has more than the 10000 bytes", maxBytes: 10_000);

    [TestMethod]
    [DataRow('L')]
    [DataRow('x')]
    public void Unpack_NameOfAHundredMegabytes_IsNotReadIntoMemory(char type)
    {
        byte[] archive = Compress([.. Header("long", 100_000_000, type), .. new byte[100_000_000]]);
        long before = GC.GetTotalAllocatedBytes();

        var error = Assert.ThrowsExactly<FormatException>(() => Unpack(archive));

        StringAssert.Contains(error.Message, "has more than 1048576 bytes");
        AssertParent();
        Assert.IsLessThan(300_000_000, GC.GetTotalAllocatedBytes() - before);
    }

    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    public void Unpack_TruncatedGzip_ThrowsAndLeavesNothing(double part)
    {
        byte[] archive = Pack(tar =>
        {
            for (int i = 0; i < 20; i++)
                tar.WriteEntry(FileEntry($"{i}.png", Random(5000 + i)));
        });

        AssertDamaged(archive[..(int)(archive.Length * part)]);
    }

    [TestMethod]
    public void Unpack_EndsBetweenTwoEntries_ThrowsAndLeavesNothing()
        => AssertDamaged(Compress([.. Header("a.png", 512), .. new byte[512]]));

    [TestMethod]
    public void Unpack_EndsWithinAFile_ThrowsNamingIt()
        => StringAssert.Contains(AssertDamaged(Compress([.. Header("a.png", 5000), .. new byte[512]])).Message, "It ends within its entry 'a.png'.");

    [TestMethod]
    public void Unpack_NoGzip_ThrowsAndLeavesNothing() => AssertDamaged(Random(5000));

    [TestMethod]
    public void Unpack_Empty_ThrowsAndLeavesNothing() => AssertDamaged([]);

    [TestMethod]
    public void Unpack_GzipOfNoTar_ThrowsAndLeavesNothing() => AssertDamaged(Compress(Random(5000)));

    [TestMethod]
    public void Unpack_AnyByteChanged_UnpacksOrThrowsFormatOrIOExceptionAndLeavesNothing()
    {
        byte[] tar = Decompress(Pack(writer =>
        {
            writer.WriteEntry(Entry(TarEntryFormat.Gnu, TarEntryType.RegularFile, $"{new string('n', 120)}.png", [1, 2, 3]));
            writer.WriteEntry(FileEntry("a.png", [1, 2, 3]));
        }));
        var random = new Random(4);
        int refused = 0;
        for (int i = 0; i < (LongTests.Enabled ? 20_000 : 400); i++)
        {
            byte[] changed = [.. tar];
            int at = random.Next(changed.Length);
            changed[at] = (byte)random.Next(256);
            FixChecksum(changed.AsSpan(at / 512 * 512, 512));   // else nearly all would end there
            try
            {
                Unpack(Compress(changed));
                Directory.Delete(_folder, recursive: true);
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                refused++;
            }
            AssertParent();
        }
        Assert.IsGreaterThan(20, refused);
    }

    [TestMethod]
    public void Unpack_SourceOrDiskFailsMidway_ThrowsAndLeavesNothing()
    {
        byte[] archive = Pack(tar =>
        {
            for (int i = 0; i < 20; i++)
                tar.WriteEntry(FileEntry($"{i}.png", Random(5000 + i)));
        });
        bool began = false;
        using var stream = new Watched(archive, at => at >= 50_000, () =>
        {
            began = File.Exists(Path.Combine($"{_folder}.part", "1.png"));
            throw new IOException("No space left on device");
        });

        var error = Assert.ThrowsExactly<IOException>(() => new TarGzArchive("cells.tar.gz", stream).Unpack(_folder, default));

        Assert.AreEqual($"'cells.tar.gz' could not be unpacked to '{_folder}', of which nothing is left: No space left on device", error.Message);
        Assert.IsTrue(began);
        AssertParent();
    }

    [TestMethod]
    public void Unpack_FileTwice_ThrowsAndLeavesNothing()
    {
        byte[] archive = Pack(tar =>
        {
            tar.WriteEntry(FileEntry("a.png"));
            tar.WriteEntry(FileEntry("a.png"));
        });

        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => Unpack(archive)).Message, $"{Path.Combine(_folder, "a.png")}' already exists");
        AssertParent();
    }

    [TestMethod]
    public void Unpack_Cancelled_LeavesNothingAndTheNextCallBeginsAnew()
    {
        byte[] archive = Pack(tar =>
        {
            for (int i = 0; i < 20; i++)
                tar.WriteEntry(FileEntry($"{i}.png", Random(5000 + i)));
        });
        using var cancellation = new CancellationTokenSource();
        using var stream = new Watched(archive, at => at >= 50_000, cancellation.Cancel);

        Assert.ThrowsExactly<OperationCanceledException>(() => new TarGzArchive("cells.tar.gz", stream).Unpack(_folder, cancellation.Token));

        AssertParent();
        Unpack(archive);
        Assert.HasCount(20, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void Unpack_FolderThereAlready_LeavesItAsItIs()
    {
        Directory.CreateDirectory(_folder);

        Unpack(Pack(tar => tar.WriteEntry(FileEntry("a.png"))));

        Assert.IsEmpty(Directory.GetFiles(_folder));
        AssertParent("cells");
    }

    [TestMethod]
    public void Unpack_SeveralAtOnce_OneUnpacksAndNoneDisturbsIt()
    {
        byte[] archive = Pack(tar =>
        {
            for (int i = 0; i < 200; i++)
                tar.WriteEntry(FileEntry($"{i}.png", Random(5000 + i)));
        });

        int refused = 0;
        Parallel.For(0, 8, _ =>
        {
            try
            {
                Unpack(archive);
            }
            catch (IOException)
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.IsLessThan(8, refused);
        Assert.HasCount(200, Directory.GetFiles(_folder));
        AssertParent("cells");
    }

    private void AssertRefused(byte[] archive, string why, long? maxFileBytes = null, long? maxBytes = null)
    {
        using var stream = new MemoryStream(archive);
        var limits = new TarGzArchive("cells.tar.gz", stream);
        limits = new("cells.tar.gz", stream) { MaxFileBytes = maxFileBytes ?? limits.MaxFileBytes, MaxBytes = maxBytes ?? limits.MaxBytes };

        var error = Assert.ThrowsExactly<FormatException>(() => limits.Unpack(_folder, default));

        StringAssert.Contains(error.Message, "'cells.tar.gz' was not unpacked: ");
        StringAssert.Contains(error.Message, why);
        AssertParent();
    }

    private FormatException AssertDamaged(byte[] archive)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Unpack(archive));

        StringAssert.Contains(error.Message, "'cells.tar.gz' is damaged, and nothing of it was unpacked: ");
        AssertParent();
        return error;
    }

    private void AssertParent(params string[] names)
        => Assert.AreSequenceEqual(names, Directory.GetFileSystemEntries(_parent.Path).Select(path => Path.GetFileName(path)).ToArray());

    private void Unpack(byte[] archive)
    {
        using var stream = new MemoryStream(archive);
        new TarGzArchive("cells.tar.gz", stream).Unpack(_folder, default);
    }

    private static UstarTarEntry FileEntry(string name, byte[]? content = null) => (UstarTarEntry)Entry(TarEntryFormat.Ustar, TarEntryType.RegularFile, name, content ?? [1]);

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name, byte[]? content = null)
    {
        TarEntry entry = format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, name),
            TarEntryFormat.Ustar => new UstarTarEntry(type, name),
            TarEntryFormat.Pax => new PaxTarEntry(type, name),
            _ => new GnuTarEntry(type, name),
        };
        if (content is { Length: > 0 })
            entry.DataStream = new MemoryStream(content);
        return entry;
    }

    // A header as POSIX lays it out, with a size of 64 bits as GNU tar writes it, and no file that would have it.
    private static byte[] Header(string name, long size, char type = '0')
    {
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "0000000\0"u8.CopyTo(header.AsSpan(108));
        "0000000\0"u8.CopyTo(header.AsSpan(116));
        header[124] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
        "00000000000\0"u8.CopyTo(header.AsSpan(136));
        header[156] = (byte)type;
        "ustar\00000"u8[..8].CopyTo(header.AsSpan(257));
        FixChecksum(header);
        return header;
    }

    private static void FixChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(header[148..]);
    }

    private static byte[] Pack(Action<TarWriter> write)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
            write(tar);
        return stream.ToArray();
    }

    private static byte[] Compress(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(content);
        return stream.ToArray();
    }

    private static byte[] Decompress(byte[] archive)
    {
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        using var stream = new MemoryStream();
        gzip.CopyTo(stream);
        return stream.ToArray();
    }

    private static byte[] Random(int count)
    {
        byte[] content = new byte[count];
        new Random(count).NextBytes(content);
        return content;
    }

    /// <summary>Does something once it is read as far as a test says.</summary>
    private sealed class Watched(byte[] content, Predicate<long> at, Action act) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            if (at(Position))
                act();
            return base.Read(buffer, offset, count);
        }
    }
}
