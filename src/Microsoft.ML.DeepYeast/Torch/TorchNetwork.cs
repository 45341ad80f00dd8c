using Microsoft.ML.DeepYeast.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// A <see cref="Network"/> on a device. The weights that training changes lie in one flat tensor, so that an optimizer's step is a handful
/// of operations; a layer's weights are views into it. Kernels lie as (output, row, column, input), which libtorch takes as channels-last.
/// </summary>
internal sealed class TorchNetwork : IDisposable
{
    /// <summary>
    /// Values to a multiple of which each weight array begins in a flat tensor: a GPU's kernels read several at once, and fail at addresses between. Those that fill
    /// up are zero and stay so, since no gradient is ever added to theirs.
    /// </summary>
    internal const int Alignment = 64;

    private readonly Dictionary<string, Tensor[]> _weights = new(StringComparer.Ordinal);
    private readonly int[][] _inputs;      // for each layer, the indices of those that it reads
    private readonly int[] _consumers;     // for each layer, how many read it
    private readonly int?[] _readers;      // for each layer that a single one reads, the index of that one
    private readonly IPackedLayer?[] _packed;
    private readonly bool[] _done;         // for each layer, whether it is a ReLU that the packed layer before it applies
    private readonly bool[] _late;         // for each layer, whether it is a ReLU that is applied to what a max pooling leaves of its input
    private readonly HashSet<string> _frozen;
    private readonly ScalarType _computeType;

    /// <param name="network">The graph and its weights, which are copied.</param>
    /// <param name="device">Where the copy lies and computes.</param>
    /// <param name="freezeThrough">The layer that, with all that it depends on, training leaves alone; null for none.</param>
    /// <param name="type">What weights and statistics are kept in: float32 or float64.</param>
    /// <param name="bfloat16">Whether convolutions and dense layers compute in bfloat16, on maps of bfloat16.</param>
    public TorchNetwork(Network network, Device device, string? freezeThrough = null, ScalarType type = ScalarType.Float32, bool bfloat16 = false)
    {
        Graph = network.Graph;
        Device = device;
        Type = type;
        _computeType = bfloat16 ? ScalarType.BFloat16 : type;
        _frozen = freezeThrough is null ? [] : Graph.Through(freezeThrough);
        _inputs = [.. Graph.Layers.Select(layer => layer.Inputs.Select(Graph.IndexOf).ToArray())];
        _consumers = new int[_inputs.Length];
        foreach (int input in _inputs.SelectMany(inputs => inputs))
            _consumers[input]++;
        _readers = [.. _consumers.Select((count, i) => count == 1 ? Array.FindIndex(_inputs, inputs => inputs.Contains(i)) : (int?)null)];
        (_packed, _done) = (new IPackedLayer?[_inputs.Length], new bool[_inputs.Length]);
        _late = [.. _inputs.Select((_, i) => IsRelu(i) && _readers[i] is { } reader && Graph.Layers[reader] is MaxPooling2D)];

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Parameters = zeros(TrainedWeights().Sum(weight => Aligned(weight.Shape.Size)), type, device).DetachFromDisposeScope();
        Dictionary<(string, int), Tensor> slices = TrainedSlices(Parameters).ToDictionary(entry => (entry.Weight.Layer.Name, entry.Weight.Index), entry => entry.Slice);

        foreach (Weight weight in Weights())
        {
            if (weight.Index == 0)
                _weights.Add(weight.Layer.Name, new Tensor[Graph.GetWeights(weight.Layer.Name).Count]);
            // What training does not change gets a tensor of its own: autograd would take a change of one moving average for a change of all.
            Tensor slice = slices.TryGetValue((weight.Layer.Name, weight.Index), out Tensor? trained) ? trained : zeros(weight.Shape.Size, type, device);
            _weights[weight.Layer.Name][weight.Index] = View(weight, slice).detach().DetachFromDisposeScope();
        }
        CopyFrom(network);
    }

    public NetworkGraph Graph { get; }

    public Device Device { get; }

    /// <summary>The type that weights are kept in, and outputs come in.</summary>
    public ScalarType Type { get; }

