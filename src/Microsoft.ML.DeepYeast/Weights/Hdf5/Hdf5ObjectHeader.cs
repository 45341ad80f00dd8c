namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Reads the messages of an object's header, of both versions that the format knows.</summary>
internal static class Hdf5ObjectHeader
{
    private const byte SharedFlag = 0x02;
    private const int Version1Prefix = 16;
    private const int ChecksumSize = 4;

    public static IReadOnlyList<Hdf5Message> Read(Hdf5Bytes file, ulong address)
        => file.Read(address, 1)[0] == 1 ? ReadVersion1(file, address) : ReadVersion2(file, address);

    private static List<Hdf5Message> ReadVersion1(Hdf5Bytes file, ulong address)
    {
        var prefix = new Hdf5Cursor(file, file.Read(address, Version1Prefix));
        prefix.Skip(8);
        uint size = prefix.UInt32();
        return ReadBlocks(file, file.Read(address + Version1Prefix, size), (block, messages) =>
        {
            var cursor = new Hdf5Cursor(file, block.Span);
            while (cursor.Left >= 8)
            {
                int type = cursor.UInt16();
                int length = cursor.UInt16();
                byte flags = cursor.Byte();
                cursor.Skip(3);
                messages.Add(new((Hdf5MessageType)type, (flags & SharedFlag) != 0, TakeBody(ref cursor, block, length)));
            }
        }, (offset, length) => file.Read(offset, length));
    }

    private static List<Hdf5Message> ReadVersion2(Hdf5Bytes file, ulong address)
    {
        var start = new Hdf5Cursor(file, file.Read(address, 6));
        start.Signature("OHDR");
        byte version = start.Byte(), flags = start.Byte();
        if (version != 2)
            throw file.Damaged($"an object has a header of version {version}");
        bool hasOrder = (flags & 0x04) != 0;
        int optional = ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
        int sizeBytes = 1 << (flags & 0x03);
        ulong sizeAddress = address + 6 + (ulong)optional;
        ulong size = new Hdf5Cursor(file, file.Read(sizeAddress, (ulong)sizeBytes)).UInt(sizeBytes);

        return ReadBlocks(file, file.Read(sizeAddress + (ulong)sizeBytes, size), (block, messages) =>
        {
            var cursor = new Hdf5Cursor(file, block.Span);
            int prefix = hasOrder ? 6 : 4;
            while (cursor.Left >= prefix)
            {
                int type = cursor.Byte();
                int length = cursor.UInt16();
                byte messageFlags = cursor.Byte();
                cursor.Skip(prefix - 4);
                messages.Add(new((Hdf5MessageType)type, (messageFlags & SharedFlag) != 0, TakeBody(ref cursor, block, length)));
            }
        }, (offset, length) =>
        {
            byte[] block = file.Read(offset, length);
            var cursor = new Hdf5Cursor(file, block);
            cursor.Signature("OCHK");
            cursor.Skip(ChecksumSize);
            return block.AsMemory(4, block.Length - 4 - ChecksumSize);
        });
    }

    // The header's first block may name further ones, and those may too.
    private static List<Hdf5Message> ReadBlocks(
        Hdf5Bytes file, ReadOnlyMemory<byte> first, Action<ReadOnlyMemory<byte>, List<Hdf5Message>> parse, Func<ulong, ulong, ReadOnlyMemory<byte>> next)
    {
        var messages = new List<Hdf5Message>();
        parse(first, messages);
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Type != Hdf5MessageType.Continuation)
                continue;
            var cursor = new Hdf5Cursor(file, messages[i].Body.Span);
            parse(next(cursor.UInt64(), cursor.UInt64()), messages);
        }
        return messages;
    }

    private static ReadOnlyMemory<byte> TakeBody(ref Hdf5Cursor cursor, ReadOnlyMemory<byte> block, int length)
    {
        int position = block.Length - cursor.Left;
        cursor.Skip(length);
        return block.Slice(position, length);
    }
}
