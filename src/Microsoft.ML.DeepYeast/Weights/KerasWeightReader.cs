namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Gives a graph the weights of a Keras file: layers that have weights are matched in order, as Keras does.</summary>
internal static class KerasWeightReader
{
    /// <exception cref="FormatException">The file is damaged, no legacy Keras file, or holds values that are no finite floats.</exception>
    /// <exception cref="ArgumentException">The weights are those of another network.</exception>
    public static Network Read(NetworkGraph graph, string path)
    {
        using FileStream stream = Open(path);
        return Read(graph, stream, Path.GetFileName(path));
    }

    /// <inheritdoc cref="Read(NetworkGraph, string)"/>
    public static Network Read(NetworkGraph graph, Stream stream, string fileName)
    {
        IReadOnlyList<KerasLayer> layers = KerasWeightFile.ReadLayers(stream, fileName);
        KerasLayerMatch.Require(graph, layers, fileName);
        return new(graph, [.. layers.Zip(KerasLayerMatch.LayersWithWeights(graph)).SelectMany(pair
            => pair.First.Weights.Zip(graph.GetWeights(pair.Second.Name)).Select(weight => weight.First.Read(weight.Second.Size)))]);
    }

    /// <summary>Width of the last layer that has weights, before there is a graph: the number of classes.</summary>
    /// <exception cref="FormatException">The file is damaged, or no legacy Keras file.</exception>
    public static int ReadClassCount(string path)
    {
        using FileStream stream = Open(path);
        return ReadClassCount(stream, Path.GetFileName(path));
    }

    /// <inheritdoc cref="ReadClassCount(string)"/>
    public static int ReadClassCount(Stream stream, string fileName)
    {
        return KerasWeightFile.ReadLayers(stream, fileName) is [.., var last] && last.Weights[^1].Dimensions is [.., > 0 and <= int.MaxValue and var width]
            ? (int)width
            : throw new FormatException($"'{fileName}' has no layer with weights, so that its number of classes is unknown. Save the weights of a whole network.");
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
}
