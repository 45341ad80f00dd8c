using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// TIFF files written by the specification (TIFF 6.0, and Adobe's Technical Note 3 for floats) and not by LibTiff, which when it writes bytes in the other order takes
/// the differences of swapped values: bytes in Motorola's order, one strip a page, Adobe's deflate, and differences of neighbours.
/// </summary>
internal static class HandMadeTiff
{
    private const ushort Short = 3, Long = 4;

    public static string Write(string path, params TiffPage[] pages)
    {
        using var file = new MemoryStream();
        file.Write("MM\0*"u8);
        long link = file.Position;   // where the offset of the next directory belongs
        WriteLong(file, 0);
        foreach (TiffPage page in pages)
        {
            uint strip = (uint)file.Position;
            using (var deflate = new ZLibStream(file, CompressionLevel.Optimal, leaveOpen: true))
                deflate.Write(Differences(page));
            uint length = (uint)file.Position - strip;
            if (file.Position % 2 != 0)
                file.WriteByte(0);

            uint directory = (uint)file.Position;
            file.Position = link;
            WriteLong(file, directory);
            file.Position = directory;
            (ushort Tag, ushort Type, uint Value)[] entries =
            [
                (256, Long, (uint)page.Width), (257, Long, (uint)page.Height), (258, Short, (uint)page.Bits), (259, Short, 8), (262, Short, 1), (273, Long, strip),
                (277, Short, 1), (278, Long, (uint)page.Height), (279, Long, length), (317, Short, page.Bits == 32 ? 3u : 2u), (339, Short, page.Bits == 32 ? 3u : 1u),
            ];
            WriteShort(file, (ushort)entries.Length);
            foreach ((ushort tag, ushort type, uint value) in entries)
            {
                WriteShort(file, tag);
                WriteShort(file, type);
                WriteLong(file, 1);
                WriteLong(file, type == Short ? value << 16 : value);   // a short lies in the first half of the field
            }
            link = file.Position;
            WriteLong(file, 0);
        }
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }

    private static byte[] Differences(TiffPage page) => [.. page.ToFloats().Chunk(page.Width).SelectMany(row => page.Bits == 32 ? OfFloats(row) : OfWords(row))];

    private static IEnumerable<byte> OfWords(float[] row) => row.SelectMany((value, i) =>
    {
        ushort difference = (ushort)(value - (i == 0 ? 0 : row[i - 1]));
        return (byte[])[(byte)(difference >> 8), (byte)difference];
    });

    // The first bytes of all values, then the second ones, and so on; each minus the one before.
    private static byte[] OfFloats(float[] row)
    {
        byte[] bytes = [.. Enumerable.Range(0, 4).SelectMany(b => row.Select(value => (byte)(BitConverter.SingleToUInt32Bits(value) >> (24 - 8 * b))))];
        return [.. bytes.Select((value, i) => (byte)(value - (i == 0 ? 0 : bytes[i - 1])))];
    }

    private static void WriteShort(Stream file, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        file.Write(bytes);
    }

    private static void WriteLong(Stream file, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        file.Write(bytes);
    }
}
