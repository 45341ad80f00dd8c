using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Benchmarks.Onnx;

/// <summary>Writes a network as an ONNX model: input "cells" (n, C, H, W), output "probabilities" (n, K).</summary>
internal sealed class OnnxWriter
{
    private const int IrVersion = 8, OperatorSetVersion = 17, Float = 1;   // TensorProto.DataType

    private readonly Network _network;
    private readonly Graph _graph = new() { Name = "network" };
    private readonly Dictionary<string, string> _values = [];   // layer -> the ONNX value with its output

    private OnnxWriter(Network network) => _network = network;

    public const string Input = "cells", Output = "probabilities";

    public static byte[] Write(Network network)
    {
        var writer = new OnnxWriter(network);
        CellShape cells = network.Graph.InputShape;
        writer._graph.Input.Add(Describe(Input, cells.Channels, cells.Height, cells.Width));
        foreach (Layer layer in network.Graph.Layers)
            writer._values[layer.Name] = writer.Add(layer);
        writer.Node("Identity", Output, [writer._values[network.Graph.Layers[^1].Name]]);
        writer._graph.Output.Add(Describe(Output, network.Graph.ClassCount));
        var model = new Model { IrVersion = IrVersion, ProducerName = "Microsoft.ML.DeepYeast", Graph = writer._graph };
        model.OpsetImport.Add(new OperatorSet { Version = OperatorSetVersion });
        return model.ToByteArray();
    }

    private string Add(Layer layer)
    {
        string name = layer.Name;
        string[] inputs = [.. layer.Inputs.Select(input => _values[input])];
        LayerShape Shape() => _network.Graph.GetOutputShape(layer.Inputs[0]);
        switch (layer)
        {
            case InputLayer:
                return Input;
            case Conv2D conv:
                return Node("Conv", name, [inputs[0], Kernel(layer), .. Bias(layer)], [.. Slide(conv, Shape())]);
            case DepthwiseConv2D conv:
                return Node("Conv", name, [inputs[0], Kernel(layer), .. Bias(layer)], [.. Slide(conv, Shape()), Integer("group", Shape().Channels)]);
            case BatchNormalization norm:
                return Node("BatchNormalization", name, [inputs[0], .. _network.Graph.GetWeights(name).Select(weight => Weight(name, weight.Name, weight.Dimensions))],
                    new Attribute { Name = "epsilon", F = (float)norm.Epsilon, Type = Attribute.Types.Kind.Float });
            case Activation { Function: var function }:
                return Activate(function, name, inputs[0]);
            case MaxPooling2D pool:
                return Node("MaxPool", name, inputs, [.. Slide(pool, Shape())]);
            case AveragePooling2D pool:
                return Node("AveragePool", name, inputs, [.. Slide(pool, Shape())]);
            case GlobalAveragePooling2D:
                return Node("Flatten", name, [Node("GlobalAveragePool", $"{name}/map", inputs)]);
            case Flatten:
                return Node("Flatten", name, [Node("Transpose", $"{name}/transposed", inputs, Integers("perm", 0, 2, 3, 1))]);
            case Dense dense:
                return Activate(dense.Function, $"{name}/function", Node("Gemm", name, [inputs[0], Weight(name, "kernel", _network.Graph.GetWeights(name)[0].Dimensions), .. Bias(layer)]));
            case Dropout:
                return inputs[0];
            case Concatenate:
                return Node("Concat", name, inputs, Integer("axis", 1));
            case Layers.Add:
                return Node("Sum", name, inputs);
            default:
                throw new NotSupportedException($"Layer '{name}' is a {layer.TypeName}, for which no ONNX operator is written.");
        }
    }

    private string Activate(ActivationFunction function, string name, string input) => function switch
    {
        ActivationFunction.Relu => Node("Relu", name, [input]),
        ActivationFunction.Softmax => Node("Softmax", name, [input], Integer("axis", -1)),
        _ => input,
    };

    private string Node(string type, string output, string[] inputs, params Attribute[] attributes)
    {
        var node = new Node { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return output;
    }

    private static IEnumerable<Attribute> Slide(WindowedLayer layer, LayerShape input)
    {
        (int top, int bottom) = layer.Window.Pad(input.Height);
        (int left, int right) = layer.Window.Pad(input.Width);
        return [Integers("kernel_shape", layer.Size, layer.Size), Integers("strides", layer.Stride, layer.Stride), Integers("pads", top, left, bottom, right)];
    }

    /// <summary>A convolution's kernel: Keras's (row, column, in, out), or depthwise (row, column, channel, 1), as (out, in, row, column).</summary>
    private string Kernel(Layer layer)
    {
        WeightShape shape = _network.Graph.GetWeights(layer.Name)[0];
        ReadOnlySpan<float> kernel = _network.GetWeight(layer.Name, shape.Name).Span;
        bool depthwise = layer is DepthwiseConv2D;
        int area = shape.Dimensions[0] * shape.Dimensions[1], inputs = depthwise ? 1 : shape.Dimensions[2], outputs = depthwise ? shape.Dimensions[2] : shape.Dimensions[3];
        float[] values = new float[kernel.Length];
        for (int pixel = 0; pixel < area; pixel++)
        {
            for (int input = 0; input < inputs; input++)
            {
                for (int output = 0; output < outputs; output++)
                    values[(output * inputs + input) * area + pixel] = kernel[(pixel * inputs + input) * outputs + output];
            }
        }
        return Initializer($"{layer.Name}/{shape.Name}", values, [outputs, inputs, shape.Dimensions[0], shape.Dimensions[1]]);
    }

    private string[] Bias(Layer layer)
        => _network.Graph.GetWeights(layer.Name) is [_, var bias] ? [Weight(layer.Name, bias.Name, bias.Dimensions)] : [];

    private string Weight(string layer, string weight, IReadOnlyList<int> dimensions)
        => Initializer($"{layer}/{weight}", _network.GetWeight(layer, weight).Span, dimensions);

    private string Initializer(string name, ReadOnlySpan<float> values, IReadOnlyList<int> dimensions)
    {
        var tensor = new Tensor { Name = name, DataType = Float, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(dimensions.Select(length => (long)length));
        _graph.Initializer.Add(tensor);
        return name;
    }

    private static ValueInfo Describe(string name, params int[] lengths)
    {
        var shape = new Shape();
        shape.Dim.Add(new Dimension { DimParam = "n" });
        shape.Dim.AddRange(lengths.Select(length => new Dimension { DimValue = length }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = Float, Shape = shape } } };
    }

    private static Attribute Integer(string name, long value) => new() { Name = name, I = value, Type = Attribute.Types.Kind.Int };

    private static Attribute Integers(string name, params long[] values)
    {
        var attribute = new Attribute { Name = name, Type = Attribute.Types.Kind.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }
}
