namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Gives a graph the weights of a Keras file: layers that have weights are matched in order, as Keras does.</summary>
internal static class KerasWeightReader
{
    /// <exception cref="FormatException">The file is damaged, no legacy Keras file, or holds values that are no finite floats.</exception>
    /// <exception cref="ArgumentException">The weights are those of another network.</exception>
    public static Network Read(NetworkGraph graph, string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
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
}
