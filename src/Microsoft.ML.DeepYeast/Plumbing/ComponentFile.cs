using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>How a component marks its part of a model file.</summary>
/// <param name="Signature">Eight characters that mark its data.</param>
/// <param name="LoaderSignature">The load name of its LoadableClass attribute, at most 24 characters.</param>
internal sealed record ComponentFormat(string Signature, string LoaderSignature)
{
    public const uint Current = 0x00010001;

    public VersionInfo Version => new(
        modelSignature: Signature,
        verWrittenCur: Current,
        verReadableCur: Current,
        verWeCanReadBack: Current,
        // The simple name: a full one would tie the file to this assembly's version.
        loaderAssemblyName: typeof(ComponentFormat).Assembly.GetName().Name,
        loaderSignature: LoaderSignature);
}

/// <summary>Writes a component's part of a model file.</summary>
internal sealed class ComponentWriter
{
    private readonly ModelSaveContext _context;

    public ComponentWriter(ModelSaveContext context, ComponentFormat format)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        context.CheckAtModel();
        context.SetVersionInfo(format.Version);
    }

    public void Write(string value) => _context.SaveString(value);

    public void Write(int value) => _context.Writer.Write(value);

    public void Write(double value) => _context.Writer.Write(value);

    public void Write(IHostEnvironment environment, ClassLabels labels) => labels.Save(environment, _context.Writer);

    /// <summary>Adds a network as an entry of its own.</summary>
    public void Write(string entry, Network network) => _context.SaveBinaryStream(entry, writer => NetworkStream.Write(writer, network));

    /// <summary>Adds the history of a training as an entry of its own.</summary>
    public void Write(string entry, TrainingHistory history) => _context.SaveBinaryStream(entry, history.Save);
}

/// <summary>Reads a component's part of a model file, in the order in which it was written.</summary>
internal sealed class ComponentReader
{
    private readonly ModelLoadContext _context;

    /// <exception cref="FormatException">The file is of a newer format, or not this component's.</exception>
    public ComponentReader(ModelLoadContext context, ComponentFormat format)
    {
        _context = context;
        if (context.Header.ModelVerReadable > ComponentFormat.Current)
        {
            throw new FormatException(
                $"The model file was written by a newer Microsoft.ML.DeepYeast: {format.LoaderSignature} has format {context.Header.ModelVerReadable:X8} and " +
                $"this version reads up to {ComponentFormat.Current:X8}. Update the package Microsoft.ML.DeepYeast.");
        }
        context.CheckAtModel(format.Version);
    }

    public string ReadString() => _context.LoadString();

    public int ReadInt32() => _context.Reader.ReadInt32();

    public double ReadDouble() => _context.Reader.ReadDouble();

    public ClassLabels ReadLabels(IHostEnvironment environment) => ClassLabels.Load(environment, _context.Reader);

    /// <exception cref="FormatException">The entry is missing, cut short, changed, or not a network.</exception>
    public Network ReadNetwork(string entry)
    {
        Network? network = null;
        return _context.TryLoadBinaryStream(entry, reader => network = NetworkStream.Read(reader)) ? network! : throw NetworkStream.Damaged($"its entry '{entry}' is missing");
    }

    /// <exception cref="FormatException">The entry is cut short or changed.</exception>
    public TrainingHistory ReadHistory(string entry)
    {
        TrainingHistory? history = null;
        try
        {
            return _context.TryLoadBinaryStream(entry, reader => history = TrainingHistory.Load(reader)) ? history! : TrainingHistory.Empty;
        }
        catch (EndOfStreamException e)
        {
            throw NetworkStream.Damaged("its history is cut short", e);
        }
    }
}
