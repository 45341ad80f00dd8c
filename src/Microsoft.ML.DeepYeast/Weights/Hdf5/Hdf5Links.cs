using System.Text;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>How a group names an object.</summary>
internal enum Hdf5LinkKind
{
    /// <summary>By its address in the file.</summary>
    Hard,

    /// <summary>By a path.</summary>
    Soft,

    /// <summary>By another file's name and a path, or in a way that a user defined.</summary>
    Elsewhere,
}

/// <summary>One entry of a group.</summary>
internal readonly record struct Hdf5Link(Hdf5LinkKind Kind, ulong Address);

/// <summary>Reads what a group holds: a symbol table (as h5py writes), or links in the group's header (as PureHDF writes).</summary>
internal static class Hdf5Links
{
    private const int SymbolSize = 40;
    private const uint SoftLinkInSymbolTable = 2;

    public static Dictionary<string, Hdf5Link> Read(Hdf5Object group)
    {
        var links = new Dictionary<string, Hdf5Link>(StringComparer.Ordinal);
        foreach (ReadOnlyMemory<byte> message in group.Messages(Hdf5MessageType.SymbolTable))
            ReadSymbolTable(group.File, message.Span, links);
        foreach (ReadOnlyMemory<byte> message in group.Messages(Hdf5MessageType.Link))
            ReadLink(group.File, message.Span, links);
        foreach (ReadOnlyMemory<byte> message in group.Messages(Hdf5MessageType.LinkInfo))
            RefuseDenseLinks(group, message.Span);
        return links;
    }

    private static void ReadLink(Hdf5Bytes file, ReadOnlySpan<byte> message, Dictionary<string, Hdf5Link> links)
    {
        var cursor = new Hdf5Cursor(file, message);
        cursor.Skip(1);
        byte flags = cursor.Byte();
        int type = (flags & 0x08) != 0 ? cursor.Byte() : 0;
        cursor.Skip(((flags & 0x04) != 0 ? 8 : 0) + ((flags & 0x10) != 0 ? 1 : 0));
        ulong length = cursor.UInt(1 << (flags & 0x03));
        string name = Encoding.UTF8.GetString(cursor.Take((int)Math.Min(length, int.MaxValue)));
        links[name] = type switch
        {
            0 => new(Hdf5LinkKind.Hard, cursor.UInt64()),
            1 => new(Hdf5LinkKind.Soft, Hdf5Object.Nowhere),
            _ => new(Hdf5LinkKind.Elsewhere, Hdf5Object.Nowhere),
        };
    }

    private static void RefuseDenseLinks(Hdf5Object group, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(group.File, message);
        cursor.Skip(1);
        byte flags = cursor.Byte();
        cursor.Skip((flags & 0x01) != 0 ? 8 : 0);
        if (cursor.UInt64() != Hdf5Object.Nowhere)
            throw group.File.Refused($"the links of group '{group.Path}/' are stored in a heap, which Keras does not do");
    }

    private static void ReadSymbolTable(Hdf5Bytes file, ReadOnlySpan<byte> message, Dictionary<string, Hdf5Link> links)
    {
        var cursor = new Hdf5Cursor(file, message);
        ulong tree = cursor.UInt64();
        byte[] names = ReadNames(file, cursor.UInt64());
        ReadTree(file, tree, names, links, maximumLevel: byte.MaxValue);
    }

    private static byte[] ReadNames(Hdf5Bytes file, ulong address)
    {
        var heap = new Hdf5Cursor(file, file.Read(address, 32));
        heap.Signature("HEAP");
        heap.Skip(4);
        ulong size = heap.UInt64();
        heap.Skip(8);
        return file.Read(heap.UInt64(), size);
    }

    private static void ReadTree(Hdf5Bytes file, ulong address, byte[] names, Dictionary<string, Hdf5Link> links, int maximumLevel)
    {
        var start = new Hdf5Cursor(file, file.Read(address, 24));
        start.Signature("TREE");
        start.Skip(1);
        int level = start.Byte();
        int count = start.UInt16();
        if (level > maximumLevel)
            throw file.Damaged("a tree of links has a branch above its root");
        var entries = new Hdf5Cursor(file, file.Read(address + 24, (ulong)(16 * count + 8)));
        for (int i = 0; i < count; i++)
        {
            entries.Skip(8);
            ulong child = entries.UInt64();
            if (level > 0)
                ReadTree(file, child, names, links, level - 1);
            else
                ReadSymbols(file, child, names, links);
        }
    }

    private static void ReadSymbols(Hdf5Bytes file, ulong address, byte[] names, Dictionary<string, Hdf5Link> links)
    {
        var start = new Hdf5Cursor(file, file.Read(address, 8));
        start.Signature("SNOD");
        start.Skip(2);
        int count = start.UInt16();
        var entries = new Hdf5Cursor(file, file.Read(address + 8, (ulong)(SymbolSize * count)));
        for (int i = 0; i < count; i++)
        {
            ulong nameOffset = entries.UInt64(), header = entries.UInt64();
            bool soft = entries.UInt32() == SoftLinkInSymbolTable;
            entries.Skip(20);
            links[NameAt(file, names, nameOffset)] = new(soft ? Hdf5LinkKind.Soft : Hdf5LinkKind.Hard, header);
        }
    }

    private static string NameAt(Hdf5Bytes file, byte[] names, ulong offset)
    {
        if (offset >= (ulong)names.Length)
            throw file.Damaged("the name of a link lies outside the group's names");
        ReadOnlySpan<byte> rest = names.AsSpan((int)offset);
        int end = rest[..Math.Min(rest.Length, Hdf5Bytes.MaximumNameLength)].IndexOf((byte)0);
        file.Charge(Math.Max(0, end));
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw file.Damaged("the name of a link has no end");
    }
}
