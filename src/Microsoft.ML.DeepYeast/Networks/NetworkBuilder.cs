using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Puts a network together layer by layer. Each method adds one layer that reads the one added last, or the layers that are named, and
/// returns the builder.
/// </summary>
public sealed class NetworkBuilder
{
    private readonly string _name;
    private readonly List<Layer> _layers = [];

    /// <summary>Begins a network for cells of the given shape.</summary>
    /// <param name="name">The architecture's name, for summaries and messages.</param>
    /// <param name="cells">Channels, rows and columns of the cells it reads.</param>
    /// <param name="inputName">Name of the input layer.</param>
    public NetworkBuilder(string name, CellShape cells, string inputName = Defaults.InputName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _name = name;
        _layers.Add(new InputLayer(inputName, cells));
    }

    /// <summary>Name of the layer added last: what the next one reads unless told otherwise.</summary>
    public string Last => _layers[^1].Name;

    /// <summary>Adds any layer.</summary>
    public NetworkBuilder Append(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        _layers.Add(layer);
        return this;
    }

    /// <summary>Adds a convolution; see <see cref="Layers.Conv2D"/>.</summary>
    public NetworkBuilder Conv2D(
        string name, int filters, int size, int stride = 1, Padding padding = Padding.Same, bool useBias = true, double l2 = 0, string? input = null)
        => Append(new Conv2D(name, [input ?? Last], filters, size, stride, padding, useBias, l2));

    /// <summary>Adds a convolution of each channel by itself; see <see cref="Layers.DepthwiseConv2D"/>.</summary>
    public NetworkBuilder DepthwiseConv2D(string name, int size, int stride = 1, Padding padding = Padding.Same, bool useBias = true, string? input = null)
        => Append(new DepthwiseConv2D(name, [input ?? Last], size, stride, padding, useBias));

    /// <summary>Adds a batch normalization with Keras's defaults; see <see cref="Layers.BatchNormalization"/>.</summary>
    public NetworkBuilder BatchNormalization(string name, double epsilon = Defaults.BatchNormalizationEpsilon, double momentum = Defaults.BatchNormalizationMomentum, string? input = null)
        => Append(new BatchNormalization(name, [input ?? Last], epsilon, momentum));

    /// <summary>Adds max(x, 0).</summary>
    public NetworkBuilder Relu(string name, string? input = null) => Append(new Activation(name, [input ?? Last], ActivationFunction.Relu));

    /// <summary>Adds a softmax, which ends a network.</summary>
    public NetworkBuilder Softmax(string name, string? input = null) => Append(new Activation(name, [input ?? Last], ActivationFunction.Softmax));

    /// <summary>Adds a pooling by the largest value; the stride equals the size.</summary>
    public NetworkBuilder MaxPooling2D(string name, int size, string? input = null) => Append(new MaxPooling2D(name, [input ?? Last], size, size, Padding.Valid));

    /// <summary>Adds a pooling by the mean; the stride equals the size.</summary>
    public NetworkBuilder AveragePooling2D(string name, int size, string? input = null) => Append(new AveragePooling2D(name, [input ?? Last], size, size));

    /// <summary>Adds the mean of each channel over the whole map.</summary>
    public NetworkBuilder GlobalAveragePooling2D(string name, string? input = null) => Append(new GlobalAveragePooling2D(name, [input ?? Last]));

    /// <summary>Adds a change from map to vector.</summary>
    public NetworkBuilder Flatten(string name, string? input = null) => Append(new Flatten(name, [input ?? Last]));

    /// <summary>Adds a dense layer; see <see cref="Layers.Dense"/>.</summary>
    public NetworkBuilder Dense(
        string name, int units, ActivationFunction function = ActivationFunction.Linear, bool useBias = true, double l2 = 0, string? input = null)
        => Append(new Dense(name, [input ?? Last], units, useBias, function, l2));

    /// <summary>Adds a dropout; see <see cref="Layers.Dropout"/>.</summary>
    public NetworkBuilder Dropout(string name, double rate, string? input = null) => Append(new Dropout(name, [input ?? Last], rate));

    /// <summary>Adds the sum of the named layers.</summary>
    public NetworkBuilder Add(string name, params string[] inputs) => Append(new Add(name, [.. inputs]));

    /// <summary>Adds the named layers one behind the other along the channels.</summary>
    public NetworkBuilder Concatenate(string name, params string[] inputs) => Append(new Concatenate(name, [.. inputs]));

    /// <summary>Checks the layers and gives the finished graph.</summary>
    /// <exception cref="ArgumentException">The layers do not fit together; the message names the layer and why.</exception>
    public NetworkGraph ToGraph() => new(_name, _layers);

    private static class Defaults
    {
        // What Keras calls the first input of a process.
        public const string InputName = "input_1";
        // Keras's own defaults of BatchNormalization, which the reference leaves unchanged.
        public const double BatchNormalizationEpsilon = 1e-3;
        public const double BatchNormalizationMomentum = 0.99;
    }
}
