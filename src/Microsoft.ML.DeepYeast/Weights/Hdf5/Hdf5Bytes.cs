namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>
/// The bytes of an HDF5 file, and the only place that reads them. What a file declares (addresses, sizes, counts) is checked here against the
/// file's length before anything is allocated, and all that is read besides weights is counted, so that a damaged or hostile file costs neither
/// memory nor time.
/// </summary>
internal sealed class Hdf5Bytes(Stream stream, string fileName)
{
    /// <summary>Bytes that a name may have.</summary>
    public const int MaximumNameLength = 4096;

    // The reference's network with the most layers, DenseNet40_BC, takes less than 16 MB, some of it read more than once.
    private const int MaximumStructureBytes = 64 << 20;
    // What a read counts besides its bytes, so that a circle of small structures comes to an end too.
    private const int CostOfARead = 64;

    private long _structureBytes;

    /// <summary>Name of the file, for messages.</summary>
    public string FileName => fileName;

    /// <summary>Where address 0 is: behind the block that a user may put in front.</summary>
    public ulong BaseAddress { get; set; }

    public long Length => stream.Length;

    /// <summary>Bytes of the file's structure.</summary>
    public byte[] Read(ulong address, ulong count)
    {
        Seek(address, count);
        Charge((long)count);
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Counts what is made of the file's structure: bytes read, and texts, of which many may refer to the same bytes.</summary>
    public void Charge(long bytes)
    {
        _structureBytes += CostOfARead + bytes;
        if (_structureBytes > MaximumStructureBytes)
            throw Damaged("its structure is endless or runs in a circle");
    }

    /// <summary>Bytes of a weight, as many as the buffer holds.</summary>
    public void ReadInto(ulong address, Span<byte> buffer)
    {
        Seek(address, (ulong)buffer.Length);
        stream.ReadExactly(buffer);
    }

    /// <summary>Refuses bytes that are not in the file.</summary>
    public void RequireInside(ulong address, ulong count)
    {
        ulong length = (ulong)stream.Length, position = BaseAddress + address;
        if (position < BaseAddress || position > length || count > length - position)
            throw Damaged($"it points to {count} bytes at {address} but is {length} bytes long");
    }

    /// <summary>An error about bytes that cannot be what a writer of HDF5 wrote.</summary>
    public FormatException Damaged(string why) => new($"'{fileName}' is damaged: {why}. Copy or download it again.");

    /// <summary>An error about a whole HDF5 file that cannot be used.</summary>
    public FormatException Refused(string why, string remedy = "Load it in Keras 2 and save its weights again with save_weights.")
        => new($"'{fileName}' cannot be used: {why}. {remedy}");

    private void Seek(ulong address, ulong count)
    {
        RequireInside(address, count);
        stream.Position = (long)(BaseAddress + address);
    }
}
