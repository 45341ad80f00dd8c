using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>An array of floats in a file: its shape, and where its bytes are.</summary>
internal sealed class Hdf5Dataset
{
    private const int Compact = 0, Contiguous = 1, Chunked = 2;

    private readonly Hdf5Object _owner;
    private readonly Hdf5Type _type;

    private Hdf5Dataset(Hdf5Object owner)
    {
        _owner = owner;
        _type = Hdf5Type.Read(owner.File, owner.Message(Hdf5MessageType.Datatype).Span);
        Dimensions = Hdf5Shape.Read(owner.File, owner.Message(Hdf5MessageType.Dataspace).Span);
    }

    public ulong[] Dimensions { get; }

    /// <summary>Reads type and shape, but no value.</summary>
    public static Hdf5Dataset Open(Hdf5Object owner) => new(owner);

    /// <summary>All values, converted to single precision; only as many are allocated as asked for, and only if the file holds them.</summary>
    /// <param name="count">The product of <see cref="Dimensions"/>.</param>
    public float[] Read(int count)
    {
        if (!_type.IsFloat)
            throw File.Refused($"'{_owner.Path}' is {_type.Description}; weights are little-endian floating-point numbers of 2, 4 or 8 bytes");
        ReadOnlyMemory<byte>? inHeader = Locate(out ulong address);
        ulong bytes = _type.Size * (ulong)count;
        if (inHeader is null)
            File.RequireInside(address, bytes);
        else if ((ulong)inHeader.Value.Length < bytes)
            throw File.Damaged($"'{_owner.Path}' has {inHeader.Value.Length} bytes instead of {bytes}");

        float[] values = new float[count];
        Span<byte> raw = _type.Size == sizeof(float) ? MemoryMarshal.AsBytes(values.AsSpan()) : new byte[bytes];
        if (inHeader is null)
            File.ReadInto(address, raw);
        else
            inHeader.Value.Span[..raw.Length].CopyTo(raw);
        if (_type.Size == 2)
            Convert(MemoryMarshal.Cast<byte, Half>(raw), values);
        else if (_type.Size == sizeof(double))
            Convert(MemoryMarshal.Cast<byte, double>(raw), values);
        RequireFinite(values);
        return values;
    }

    private Hdf5Bytes File => _owner.File;

    // Small arrays may be in the header itself.
    private ReadOnlyMemory<byte>? Locate(out ulong address)
    {
        if (_owner.Messages(Hdf5MessageType.ExternalFiles).Any())
            throw File.Refused($"'{_owner.Path}' is stored in another file, which is not opened");
        ReadOnlyMemory<byte> message = _owner.Message(Hdf5MessageType.Layout);
        var cursor = new Hdf5Cursor(File, message.Span);
        byte version = cursor.Byte(), layout = cursor.Byte();
        if (version is not (3 or 4))
            throw File.Refused($"'{_owner.Path}' has a layout of version {version}");
        address = 0;
        switch (layout)
        {
            case Compact:
                int size = cursor.UInt16();
                return message.Slice(message.Length - cursor.Left, cursor.Take(size).Length);
            case Contiguous:
                address = cursor.UInt64();
                return address != Hdf5Object.Nowhere ? null : throw File.Refused($"'{_owner.Path}' was declared but its values were never written");
            case Chunked:
                throw File.Refused($"'{_owner.Path}' is stored in chunks, which may be compressed; Keras stores weights as they are");
            default:
                throw File.Refused($"'{_owner.Path}' is a view of other datasets, which is not followed");
        }
    }

    private static void Convert<T>(ReadOnlySpan<T> from, Span<float> to) where T : struct, System.Numerics.INumber<T>
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = float.CreateTruncating(from[i]);
    }

    private void RequireFinite(float[] values)
    {
        int index = Array.FindIndex(values, value => !float.IsFinite(value));
        if (index >= 0)
            throw File.Refused($"'{_owner.Path}' has the value {values[index]} at index {index}, with which no cell can be scored", "Take the weights of an earlier epoch.");
    }
}
