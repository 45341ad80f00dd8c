using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>
/// A node of a <see cref="NetworkGraph"/>: a name, the names of the layers it reads, and its settings. A layer holds no weights and
/// computes nothing; it only says what shape it gives and which weights it needs.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(InputLayer), nameof(InputLayer))]
[JsonDerivedType(typeof(Conv2D), nameof(Conv2D))]
[JsonDerivedType(typeof(DepthwiseConv2D), nameof(DepthwiseConv2D))]
[JsonDerivedType(typeof(BatchNormalization), nameof(BatchNormalization))]
[JsonDerivedType(typeof(Activation), nameof(Activation))]
[JsonDerivedType(typeof(MaxPooling2D), nameof(MaxPooling2D))]
[JsonDerivedType(typeof(AveragePooling2D), nameof(AveragePooling2D))]
[JsonDerivedType(typeof(GlobalAveragePooling2D), nameof(GlobalAveragePooling2D))]
[JsonDerivedType(typeof(Flatten), nameof(Flatten))]
[JsonDerivedType(typeof(Dense), nameof(Dense))]
[JsonDerivedType(typeof(Dropout), nameof(Dropout))]
[JsonDerivedType(typeof(Concatenate), nameof(Concatenate))]
[JsonDerivedType(typeof(Add), nameof(Add))]
public abstract record Layer
{
    private protected Layer(string name, IReadOnlyList<string> inputs) => (Name, Inputs) = (name, inputs);

    /// <summary>Unique name in the graph; Keras's name where the network is one of the reference's.</summary>
    public string Name { get; init; }

    /// <summary>Names of the layers that this one reads, all of them earlier in the graph.</summary>
    public IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Keras's name of this kind of layer.</summary>
    [JsonIgnore]
    public string TypeName => GetType().Name;

    /// <summary>The shape of the output for inputs of the given shapes.</summary>
    /// <exception cref="ArgumentException">The layer does not accept inputs of these shapes, or one of its settings is out of range.</exception>
    public abstract LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs);

    /// <summary>The weights that the layer owns, in Keras's order, for inputs of the given shapes.</summary>
    public virtual IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs) => [];

    /// <summary>An error about this layer: what it got, what it needs.</summary>
    private protected ArgumentException Error(string message) => new($"Layer '{Name}' ({TypeName}): {message}");

    private protected LayerShape SingleInput(IReadOnlyList<LayerShape> inputs)
        => inputs.Count == 1 ? inputs[0] : throw Error($"needs one input but has {inputs.Count}.");

    private protected LayerShape SingleMap(IReadOnlyList<LayerShape> inputs)
    {
        LayerShape input = SingleInput(inputs);
        return input.IsVector ? throw Error($"needs a map of channels x height x width but its input is the vector {input}.") : input;
    }

    private protected void RequireL2(double l2)
    {
        if (l2 is not (>= 0 and < double.PositiveInfinity))
            throw Error(FormattableString.Invariant($"the L2 factor is {l2} but must be at least 0 and finite."));
    }

    private protected void RequireDefined<TEnum>(TEnum value, string setting) where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw Error($"{setting} is {value} but must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
    }

    private protected void RequireAtLeast(int minimum, int value, string setting)
    {
        if (value < minimum)
            throw Error($"{setting} is {value} but must be at least {minimum}.");
    }
}

/// <summary>Where cells enter the network.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Shape">Channels, rows and columns of a cell.</param>
public sealed record InputLayer(string Name, CellShape Shape) : Layer(Name, [])
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireAtLeast(1, Shape.Channels, "the number of channels");
        RequireAtLeast(1, Shape.Height, "the height");
        RequireAtLeast(1, Shape.Width, "the width");
        return LayerShape.Map(Shape.Channels, Shape.Height, Shape.Width);
    }
}
