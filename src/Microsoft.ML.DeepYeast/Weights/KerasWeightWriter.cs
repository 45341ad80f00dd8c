using System.Text;
using Microsoft.ML.DeepYeast.Layers;
using PureHDF;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Writes a weight file as Keras 2's <c>save_weights</c> lays it out.</summary>
internal static class KerasWeightWriter
{
    // The last Keras 2: what reads a file that names it leaves the weights as they are.
    private const string KerasVersion = "2.15.0";
    private const string Backend = "tensorflow";

    public static void Write(Network network, Stream stream)
    {
        NetworkGraph graph = network.Graph;
        string[] layerNames = [.. graph.Layers.Select(layer => layer.Name)];
        string[][] weightNames = [.. graph.Layers.Select(layer => graph.GetWeights(layer.Name).Select(weight => $"{layer.Name}/{weight.Name}:0").ToArray())];
        // Text of one length with a closing zero, because old Kerases decode every name from bytes, which text of variable length is not in every h5py.
        int textLength = weightNames.SelectMany(names => names).Concat(layerNames).Append(Backend).Max(Encoding.UTF8.GetByteCount) + 1;

        var file = new H5File();
        WriteList(file, KerasLayout.LayerNames, layerNames, textLength);
        file.Attributes[KerasLayout.Backend] = Backend;
        file.Attributes[KerasLayout.Version] = KerasVersion;
        WriteList(GroupAt(file, KerasLayout.TopLevelWeights), KerasLayout.WeightNames, [], textLength);
        for (int i = 0; i < layerNames.Length; i++)
        {
            H5Group group = GroupAt(file, layerNames[i]);
            WriteList(group, KerasLayout.WeightNames, weightNames[i], textLength);
            foreach (WeightShape shape in graph.GetWeights(layerNames[i]))
                WriteWeight(group, layerNames[i], shape, network.GetWeight(layerNames[i], shape.Name));
        }
        file.Write(stream, new H5WriteOptions(DefaultStringLength: textLength, PreferCompactDatasetLayout: false));
    }

    private static void WriteWeight(H5Group layer, string layerName, WeightShape shape, ReadOnlyMemory<float> values)
        => GroupAt(layer, layerName)[$"{shape.Name}:0"] = new H5Dataset(values.ToArray(), fileDims: [.. shape.Dimensions.Select(dimension => (ulong)dimension)]);

    private static H5Group GroupAt(H5Group parent, string path)
    {
        H5Group group = parent;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!group.ContainsKey(name))
                group[name] = new H5Group();
            group = (H5Group)group[name];
        }
        return group;
    }

    private static void WriteList(H5Group owner, string name, string[] texts, int textLength)
    {
        string[][] parts = [.. texts.Chunk(KerasLayout.AttributeLimit / textLength)];
        if (parts.Length == 0)
            owner.Attributes[name] = Array.Empty<double>();   // what numpy makes of an empty list
        else if (parts.Length == 1)
            owner.Attributes[name] = texts;
        else
        {
            for (int i = 0; i < parts.Length; i++)
                owner.Attributes[$"{name}{i}"] = parts[i];
        }
    }
}
