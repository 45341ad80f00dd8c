namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>What the values of an attribute or dataset are.</summary>
internal readonly record struct Hdf5Type
{
    private const int FixedPoint = 0, FloatingPoint = 1, String = 3, VariableLength = 9;
    // Sizes in bits of IEEE 754's exponents and mantissas.
    private static readonly (uint Size, byte Exponent, byte Mantissa)[] s_ieee = [(2, 5, 10), (4, 8, 23), (8, 11, 52)];

    private Hdf5Type(int kind, uint size, bool isBigEndian, bool isText, bool isIeee)
    {
        Size = size;
        IsFloat = kind == FloatingPoint && isIeee && !isBigEndian;
        IsFixedText = kind == String;
        IsVariableText = kind == VariableLength && isText;
        Description = kind switch
        {
            FixedPoint => $"an integer of {size} bytes",
            FloatingPoint => $"a {(isBigEndian ? "big-endian " : "")}floating-point number of {size} bytes{(isIeee ? "" : " that is not IEEE 754's")}",
            String or VariableLength => "text or of variable length",
            _ => $"of HDF5's class {kind}",
        };
    }

    /// <summary>Bytes of one value.</summary>
    public uint Size { get; }

    /// <summary>Whether it is a little-endian half, single or double, told apart by <see cref="Size"/>.</summary>
    public bool IsFloat { get; }

    /// <summary>Whether it is text of <see cref="Size"/> bytes, padded.</summary>
    public bool IsFixedText { get; }

    /// <summary>Whether it is text of any length, stored in a heap.</summary>
    public bool IsVariableText { get; }

    /// <summary>What it is, for messages.</summary>
    public string Description { get; }

    public static Hdf5Type Read(Hdf5Bytes file, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(file, message);
        int kind = cursor.Byte() & 0x0F;
        byte firstBits = cursor.Byte();
        cursor.Skip(2);
        uint size = cursor.UInt32();
        bool isIeee = false;
        if (kind == FloatingPoint)
        {
            cursor.Skip(5);
            byte exponent = cursor.Byte();
            cursor.Skip(1);
            isIeee = s_ieee.Contains((size, exponent, cursor.Byte()));
        }
        return new(kind, size, isBigEndian: (firstBits & 0x41) != 0, isText: (firstBits & 0x0F) == 1, isIeee);
    }
}
