using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>
/// Whether the layers of a file are those of a graph: as many, with weights of the same shapes, and with the same names where both were named
/// by somebody. Names that Keras gives by itself (<c>conv2d</c>, <c>conv2d_1</c>) differ from run to run and are not compared.
/// </summary>
internal static partial class KerasLayerMatch
{
    public static IReadOnlyList<Layer> LayersWithWeights(NetworkGraph graph) => [.. graph.Layers.Where(layer => graph.GetWeights(layer.Name).Count > 0)];

    /// <exception cref="ArgumentException">They are not; both lists are in the message.</exception>
    public static void Require(NetworkGraph graph, IReadOnlyList<KerasLayer> file, string fileName)
    {
        IReadOnlyList<Layer> needed = LayersWithWeights(graph);
        var rows = new List<Row>();
        for (int i = 0; i < Math.Max(needed.Count, file.Count); i++)
        {
            Layer? layer = i < needed.Count ? needed[i] : null;
            KerasLayer? found = i < file.Count ? file[i] : null;
            int[][] neededShapes = layer is null ? [] : [.. graph.GetWeights(layer.Name).Select(weight => weight.Dimensions.ToArray())];
            ulong[][] foundShapes = found is null ? [] : [.. found.Weights.Select(weight => weight.Dimensions)];
            rows.Add(new(
                layer is null ? "" : $"{layer.Name} {Describe(neededShapes)}",
                found is null ? "" : $"{found.Name} {Describe(foundShapes)}",
                layer is not null && found is not null && NamesAgree(layer, found.Name),
                Describe(neededShapes) == Describe(foundShapes)));
        }
        if (rows.All(row => row.Agrees))
            return;
        if (rows[..^1].All(row => row.Agrees) && rows[^1].NamesAgree && OtherClassCount(graph, needed[^1], file[^1]) is { } classCount)
            throw new ArgumentException(
                $"'{fileName}' holds weights for {classCount} classes, but the {graph.Name} network was built for {graph.ClassCount}: its last layer '{needed[^1].Name}' differs, " +
                $"all other layers agree. Build the network for {classCount} classes to load these weights; for other classes give it to the trainer as StartingNetwork, which replaces the head.");
        throw new ArgumentException(
            $"'{fileName}' does not hold weights of the {graph.Name} network: {needed.Count} layers with weights are needed and {file.Count} are there. " +
            $"Load it into the network that it was saved from. Rows that differ are marked:{Environment.NewLine}{Table(rows, graph.Name, fileName)}");
    }

    private static bool NamesAgree(Layer layer, string found) => layer.Name == found || IsAutomatic(layer.Name, layer) || IsAutomatic(found, layer);

    // The type's name in snake case, perhaps with a number.
    private static bool IsAutomatic(string name, Layer layer)
    {
        string typeName = WordStart().Replace(layer.TypeName, "_").ToLowerInvariant();
        return name == typeName || (name.StartsWith($"{typeName}_", StringComparison.Ordinal) && name.AsSpan(typeName.Length + 1) is { Length: > 0 } number && number.IndexOfAnyExceptInRange('0', '9') < 0);
    }

    // Conv2D is conv2d, DepthwiseConv2D depthwise_conv2d: a word begins with a capital before and behind which are small letters.
    [GeneratedRegex("(?<=[a-z])(?=[A-Z][a-z])")]
    private static partial Regex WordStart();

    // Every weight of the last layer agrees but for its last dimension, the number of outputs.
    private static ulong? OtherClassCount(NetworkGraph graph, Layer needed, KerasLayer found)
    {
        var pairs = graph.GetWeights(needed.Name).Zip(found.Weights).ToArray();
        ulong? width = found.Weights[^1].Dimensions is [.., ulong last] ? last : null;
        bool agrees = pairs.Length == graph.GetWeights(needed.Name).Count && pairs.Length == found.Weights.Count
            && pairs.All(pair => pair.Second.Dimensions is [.. ulong[] others, ulong outputs] && outputs == width
                && others.SequenceEqual(pair.First.Dimensions.SkipLast(1).Select(dimension => (ulong)dimension)));
        return agrees ? width : null;
    }

    private static string Describe<T>(IEnumerable<T[]> shapes) => string.Join(" ", shapes.Select(shape => $"({string.Join(", ", shape)})"));

    private static string Table(IReadOnlyList<Row> rows, string graphName, string fileName)
    {
        (string needed, string found) = ($"{graphName} needs", $"{fileName} has");
        int width = Math.Max(needed.Length, rows.Max(row => row.Needed.Length));
        var text = new StringBuilder($"    {needed.PadRight(width)}  {found}");
        foreach (Row row in rows)
            text.AppendLine().Append($"{(row.Agrees ? "    " : " -> ")}{row.Needed.PadRight(width)}  {row.Found}".TrimEnd());
        return text.ToString();
    }

    private readonly record struct Row(string Needed, string Found, bool NamesAgree, bool ShapesAgree)
    {
        public bool Agrees => NamesAgree && ShapesAgree;
    }
}
