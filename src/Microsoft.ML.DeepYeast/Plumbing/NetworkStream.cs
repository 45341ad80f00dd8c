using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// A network inside a model file: length of the graph (int32), the graph as JSON (UTF-8), SHA-256 over graph and weights, then the weights
/// as floats (little-endian, as is every platform of libtorch), layer by layer, in Keras's order. The graph is all that is needed to read it, not the code that built it.
/// </summary>
internal static class NetworkStream
{
    /// <summary>How every message about a model file begins.</summary>
    public const string MessageStart = "The model file ";

    private const int MaximumGraphBytes = 16 << 20;

    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() } };

    public static void Write(BinaryWriter writer, Network network)
    {
        byte[] graph = GraphOf(network.Graph);
        writer.Write(graph.Length);
        writer.Write(graph);
        writer.Write(Hash(graph, network.Weights));
        foreach (float[] weight in network.Weights)
            writer.Write(MemoryMarshal.AsBytes(weight.AsSpan()));
    }

    /// <summary>Writes a network with its length (int64) before it, so that more can follow.</summary>
    public static void WriteSized(BinaryWriter writer, Network network)
    {
        writer.Write(sizeof(int) + GraphOf(network.Graph).Length + SHA256.HashSizeInBytes + WeightBytes(network.Graph));
        Write(writer, network);
    }

    /// <summary>Reads what <see cref="WriteSized"/> wrote.</summary>
    /// <inheritdoc cref="Read(BinaryReader, long)" path="/exception"/>
    public static Network ReadSized(BinaryReader reader) => Read(reader, reader.ReadInt64());

    /// <summary>The graph as it is stored.</summary>
    public static byte[] GraphOf(NetworkGraph graph) => JsonSerializer.SerializeToUtf8Bytes(new StoredGraph(graph.Name, graph.Layers), s_json);

    /// <summary>The hash that is stored.</summary>
    public static byte[] Hash(Network network) => Hash(GraphOf(network.Graph), network.Weights);

    /// <summary>Reads a network that the rest of a stream is.</summary>
    /// <inheritdoc cref="Read(BinaryReader, long)" path="/exception"/>
    public static Network Read(BinaryReader reader) => Read(reader, reader.BaseStream.Length - reader.BaseStream.Position);

    /// <summary>Reads a network of a known length.</summary>
    /// <exception cref="FormatException">The stream is cut short, changed, or not a network; nothing large is allocated before its size is checked.</exception>
    private static Network Read(BinaryReader reader, long length)
    {
        int graphLength = length >= sizeof(int) ? reader.ReadInt32() : -1;
        if (graphLength is <= 0 or > MaximumGraphBytes || graphLength + SHA256.HashSizeInBytes > length - sizeof(int))
            throw Damaged("its network has no graph");
        byte[] json = reader.ReadBytes(graphLength);
        byte[] hash = reader.ReadBytes(SHA256.HashSizeInBytes);
        NetworkGraph graph = Parse(json);

        long weightBytes = WeightBytes(graph);
        long have = length - sizeof(int) - json.Length - hash.Length;
        if (have != weightBytes)
            throw Damaged($"its weights are {have} bytes but {graph.Name} has {weightBytes}");

        var weights = new List<float[]>();
        foreach (WeightShape shape in graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name)))
        {
            float[] values = new float[shape.Size];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            weights.Add(values);
        }
        if (!Hash(json, weights).AsSpan().SequenceEqual(hash))
            throw Damaged("its network was changed after it was saved (the SHA-256 does not match)");
        return new(graph, weights);
    }

    private static long WeightBytes(NetworkGraph graph) => sizeof(float) * (graph.TrainableParameterCount + graph.NonTrainableParameterCount);

    private static NetworkGraph Parse(byte[] json)
    {
        try
        {
            StoredGraph? stored = JsonSerializer.Deserialize<StoredGraph>(json, s_json);
            return new(stored?.Name!, stored?.Layers!);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException)
        {
            throw Damaged($"its graph cannot be read ({e.Message})", e);
        }
    }

    private static byte[] Hash(byte[] graph, IEnumerable<float[]> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(graph);
        foreach (float[] weight in weights)
            hash.AppendData(MemoryMarshal.AsBytes(weight.AsSpan()));
        return hash.GetHashAndReset();
    }

    /// <summary>An error about a damaged file.</summary>
    public static FormatException Damaged(string why, Exception? cause = null)
        => new($"{MessageStart}is damaged: {why}. Copy it again from where it came, or train and save anew.", cause);

    /// <summary>The same, for what another error says.</summary>
    public static FormatException Damaged(Exception cause) => Damaged(cause.Message.TrimEnd('.'), cause);

    /// <summary>Checks settings that were read from a file.</summary>
    /// <exception cref="FormatException"><paramref name="validate"/> refuses them with an <see cref="ArgumentException"/>.</exception>
    public static void RequireValid(Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            throw Damaged(e);
        }
    }

    private sealed record StoredGraph(string Name, IReadOnlyList<Layer> Layers);
}
