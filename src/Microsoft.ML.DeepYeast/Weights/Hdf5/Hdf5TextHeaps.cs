namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>The heaps in which the texts of variable length of one attribute are; each is read once.</summary>
internal sealed class Hdf5TextHeaps(Hdf5Bytes file)
{
    private const int HeaderSize = 16;

    private readonly Dictionary<ulong, Dictionary<uint, ReadOnlyMemory<byte>>> _heaps = [];

    /// <summary>The text that an element of the attribute refers to by length, heap and number.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> element)
    {
        var cursor = new Hdf5Cursor(file, element);
        uint length = cursor.UInt32();
        ulong address = cursor.UInt64();
        uint number = cursor.UInt32();
        if (length == 0)
            return [];
        if (length > Hdf5Bytes.MaximumNameLength)
            throw file.Damaged($"a name has {length} bytes");
        if (!_heaps.TryGetValue(address, out var heap))
            _heaps.Add(address, heap = Read(address));
        return heap.TryGetValue(number, out ReadOnlyMemory<byte> text) && length <= (uint)text.Length
            ? text.Span[..(int)length]
            : throw file.Damaged($"a text of {length} bytes is not in its heap");
    }

    private Dictionary<uint, ReadOnlyMemory<byte>> Read(ulong address)
    {
        var header = new Hdf5Cursor(file, file.Read(address, HeaderSize));
        header.Signature("GCOL");
        header.Skip(4);
        byte[] bytes = file.Read(address, header.UInt64());

        var texts = new Dictionary<uint, ReadOnlyMemory<byte>>();
        var cursor = new Hdf5Cursor(file, bytes);
        cursor.Skip(HeaderSize);
        while (cursor.Left >= HeaderSize)
        {
            ushort number = cursor.UInt16();
            cursor.Skip(6);
            ulong size = cursor.UInt64(), padded = (size + 7) / 8 * 8;
            if (number == 0 || padded < size || padded > (ulong)cursor.Left)   // the rest is free
                break;
            texts[number] = bytes.AsMemory(bytes.Length - cursor.Left, (int)size);
            cursor.Skip((int)padded);
        }
        return texts;
    }
}
