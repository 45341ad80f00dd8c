using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>How a component marks its part of a model file.</summary>
/// <param name="Signature">Eight characters that mark its data.</param>
/// <param name="LoaderSignature">The load name of its LoadableClass attribute, at most 24 characters.</param>
internal sealed record ComponentFormat(string Signature, string LoaderSignature)
{
    public const uint Current = 0x00010003;

    public VersionInfo Version => new(
        modelSignature: Signature,
        verWrittenCur: Current,
        verReadableCur: Current,
        verWeCanReadBack: Current,
        // The simple name: a full one would tie the file to this assembly's version.
        loaderAssemblyName: typeof(ComponentFormat).Assembly.GetName().Name,
        loaderSignature: LoaderSignature);
}

/// <summary>
/// Writes a component's part of a model file: its settings as one block with its length (int32) and SHA-256 before it, and networks as entries of
/// their own, which have a hash of theirs.
/// </summary>
internal sealed class ComponentWriter
{
    private readonly ModelSaveContext _context;
    private readonly BinaryWriter _writer;

    private ComponentWriter(ModelSaveContext context, BinaryWriter writer) => (_context, _writer) = (context, writer);

    /// <summary>Writes what <paramref name="write"/> says.</summary>
    public static void Write(ModelSaveContext context, ComponentFormat format, Action<ComponentWriter> write)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel();
        context.SetVersionInfo(format.Version);
        using var settings = new MemoryStream();
        using (var writer = new BinaryWriter(settings, Encoding.UTF8, leaveOpen: true))
            write(new(context, writer));
        byte[] block = settings.ToArray();
        context.Writer.Write(block.Length);
        context.Writer.Write(SHA256.HashData(block));
        context.Writer.Write(block);
    }

    public void Write(string value) => _writer.Write(value);

    public void Write(int value) => _writer.Write(value);

    public void Write(bool value) => _writer.Write(value);

    public void Write(double value) => _writer.Write(value);

    public void Write(IHostEnvironment environment, ClassLabels labels) => labels.Save(environment, _writer);

    public void Write(TrainingHistory history) => history.Save(_writer);

    /// <summary>Adds a network as an entry of its own.</summary>
    public void Write(string entry, Network network) => _context.SaveBinaryStream(entry, writer => NetworkStream.Write(writer, network));
}

/// <summary>Reads a component's part of a model file, in the order in which it was written.</summary>
internal sealed class ComponentReader
{
    private const int MaximumBlockBytes = 256 << 20;

    private readonly ModelLoadContext _context;
    private readonly BinaryReader _reader;

    private ComponentReader(ModelLoadContext context, BinaryReader reader) => (_context, _reader) = (context, reader);

    /// <summary>Reads what <paramref name="read"/> says.</summary>
    /// <exception cref="FormatException">The file is of a newer format, or not this component's, or its settings are cut short or changed.</exception>
    public static T Read<T>(ModelLoadContext context, ComponentFormat format, Func<ComponentReader, T> read)
    {
        if (context.Header.ModelVerReadable > ComponentFormat.Current)
        {
            throw new FormatException(
                $"The model file was written by a newer Microsoft.ML.DeepYeast: {format.LoaderSignature} has format {context.Header.ModelVerReadable:X8} and " +
                $"this version reads up to {ComponentFormat.Current:X8}. Update the package Microsoft.ML.DeepYeast.");
        }
        context.CheckAtModel(format.Version);
        using var reader = new BinaryReader(new MemoryStream(ReadBlock(context.Reader)));
        return read(new(context, reader));
    }

    public string ReadString() => _reader.ReadString();

    public int ReadInt32() => _reader.ReadInt32();

    public bool ReadBoolean() => _reader.ReadBoolean();

    public double ReadDouble() => _reader.ReadDouble();

    public ClassLabels ReadLabels(IHostEnvironment environment) => ClassLabels.Load(environment, _reader);

    public TrainingHistory ReadHistory() => TrainingHistory.Load(_reader);

    /// <exception cref="FormatException">The entry is missing, cut short, changed, or not a network.</exception>
    public Network ReadNetwork(string entry)
    {
        Network? network = null;
        return _context.TryLoadBinaryStream(entry, reader => network = NetworkStream.Read(reader)) ? network! : throw NetworkStream.Damaged($"its entry '{entry}' is missing");
    }

    // Nothing is decoded, and nothing large allocated, before the hash is right.
    private static byte[] ReadBlock(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (length is < 0 or > MaximumBlockBytes || length + SHA256.HashSizeInBytes > left)
            throw NetworkStream.Damaged($"its settings say that they have {length} bytes");
        byte[] hash = reader.ReadBytes(SHA256.HashSizeInBytes), block = reader.ReadBytes(length);
        if (!SHA256.HashData(block).AsSpan().SequenceEqual(hash))
            throw NetworkStream.Damaged("its settings were changed after they were saved (the SHA-256 does not match)");
        return block;
    }
}
