using PureHDF;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Small weight files: those that h5py wrote (Fixtures/make.py), and others that PureHDF writes as a test asks for.</summary>
internal static class KerasTestFile
{
    /// <summary>The network of the small fixtures: one dense layer with a kernel of (2, 3) and a bias of 3.</summary>
    public static NetworkGraph Dense(int classCount = 3, string name = "ip")
        => new NetworkBuilder("Small", new(2, 1, 1)).Flatten("flatten").Dense(name, classCount).Softmax("p").ToGraph();

    /// <summary>One of the networks of the reference data, by the name that its files have.</summary>
    public static NetworkGraph Reference(string name) => name switch
    {
        "DeepYeast" => DeepYeast.Networks.DeepYeast(CellShape.DeepYeast, 12),
        "ResNet50" => DeepYeast.Networks.ResNet50(CellShape.DeepYeast, 12),
        "MobileNet" => DeepYeast.Networks.MobileNet(CellShape.DeepYeast, 12),
        _ => DeepYeast.Networks.DenseNet40_BC(CellShape.DeepYeast, 12),
    };

    public static byte[] Fixture(string name)
    {
        using Stream resource = typeof(KerasTestFile).Assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The file of the dense network, with a kernel 0, 1, 2 ... and a bias as given.</summary>
    public static H5File OfDense(object? bias = null, string name = "ip") => Of((name, [new(new float[] { 0, 1, 2, 3, 4, 5 }, fileDims: [2, 3]), new(bias ?? new float[3])]));

    /// <summary>A file of layers with nameless weights.</summary>
    public static H5File Of(params (string Name, H5Dataset[] Weights)[] layers)
    {
        var file = new H5File { Attributes = { ["layer_names"] = layers.Select(layer => layer.Name).ToArray() } };
        foreach (var (name, weights) in layers)
        {
            var group = new H5Group { Attributes = { ["weight_names"] = weights.Select((_, i) => $"w{i}").ToArray() } };
            for (int i = 0; i < weights.Length; i++)
                group[$"w{i}"] = weights[i];
            file[name] = group;
        }
        return file;
    }

    public static H5Dataset Zeros(params ulong[] dimensions) => new(new float[dimensions.Aggregate(1UL, (product, dimension) => product * dimension)], fileDims: dimensions);

    public static byte[] Bytes(H5File file, H5WriteOptions? options = null)
    {
        using var stream = new MemoryStream();
        file.Write(stream, options);
        return stream.ToArray();
    }
}