    /// <summary>Every weight that training changes, one array behind the other, each at a multiple of <see cref="Alignment"/>.</summary>
    public Tensor Parameters { get; }

    /// <summary>The gradient of <see cref="Parameters"/>, in the same order; <c>backward</c> adds to it. Null until training is prepared.</summary>
    public Tensor? Gradients { get; private set; }

    /// <summary>
    /// The L2 factor of each of <see cref="Parameters"/>: the loss has, beside the cross-entropy, the sum of factor times square. Null where no
    /// layer has one. Belongs to the network.
    /// </summary>
    public Tensor? L2 { get; private set; }

    /// <summary>Where in <see cref="Parameters"/> the kernels of convolutions lie that training changes, in order: each a matrix of outputs and of what an output multiplies, row by row.</summary>
    public IEnumerable<(FlatSpan Span, long Outputs)> ConvolutionKernels
        => TrainedSpans().Where(entry => entry.Weight is { Layer: Conv2D, Shape.IsKernel: true }).Select(entry => (entry.Span, (long)OutputCount(entry.Weight.Shape)));

    /// <summary>Makes <c>backward</c> add the gradient of every weight that is not frozen into <see cref="Gradients"/>.</summary>
    public void PrepareTraining()
    {
        using var scope = NewDisposeScope();
        Gradients = zeros_like(Parameters).DetachFromDisposeScope();
        foreach ((Weight weight, Tensor slice) in TrainedSlices(Gradients))
        {
            Tensor tensor = _weights[weight.Layer.Name][weight.Index];
            tensor.requires_grad = true;
            tensor.grad = View(weight, slice);
        }
        L2 = CreateL2();
    }

