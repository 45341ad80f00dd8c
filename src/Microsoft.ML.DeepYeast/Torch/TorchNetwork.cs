using Microsoft.ML.DeepYeast.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// A <see cref="Network"/> on a device. All trainable weights lie in one flat tensor, all moving statistics in another, so that an
/// optimizer or a copy is a handful of operations; a layer's weights are views into them. Kernels lie as (output, row, column, input),
/// which libtorch takes as channels-last.
/// </summary>
internal sealed class TorchNetwork : IDisposable
{
    private readonly Dictionary<string, Tensor[]> _weights = new(StringComparer.Ordinal);
    private readonly int[][] _inputs;      // for each layer, the indices of those that it reads
    private readonly int[] _consumers;     // for each layer, how many read it

    public TorchNetwork(Network network, Device device)
    {
        Graph = network.Graph;
        Device = device;
        _inputs = [.. Graph.Layers.Select(layer => layer.Inputs.Select(Graph.IndexOf).ToArray())];
        _consumers = new int[_inputs.Length];
        foreach (int input in _inputs.SelectMany(inputs => inputs))
            _consumers[input]++;

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Parameters = zeros(Graph.TrainableParameterCount, float32, device).DetachFromDisposeScope();
        Statistics = zeros(Graph.NonTrainableParameterCount, float32, device).DetachFromDisposeScope();

        using IEnumerator<float[]> values = network.Weights.GetEnumerator();
        foreach ((Layer layer, int index, WeightShape shape, Tensor slice) in Slices(Parameters, Statistics))
        {
            if (index == 0)
                _weights.Add(layer.Name, new Tensor[Graph.GetWeights(layer.Name).Count]);
            values.MoveNext();
            slice.copy_(InTorchOrder(shape, values.Current));
            _weights[layer.Name][index] = View(layer, shape, slice).detach().DetachFromDisposeScope();
        }
    }

    public NetworkGraph Graph { get; }

    public Device Device { get; }

    /// <summary>Every trainable weight, one behind the other.</summary>
    public Tensor Parameters { get; }

    /// <summary>Every moving mean and variance, one behind the other.</summary>
    public Tensor Statistics { get; }

    /// <summary>The gradient of <see cref="Parameters"/>, in the same order; <c>backward</c> adds to it. Null until training is prepared.</summary>
    public Tensor? Gradients { get; private set; }

    /// <summary>Makes <c>backward</c> add the gradient of every trainable weight into <see cref="Gradients"/>.</summary>
    public void PrepareTraining()
    {
        using var scope = NewDisposeScope();
        Gradients = zeros_like(Parameters).DetachFromDisposeScope();
        foreach ((Layer layer, int index, WeightShape shape, Tensor slice) in Slices(Gradients, Statistics))
        {
            if (!shape.Trainable)
                continue;
            Tensor weight = _weights[layer.Name][index];
            weight.requires_grad = true;
            weight.grad = View(layer, shape, slice);
        }
    }

    /// <summary>Computes the last layer's values.</summary>
    /// <param name="cells">(N, C, H, W), channels-last, on the network's device. Not disposed.</param>
    /// <param name="pass">Training, inference, or re-estimation of statistics.</param>
    /// <param name="logits">Whether to leave out the softmax at the end.</param>
    /// <returns>(N, K), a tensor of the caller's dispose scope.</returns>
    public Tensor Forward(Tensor cells, ForwardPass pass, bool logits = false)
    {
        var outputs = new Tensor[Graph.Layers.Count];
        int[] pending = [.. _consumers];
        for (int i = 0; i < outputs.Length; i++)
        {
            Layer layer = Graph.Layers[i];
            int[] inputs = _inputs[i];
            bool last = i == outputs.Length - 1;
            outputs[i] = layer is InputLayer
                ? cells.alias()
                : LayerFunctions.Apply(layer, [.. inputs.Select(input => outputs[input])], _weights.GetValueOrDefault(layer.Name, []), pass, linear: last && logits);
            foreach (int input in inputs)
            {
                if (--pending[input] == 0)
                    outputs[input].Dispose();
            }
        }
        return outputs[^1];
    }

    /// <summary>The weights as they are now, in managed memory.</summary>
    public Network ToNetwork()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new(Graph, [.. Slices(Parameters.cpu(), Statistics.cpu()).Select(entry => InKerasOrder(entry.Shape, entry.Slice))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values.SelectMany(weights => weights))
            weight.Dispose();
        Parameters.Dispose();
        Statistics.Dispose();
        Gradients?.Dispose();
    }

    /// <summary>Cuts the flat tensors into one slice a weight, in the graph's order.</summary>
    private IEnumerable<(Layer Layer, int Index, WeightShape Shape, Tensor Slice)> Slices(Tensor parameters, Tensor statistics)
    {
        long parameter = 0, statistic = 0;
        foreach (Layer layer in Graph.Layers)
        {
            IReadOnlyList<WeightShape> shapes = Graph.GetWeights(layer.Name);
            for (int i = 0; i < shapes.Count; i++)
            {
                int size = shapes[i].Size;
                yield return (layer, i, shapes[i], shapes[i].Trainable ? parameters.narrow(0, parameter, size) : statistics.narrow(0, statistic, size));
                if (shapes[i].Trainable)
                    parameter += size;
                else
                    statistic += size;
            }
        }
    }

    /// <summary>A slice in the shape that libtorch's functions take.</summary>
    private static Tensor View(Layer layer, WeightShape shape, Tensor slice)
    {
        IReadOnlyList<int> d = shape.Dimensions;
        return (layer, shape.IsKernel) switch
        {
            (Conv2D, true) => slice.view(d[3], d[0], d[1], d[2]).permute(0, 3, 1, 2),              // (out, in, row, column)
            (DepthwiseConv2D, true) => slice.view(d[2], d[0], d[1], 1).permute(0, 3, 1, 2),        // (channel, 1, row, column)
            (_, true) => slice.view(d[1], d[0]),                                                   // (out, in)
            _ => slice,
        };
    }

    // Keras keeps a kernel's outputs last and torch keeps them first: as matrices of (the rest, outputs) they are each other's transpose.
    private static Tensor InTorchOrder(WeightShape shape, float[] values)
        => shape.IsKernel ? tensor(values).view(-1, OutputCount(shape)).t().reshape(-1) : tensor(values);

    private static float[] InKerasOrder(WeightShape shape, Tensor slice)
        => (shape.IsKernel ? slice.view(OutputCount(shape), -1).t().contiguous() : slice.contiguous()).data<float>().ToArray();

    // A depthwise kernel is (row, column, channel, 1): its outputs are the channels.
    private static int OutputCount(WeightShape shape)
        => shape.Dimensions[^1] == 1 && shape.Name == "depthwise_kernel" ? shape.Dimensions[^2] : shape.Dimensions[^1];
}
