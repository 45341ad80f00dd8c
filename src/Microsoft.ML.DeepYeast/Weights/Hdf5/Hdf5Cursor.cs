using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Takes little-endian numbers one after the other off bytes that were read, and refuses to go past their end.</summary>
internal ref struct Hdf5Cursor(Hdf5Bytes file, ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly int Left => _left.Length;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An unsigned number of 1, 2, 4 or 8 bytes.</summary>
    public ulong UInt(int size) => size switch { 1 => Byte(), 2 => UInt16(), 4 => UInt32(), _ => UInt64() };

    public void Skip(int count) => Take(count);

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _left.Length)
            throw file.Damaged($"a record of its structure has {_left.Length} bytes left but names {(uint)count}");
        ReadOnlySpan<byte> taken = _left[..count];
        _left = _left[count..];
        return taken;
    }

    /// <summary>The four letters that a structure begins with.</summary>
    public void Signature(string expected)
    {
        string found = Encoding.ASCII.GetString(Take(expected.Length));
        if (found != expected)
            throw file.Damaged($"a structure begins with '{found}' instead of '{expected}'");
    }
}
