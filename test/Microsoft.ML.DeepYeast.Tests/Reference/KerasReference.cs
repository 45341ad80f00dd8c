using Microsoft.ML.DeepYeast.Torch;
using PureHDF;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What Keras itself computed with the four networks; see the README beside the files.</summary>
internal static class KerasReference
{
    public const int ClassCount = 12;

    private static readonly Dictionary<string, Func<CellShape, int, NetworkGraph>> s_architectures = new()
    {
        ["DeepYeast"] = Networks.DeepYeast,
        ["ResNet50"] = Networks.ResNet50,
        ["MobileNet"] = Networks.MobileNet,
        ["DenseNet40_BC"] = Networks.DenseNet40_BC,
    };

    public static string File(string name) => TestData.Path(Path.Combine("keras-reference", name));

    /// <summary>A network with Keras's weights.</summary>
    /// <param name="name">The architecture.</param>
    /// <param name="file">The weight file; that of the architecture if null.</param>
    public static Network Load(string name, string? file = null)
        => Network.LoadKerasWeights(s_architectures[name](CellShape.DeepYeast, ClassCount), File(file ?? $"{name}.h5"));

    /// <summary>Values and dimensions of a dataset of the network's outputs.</summary>
    public static (double[] Values, int[] Dimensions) Output(string name, string dataset)
    {
        using var file = H5File.OpenRead(File($"{name}.outputs.h5"));
        IH5Dataset source = file.Dataset(dataset);
        double[] values = source.Type.Size == sizeof(float) ? [.. source.Read<float[]>().Select(value => (double)value)] : source.Read<double[]>();
        return (values, [.. source.Space.Dimensions.Select(dimension => (int)dimension)]);
    }

    public static string[] StoredLayers(string name)
    {
        using var file = H5File.OpenRead(File($"{name}.outputs.h5"));
        return [.. file.Group("layers").Children().Select(layer => layer.Name)];
    }

    /// <summary>Cells as a network reads them, (n, 2, 64, 64) with channels-last strides, and their labels.</summary>
    public static (Tensor Cells, long[] Labels) Cells(string prefix, ScalarType type)
    {
        using var file = H5File.OpenRead(File("cells.h5"));
        byte[] pixels = file.Dataset($"{prefix}cells").Read<byte[]>();
        long[] labels = file.Dataset($"{prefix}label").Read<long[]>();
        double[] features = [.. pixels.Select(pixel => (pixel / 255.0 - 0.5) * 2)];
        return (tensor(features, [labels.Length, 64, 64, 2]).permute(0, 3, 1, 2).to(type), labels);
    }

    /// <summary>The same cells as rows of ML.NET.</summary>
    public static CellRow[] Rows()
    {
        using var scope = NewDisposeScope();
        (Tensor cells, _) = Cells("", ScalarType.Float32);
        return [.. cells.contiguous().data<float>().ToArray().Chunk(CellShape.DeepYeast.Size).Select(features => new CellRow { Features = features })];
    }

    /// <summary>The network's output for the reference cells, in Keras's order.</summary>
    public static double[] Infer(Network network, ScalarType type = ScalarType.Float32, int? count = null)
    {
        using var torchNetwork = new TorchNetwork(network, CPU, type: type);
        return Infer(torchNetwork, count);
    }

    /// <inheritdoc cref="Infer(Network, ScalarType, int?)"/>
    public static double[] Infer(TorchNetwork network, int? count = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (Tensor cells, long[] labels) = Cells("", network.Type);
        Tensor output = network.Forward(cells.narrow(0, 0, count ?? labels.Length), ForwardPass.Inference);
        return (output.dim() == 4 ? output.permute(0, 2, 3, 1) : output).contiguous().to(float64).data<double>().ToArray();
    }

    public static double LargestDifference(double[] expected, double[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        return expected.Zip(actual, (e, a) => double.IsFinite(a) ? Math.Abs(e - a) : double.PositiveInfinity).Max();
    }

    public sealed class CellRow
    {
        [VectorType(2, 64, 64)]
        public float[] Features { get; set; } = [];
    }
}
