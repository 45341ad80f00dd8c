using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// A network as data: named layers in an order in which each reads only earlier ones. The torch module, the summary, the weight file
/// and the saved model are all read off it; it holds no weights itself.
/// </summary>
public sealed class NetworkGraph
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly LayerShape[] _shapes;
    private readonly IReadOnlyList<WeightShape>[] _weights;

    /// <summary>Checks the layers and computes every shape.</summary>
    /// <param name="name">The architecture's name, for summaries and messages.</param>
    /// <param name="layers">The layers: first the one input; a classifier's last one gives a softmax vector of class probabilities.</param>
    /// <exception cref="ArgumentException">A name is missing or used twice, a layer reads one that is not before it, shapes do not fit, a layer has more values than an array can hold, the first is no input, or the last does not depend on one of them.</exception>
    public NetworkGraph(string name, IReadOnlyList<Layer> layers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0 || layers[0] is not InputLayer input)
            throw new ArgumentException($"Network '{name}' must begin with an {nameof(InputLayer)}.", nameof(layers));

        Name = name;
        Layers = [.. layers];
        InputShape = input.Shape;
        _shapes = new LayerShape[layers.Count];
        _weights = new IReadOnlyList<WeightShape>[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            Layer layer = layers[i] ?? throw new ArgumentException($"Layer {i} of network '{name}' is null.", nameof(layers));
            if (string.IsNullOrWhiteSpace(layer.Name) || layer.Inputs is null)
                throw new ArgumentException($"Layer {i} of network '{name}' ({layer.TypeName}) lacks a name or its inputs.", nameof(layers));
            if (i > 0 && (layer is InputLayer || layer.Inputs.Count == 0))
                throw new ArgumentException($"Layer '{layer.Name}' of network '{name}' reads nothing; only the first layer may.", nameof(layers));

            LayerShape[] inputs = [.. layer.Inputs.Select(earlier => _shapes[IndexOf(earlier)])];
            try
            {
                _shapes[i] = layer.GetOutputShape(inputs);
                _weights[i] = layer.GetWeights(inputs);
                _ = _shapes[i].Size + _weights[i].Sum(weight => (long)weight.Size);   // a layer too large to count overflows here, not in use
            }
            catch (OverflowException e)
            {
                throw new ArgumentException($"Layer '{layer.Name}' ({layer.TypeName}) of network '{name}' is too large: its output or one of its weights has more than {int.MaxValue:N0} values.", nameof(layers), e);
            }
            if (!_indices.TryAdd(layer.Name, i))
                throw new ArgumentException($"Network '{name}' has two layers named '{layer.Name}'.", nameof(layers));
        }
        HashSet<string> used = Through(Layers[^1].Name);
        if (Layers.FirstOrDefault(layer => !used.Contains(layer.Name)) is { } idle)
            throw new ArgumentException($"Layer '{idle.Name}' of network '{name}' leads nowhere: the last layer, '{Layers[^1].Name}', does not depend on it. Connect it or leave it out.", nameof(layers));
    }

    /// <summary>The architecture's name.</summary>
    public string Name { get; }

    /// <summary>All layers, in an order in which each reads only earlier ones.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The size of the cells that the network reads.</summary>
    public CellShape InputShape { get; }

    /// <summary>Whether the network ends with a softmax, so that it gives a probability for each class.</summary>
    public bool IsClassifier => Layers[^1] is Activation { Function: ActivationFunction.Softmax } or Dense { Function: ActivationFunction.Softmax };

    /// <exception cref="ArgumentException">The network does not end with a softmax.</exception>
    internal void RequireClassifier(string parameter)
    {
        if (!IsClassifier)
            throw new ArgumentException($"Network '{Name}' ends with '{Layers[^1].Name}' ({Layers[^1].TypeName}), not with a softmax, so it is no classifier.", parameter);
    }

    /// <summary>The last layer's output for one cell.</summary>
    public LayerShape OutputShape => _shapes[^1];

    /// <summary>Number of classes: the width of a classifier's last layer.</summary>
    public int ClassCount => OutputShape.Channels;

    /// <summary>Number of weights that gradients change.</summary>
    public long TrainableParameterCount => CountParameters(trainable: true);

    /// <summary>Number of weights that gradients do not change: the moving statistics of batch normalizations.</summary>
    public long NonTrainableParameterCount => CountParameters(trainable: false);

    /// <summary>The layer of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that there are, nearest name first.</exception>
    public Layer GetLayer(string layerName) => Layers[IndexOf(layerName)];

    /// <summary>The output of a layer for one cell.</summary>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public LayerShape GetOutputShape(string layerName) => _shapes[IndexOf(layerName)];

    /// <summary>The weights that a layer owns, in Keras's order; empty for most.</summary>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public IReadOnlyList<WeightShape> GetWeights(string layerName) => _weights[IndexOf(layerName)];

    /// <summary>The part of the network that a layer's output depends on, which ends with that layer.</summary>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public NetworkGraph CutAt(string layerName)
    {
        HashSet<string> kept = Through(layerName);
        return new(Name, [.. Layers.Where(layer => kept.Contains(layer.Name))]);
    }

    /// <summary>The same network for another number of classes: its last layer with weights, which must be dense, gets that width.</summary>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <exception cref="InvalidOperationException">The network is no classifier, or its last layer with weights is not dense.</exception>
    public NetworkGraph ReplaceHead(int classCount)
    {
        Dense head = Head;
        return new(Name, [.. Layers.Select(layer => layer == head ? head with { Units = classCount } : layer)]);
    }

    /// <summary>The dense layer that decides between the classes: the last one before the softmax, with no weights or branches in between.</summary>
    internal Dense Head => IsClassifier && FindHead() is { } head
        ? head
        : throw new InvalidOperationException($"Network '{Name}' has no head to replace: it must end with a dense layer and a softmax but ends with '{Layers[^1].Name}' ({Layers[^1].TypeName}).");

    private Dense? FindHead()
    {
        Layer layer = Layers[^1];
        while (layer is not Dense && layer.Inputs.Count == 1 && GetWeights(layer.Name).Count == 0)
            layer = GetLayer(layer.Inputs[0]);
        return layer as Dense;
    }

    /// <summary>Names of a layer and of all that its output depends on.</summary>
    internal HashSet<string> Through(string layerName)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { layerName };
        for (int i = IndexOf(layerName); i >= 0; i--)
        {
            if (names.Contains(Layers[i].Name))
                names.UnionWith(Layers[i].Inputs);
        }
        return names;
    }

    /// <summary>A table of the layers: name, type, output shape, parameters and inputs, with totals below.</summary>
    public string Summary() => NetworkSummary.Write(this);

    internal int IndexOf(string layerName)
    {
        ArgumentNullException.ThrowIfNull(layerName);
        if (_indices.TryGetValue(layerName, out int index))
            return index;
        IEnumerable<string> nearest = _indices.Keys.OrderBy(known => EditDistance.Between(known, layerName)).Select(known => $"'{known}'");
        throw new ArgumentException($"Network '{Name}' has no layer '{layerName}'. Its layers, nearest name first: {string.Join(", ", nearest)}.", nameof(layerName));
    }

    private long CountParameters(bool trainable)
        => _weights.SelectMany(weights => weights).Where(weight => weight.Trainable == trainable).Sum(weight => (long)weight.Size);
}
