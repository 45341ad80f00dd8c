namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>One layer of a weight file that has weights, in Keras's order.</summary>
internal sealed record KerasLayer(string Name, IReadOnlyList<Hdf5Dataset> Weights);

/// <summary>A weight file as Keras reads it: the layers that have weights, in order. Weights themselves are read later.</summary>
internal static class KerasWeightFile
{
    private const int MaximumParts = 100;

    /// <exception cref="FormatException">The stream is damaged, or no legacy Keras file.</exception>
    public static IReadOnlyList<KerasLayer> ReadLayers(Stream stream, string fileName)
    {
        Hdf5Object root = Hdf5File.OpenRoot(stream, fileName);
        Hdf5Object weights = root.Find(KerasLayout.ModelWeights) ?? root;
        string[] names = ReadList(weights, KerasLayout.LayerNames)
            ?? throw root.File.Refused($"it has no attribute '{KerasLayout.LayerNames}', as weights saved by legacy Keras have",
                "Save them with Keras 2's model.save_weights(\"weights.h5\"), or with Keras 3's model.save(\"model.h5\").");
        if (Hdf5Attributes.ReadTexts(weights, KerasLayout.Backend) is ["theano"])
            throw root.File.Refused("it was written by Keras on Theano, whose kernels are mirrored", "Load it in Keras on TensorFlow and save it again.");

        var layers = new List<KerasLayer>();
        foreach (string name in names)
        {
            Hdf5Object layer = Find(weights, name);
            string[] weightNames = ReadList(layer, KerasLayout.WeightNames) ?? throw Missing(layer, $"attribute '{KerasLayout.WeightNames}'");
            if (weightNames.Length > 0)
                layers.Add(new(name, [.. weightNames.Select(weight => Hdf5Dataset.Open(Find(layer, weight)))]));
        }
        return layers;
    }

    // A list that is too long for one attribute is split over numbered ones, of 64 KB each.
    private static string[]? ReadList(Hdf5Object owner, string name)
    {
        if (Hdf5Attributes.ReadTexts(owner, name) is { } whole)
            return whole;
        var parts = new List<string>();
        int count = 0;
        for (; count < MaximumParts && Hdf5Attributes.ReadTexts(owner, $"{name}{count}") is { } part; count++)
            parts.AddRange(part);
        return count > 0 ? [.. parts] : null;
    }

    private static Hdf5Object Find(Hdf5Object group, string path) => group.Find(path) ?? throw Missing(group, $"'{path}'");

    private static FormatException Missing(Hdf5Object group, string what) => group.File.Damaged($"'{group.Path}/' lacks its {what}");
}
