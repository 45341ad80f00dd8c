using Microsoft.ML.DeepYeast.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>
/// A network as a TorchSharp user would first write it: torch's modules, channels first, float32; a Sequential where each layer reads the one before it.
/// It gives logits (n, K).
/// </summary>
internal static class PlainNetwork
{
    public static Module<Tensor, Tensor> Create(NetworkGraph graph)
    {
        bool isChain = graph.Layers.Skip(1).Zip(graph.Layers).All(pair => pair.First.Inputs is [var input] && input == pair.Second.Name);
        return isChain ? Sequential([.. graph.Layers.Skip(1).Select(layer => Create(graph, layer))]) : new Branching(graph);
    }

    private static Module<Tensor, Tensor> Create(NetworkGraph graph, Layer layer)
    {
        LayerShape input = graph.GetOutputShape(layer.Inputs[0]), output = graph.GetOutputShape(layer.Name);
        return layer switch
        {
            Conv2D conv => Padded(conv, input, padding => Conv2d(input.Channels, conv.Filters, conv.Size, conv.Stride, padding, bias: conv.UseBias)),
            DepthwiseConv2D conv => Padded(conv, input, padding => Conv2d(input.Channels, input.Channels, conv.Size, conv.Stride, padding, groups: input.Channels, bias: conv.UseBias)),
            Layers.BatchNormalization norm => input.IsVector ? BatchNorm1d(input.Channels, norm.Epsilon, 1 - norm.Momentum) : BatchNorm2d(input.Channels, norm.Epsilon, 1 - norm.Momentum),
            Layers.Activation { Function: ActivationFunction.Relu } => ReLU(),
            Layers.Activation => Identity(),   // the softmax, which the loss has
            MaxPooling2D pool => Padded(pool, input, padding => MaxPool2d(pool.Size, pool.Stride, padding)),
            AveragePooling2D pool => AvgPool2d(pool.Size, pool.Stride),
            GlobalAveragePooling2D => Sequential(AdaptiveAvgPool2d(1), nn.Flatten()),
            Layers.Flatten => nn.Flatten(),
            Layers.Dense dense => Linear(input.Channels, output.Channels, dense.UseBias),
            Layers.Dropout dropout => nn.Dropout(dropout.Rate),
            _ => throw new NotSupportedException($"Layer '{layer.Name}' is a {layer.TypeName}."),
        };
    }

    private static Module<Tensor, Tensor> Padded(WindowedLayer layer, LayerShape input, Func<long, Module<Tensor, Tensor>> create)
    {
        (int before, int after) = layer.Window.Pad(input.Height);
        return before == after ? create(before) : Sequential(ZeroPad2d((before, after, before, after)), create(0));
    }

    /// <summary>A network whose layers read any earlier ones.</summary>
    private sealed class Branching : Module<Tensor, Tensor>
    {
        private readonly NetworkGraph _graph;
        private readonly Dictionary<string, Module<Tensor, Tensor>> _modules = [];

        public Branching(NetworkGraph graph) : base(graph.Name)
        {
            _graph = graph;
            foreach (Layer layer in graph.Layers.Where(layer => layer is not (InputLayer or Concatenate or Layers.Add)))
            {
                Module<Tensor, Tensor> module = PlainNetwork.Create(graph, layer);
                _modules.Add(layer.Name, module);
                register_module(layer.Name, module);
            }
        }

        public override Tensor forward(Tensor input)
        {
            var outputs = new Dictionary<string, Tensor>();
            foreach (Layer layer in _graph.Layers)
            {
                outputs[layer.Name] = layer switch
                {
                    InputLayer => input,
                    Concatenate => cat([.. layer.Inputs.Select(name => outputs[name])], 1),
                    Layers.Add => layer.Inputs.Select(name => outputs[name]).Aggregate((sum, value) => sum + value),
                    _ => _modules[layer.Name].call(outputs[layer.Inputs[0]]),
                };
            }
            return outputs[_graph.Layers[^1].Name];
        }
    }
}
