namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>What a message in an object's header is about, as the format numbers them.</summary>
internal enum Hdf5MessageType
{
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Attribute = 0x0C,
    Continuation = 0x10,
    SymbolTable = 0x11,
    AttributeInfo = 0x15,
}

/// <summary>One message of an object's header.</summary>
internal readonly record struct Hdf5Message(Hdf5MessageType Type, bool IsShared, ReadOnlyMemory<byte> Body);

/// <summary>A group or dataset: a list of messages.</summary>
internal sealed class Hdf5Object
{
    /// <summary>The format's way to say that there is nothing at an address.</summary>
    public const ulong Nowhere = ulong.MaxValue;

    private readonly IReadOnlyList<Hdf5Message> _messages;
    private Dictionary<string, Hdf5Link>? _links;

    private Hdf5Object(Hdf5Bytes file, string path, IReadOnlyList<Hdf5Message> messages)
    {
        File = file;
        Path = path;
        _messages = messages;
    }

    public Hdf5Bytes File { get; }

    /// <summary>Names from the root, each behind a slash; empty for the root itself.</summary>
    public string Path { get; }

    public static Hdf5Object Read(Hdf5Bytes file, ulong address, string path) => new(file, path, Hdf5ObjectHeader.Read(file, address));

    /// <summary>The messages of one type.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Messages(Hdf5MessageType type)
    {
        foreach (Hdf5Message message in _messages.Where(message => message.Type == type))
        {
            if (message.IsShared)
                throw File.Refused($"'{Path}/' shares its {type} with another object");
            yield return message.Body;
        }
    }

    /// <summary>The one message of a type.</summary>
    public ReadOnlyMemory<byte> Message(Hdf5MessageType type)
    {
        ReadOnlyMemory<byte>[] found = [.. Messages(type)];
        return found.Length == 1 ? found[0] : throw File.Damaged($"'{Path}' has {found.Length} messages of type {type} instead of one");
    }

    /// <summary>An object below this group, by its path from here, or null if there is none.</summary>
    public Hdf5Object? Find(string path)
    {
        Hdf5Object current = this;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            current._links ??= Hdf5Links.Read(current);
            if (!current._links.TryGetValue(name, out Hdf5Link link))
                return null;
            string linkPath = $"{current.Path}/{name}";
            if (link.Kind != Hdf5LinkKind.Hard)
                throw File.Refused($"'{linkPath}' is {(link.Kind == Hdf5LinkKind.Soft ? "a symbolic link" : "a link to another file")}, which is not followed");
            current = Read(File, link.Address, linkPath);
        }
        return current;
    }
}