    /// <summary>
    /// Rounds weights to what they are multiplied in and lays them out for it once, not at each use, and frees those that it had. The network can no longer be trained or read.
    /// </summary>
    public void PrepareScoring()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach ((string name, Tensor[] weights) in _weights)
        {
            bool multiplies = Graph.GetLayer(name) is Conv2D or DepthwiseConv2D or Dense;
            for (int i = 0; i < weights.Length; i++)
            {
                Tensor own = weights[i].to(multiplies ? _computeType : Type, copy: true).DetachFromDisposeScope();
                weights[i].Dispose();
                weights[i] = own;
            }
        }
        Parameters.Dispose();   // of which the weights were views
        for (int i = 0; i < _packed.Length; i++)
            Pack(i);
    }

    /// <summary>Computes the last layer's values.</summary>
    /// <param name="cells">(N, C, H, W), channels-last, on the network's device. Not disposed.</param>
    /// <param name="pass">Training, inference, or re-estimation of statistics.</param>
    /// <param name="logits">Whether to leave out the softmax at the end.</param>
    /// <returns>(N, K) or a map, a tensor of the caller's dispose scope.</returns>
    public Tensor Forward(Tensor cells, ForwardPass pass, bool logits = false) => Forward(cells, pass, logits, leaf: -1, out _);

    /// <summary>
    /// Computes, in inference, the last layer's values without the softmax at the end, and one layer's values as the tensor whose gradient can be asked for. Of what
    /// comes before that layer nothing is kept for gradients.
    /// </summary>
    /// <param name="cells">(N, C, H, W), channels-last, on the network's device. Not disposed.</param>
    /// <param name="layerName">A layer that is not the last one.</param>
    /// <returns>(N, K) and, in the type that is computed in, (N, C, h, w) or (N, C): tensors of the caller's dispose scope.</returns>
    public (Tensor Logits, Tensor Leaf) ForwardFrom(Tensor cells, string layerName)
    {
        Tensor logits = Forward(cells, ForwardPass.Inference, logits: true, Graph.IndexOf(layerName), out Tensor? leaf);
        return (logits, leaf!);
    }

    // The layer of index leaf, if there is one, gives a leaf of autograd's graph, so it is what its definition says, and no layer writes over it.
    private Tensor Forward(Tensor cells, ForwardPass pass, bool logits, int leaf, out Tensor? leafOutput)
    {
        leafOutput = null;
        var outputs = new Tensor[Graph.Layers.Count];
        int[] pending = [.. _consumers];
        for (int i = 0; i < outputs.Length; i++)
        {
            Layer layer = Graph.Layers[i];
            int[] inputs = _inputs[i];
            bool last = i == outputs.Length - 1;
            using (NewDisposeScope())   // views on the way would keep whole maps to the end
            {
                outputs[i] = (layer is InputLayer ? cells.to(_computeType).alias()
                    : _done[i] || (_late[i] && i != leaf) ? outputs[inputs[0]].alias()
                    : LayerFunctions.Apply(layer, [.. inputs.Select(input => outputs[input])], WeightsFor(i, pass),
                        PassOf(i, pass), linear: last && logits, FindOverwritable(inputs, leaf, pass) is { } target ? outputs[target] : null, _packed[i])).MoveToOuterDisposeScope();
            }
            // The largest of what a ReLU leaves is what a ReLU leaves of the largest, and there are fewer of those.
            if (layer is MaxPooling2D && _late[inputs[0]] && !_done[inputs[0]] && inputs[0] != leaf)
                outputs[i].relu_();
            if (i == leaf)
            {
                leafOutput = outputs[i].detach();
                leafOutput.requires_grad = true;
                outputs[i] = leafOutput.alias();
            }
            foreach (int input in inputs)
            {
                if (--pending[input] == 0)
                    outputs[input].Dispose();
            }
        }
        return outputs[^1].to(Type);
    }

    /// <summary>Takes over the weights of a network with the same graph.</summary>
    public void CopyFrom(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach ((Weight weight, float[] values) in Weights().Zip(network.Weights))
            Flat(_weights[weight.Layer.Name][weight.Index]).copy_(InTorchOrder(weight.Shape, values));
    }

    /// <summary>Whether no weight is NaN or infinite.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return _weights.Values.SelectMany(weights => weights).All(weight => weight.isfinite().all().item<bool>());
    }

    /// <summary>The weights as they are now, in managed memory.</summary>
    public Network ToNetwork()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new(Graph, [.. Weights().Select(weight => InKerasOrder(weight, _weights[weight.Layer.Name][weight.Index].to(float32).cpu()))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values.SelectMany(weights => weights))
            weight.Dispose();
        foreach (IPackedLayer? packed in _packed)
            packed?.Dispose();
        Parameters.Dispose();
        Gradients?.Dispose();
        L2?.Dispose();
    }

    /// <summary>1 for each of <see cref="Parameters"/> that belongs to a kernel, else 0; a tensor of nobody's scope.</summary>
    public Tensor CreateKernelMask() => FromWeights(weight => weight.Shape.IsKernel ? 1 : 0);

    private void Pack(int layer)
    {
        Layer definition = Graph.Layers[layer];
        if (Device.type != DeviceType.CPU || !_weights.TryGetValue(definition.Name, out Tensor[]? weights))
            return;
        int? relu = _readers[layer] is { } reader && IsRelu(reader) ? reader : null;
        _packed[layer] = LayerFunctions.TryPack(definition, Graph.GetOutputShape(definition.Inputs[0]), weights, relu is not null);
        if (_packed[layer] is null)
            return;
        weights[0].Dispose();
        if (relu is not null)
            _done[relu.Value] = true;
    }

    private bool IsRelu(int layer) => Graph.Layers[layer] is Activation { Function: ActivationFunction.Relu };

    private Tensor? CreateL2() => TrainedWeights().Any(weight => L2Of(weight) > 0) ? FromWeights(L2Of) : null;

    private static double L2Of(Weight weight)
        => !weight.Shape.IsKernel ? 0 : weight.Layer switch { Conv2D conv => conv.L2, Dense dense => dense.L2, _ => 0 };

    /// <summary>A tensor like <see cref="Parameters"/> with one value a weight array.</summary>
    private Tensor FromWeights(Func<Weight, double> value)
    {
        using var scope = NewDisposeScope();
        Tensor values = zeros_like(Parameters);
        foreach ((Weight weight, Tensor slice) in TrainedSlices(values))
        {
            using Scalar scalar = value(weight);
            slice.fill_(scalar);
        }
        return values.DetachFromDisposeScope();
    }

    /// <summary>Every weight array, in the graph's order.</summary>
    private IEnumerable<Weight> Weights()
        => Graph.Layers.SelectMany(layer => Graph.GetWeights(layer.Name).Select((shape, index) => new Weight(layer, index, shape)));

    private ForwardPass PassOf(int layer, ForwardPass pass) => _frozen.Contains(Graph.Layers[layer].Name) ? pass with { BatchStatistics = false } : pass;

    // A batch norm takes the mean of the batch away, and with it the bias of a convolution before it: the bias changes the moving mean alone, and its gradient is
    // zero but for rounding. To add it and to sum its gradient up would take two passes over the map, so the norm gets it instead, behind its own weights.
    private Tensor[] WeightsFor(int layer, ForwardPass pass)
    {
        Tensor[] weights = _weights.GetValueOrDefault(Graph.Layers[layer].Name, []);
        if (LeavesBiasOut(layer, pass))
            return weights[..^1];
        return Graph.Layers[layer] is BatchNormalization && LeavesBiasOut(_inputs[layer][0], pass) ? [.. weights, _weights[Graph.Layers[_inputs[layer][0]].Name][^1]] : weights;
    }

    private bool LeavesBiasOut(int layer, ForwardPass pass) => Graph.Layers[layer] is Conv2D { UseBias: true } or DepthwiseConv2D { UseBias: true }
        && _readers[layer] is { } reader && Graph.Layers[reader] is BatchNormalization && PassOf(reader, pass).BatchStatistics;

    private int? FindOverwritable(int[] layers, int leaf, ForwardPass pass) => layers.Where(layer => layer != leaf && IsOverwritable(layer, pass)).Cast<int?>().FirstOrDefault();

    // Whether a layer's output is a tensor of its own, which one layer alone reads and backward does not need. Those of convolutions can be views of
    // such tensors, whose change autograd would take a copy for.
    private bool IsOverwritable(int layer, ForwardPass pass) => _consumers[layer] == 1 && (Graph.Layers[layer] is BatchNormalization or Layers.Add
        || (pass == ForwardPass.Inference && Graph.Layers[layer] is Conv2D or DepthwiseConv2D or Dense { Function: ActivationFunction.Linear }));

    private IEnumerable<Weight> TrainedWeights() => Weights().Where(weight => weight.Shape.Trainable && !_frozen.Contains(weight.Layer.Name));

    /// <summary>Cuts a flat tensor into one slice for each weight that training changes, in the graph's order.</summary>
    private IEnumerable<(Weight Weight, Tensor Slice)> TrainedSlices(Tensor flat) => TrainedSpans().Select(entry => (entry.Weight, flat.narrow(0, entry.Span.Start, entry.Span.Length)));

    private IEnumerable<(Weight Weight, FlatSpan Span)> TrainedSpans()
    {
        long start = 0;
        foreach (Weight weight in TrainedWeights())
        {
            yield return (weight, new(start, weight.Shape.Size));
            start += Aligned(weight.Shape.Size);
        }
    }

    private static long Aligned(long size) => (size + Alignment - 1) / Alignment * Alignment;

    /// <summary>A slice in the shape that libtorch's functions take.</summary>
    private static Tensor View(Weight weight, Tensor slice)
    {
        IReadOnlyList<int> d = weight.Shape.Dimensions;
        return (weight.Layer, weight.Shape.IsKernel) switch
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

    private static float[] InKerasOrder(Weight weight, Tensor view)
    {
        Tensor flat = Flat(view);
        return (weight.Shape.IsKernel ? flat.view(OutputCount(weight.Shape), -1).t().contiguous() : flat).data<float>().ToArray();
    }

    // Undoes View.
    private static Tensor Flat(Tensor view) => view.dim() == 4 ? view.permute(0, 2, 3, 1).view(-1) : view.view(-1);

    // A depthwise kernel is (row, column, channel, 1): its outputs are the channels.
    private static int OutputCount(WeightShape shape)
        => shape.Dimensions[^1] == 1 && shape.Name == "depthwise_kernel" ? shape.Dimensions[^2] : shape.Dimensions[^1];

    /// <summary>One weight array of the network: that of <see cref="NetworkGraph.GetWeights"/> at an index.</summary>
    private readonly record struct Weight(Layer Layer, int Index, WeightShape Shape);
}
