using System.Numerics;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>The dataspace of an attribute or dataset: how many values there are.</summary>
internal static class Hdf5Shape
{
    private const byte NullSpace = 2;

    /// <summary>The dimensions: none for a single value, one of length 0 for no value at all.</summary>
    public static ulong[] Read(Hdf5Bytes file, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(file, message);
        byte version = cursor.Byte();
        int rank = cursor.Byte();
        cursor.Skip(1);
        byte type = cursor.Byte();
        switch (version)
        {
            case 1: cursor.Skip(4); break;
            case 2 when type == NullSpace: return [0];
            case 2: break;
            default: throw file.Damaged($"a shape has version {version}");
        }
        ulong[] dimensions = new ulong[rank];
        for (int i = 0; i < rank; i++)
            dimensions[i] = cursor.UInt64();
        return dimensions;
    }

    /// <summary>Number of values, if that many of the given size fit into the given number of bytes.</summary>
    public static bool TryCount(ulong[] dimensions, uint valueSize, int bytes, out int count)
    {
        BigInteger product = dimensions.Aggregate(BigInteger.One, (product, dimension) => product * dimension);
        bool fits = product * Math.Max(1, valueSize) <= bytes;
        count = fits ? (int)product : 0;
        return fits;
    }
}
