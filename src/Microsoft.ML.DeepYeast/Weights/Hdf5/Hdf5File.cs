namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>
/// Reads HDF5 files as far as Keras's weight files use the format (HDF5 File Format Specification 3.0): groups with few links or a symbol table,
/// attributes of text, whole arrays of floats. Nothing outside the file is ever opened: a link to another file is an error where it is used.
/// </summary>
/// <remarks>
/// PureHDF, which writes our files, does not read them, because it trusts what it reads: a changed byte makes it allocate up to 2 GB (measured on
/// copies of a file of 20 KB), and it follows links into other files without saying so.
/// </remarks>
internal static class Hdf5File
{
    private const int FirstUserBlock = 512;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>The root group.</summary>
    /// <exception cref="FormatException">The stream is not HDF5, or cut short.</exception>
    public static Hdf5Object OpenRoot(Stream stream, string fileName)
    {
        var file = new Hdf5Bytes(stream, fileName);
        ulong start = FindSuperblock(file);
        var cursor = new Hdf5Cursor(file, file.Read(start, Math.Min((ulong)file.Length - start, 96)));
        cursor.Skip(Signature.Length);
        byte version = cursor.Byte();
        if (version > 3)
            throw file.Refused($"it has version {version} of the HDF5 superblock, which is newer than the format's version 3.0");

        if (version < 2)
            cursor.Skip(4);
        (byte offsetSize, byte lengthSize) = (cursor.Byte(), cursor.Byte());
        if (offsetSize != sizeof(ulong) || lengthSize != sizeof(ulong))
            throw file.Refused($"its addresses have {offsetSize} bytes and its lengths {lengthSize}; only 8 and 8 are read");
        cursor.Skip(version switch { 0 => 9, 1 => 13, _ => 1 });
        ulong baseAddress = cursor.UInt64();
        cursor.Skip(sizeof(ulong));
        ulong end = cursor.UInt64();
        if (end > (ulong)file.Length)
            throw file.Damaged($"it is cut short at {file.Length} of {end} bytes");
        if (version < 2)
            cursor.Skip(2 * sizeof(ulong));
        ulong root = cursor.UInt64();
        file.BaseAddress = baseAddress;
        return Hdf5Object.Read(file, root, path: "");
    }

    // At 0, or behind a block of 512, 1024, 2048 ... bytes.
    private static ulong FindSuperblock(Hdf5Bytes file)
    {
        for (ulong position = 0; position + (ulong)Signature.Length <= (ulong)file.Length; position = Math.Max(FirstUserBlock, 2 * position))
        {
            if (file.Read(position, (ulong)Signature.Length).AsSpan().SequenceEqual(Signature))
                return position;
        }
        throw new FormatException($"'{file.FileName}' is not an HDF5 file. Keras weights are saved with model.save_weights(\"weights.h5\").");
    }
}
