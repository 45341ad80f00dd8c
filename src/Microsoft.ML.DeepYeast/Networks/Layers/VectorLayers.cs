namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>A map as a vector, in Keras's order: row, column, channel.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
public sealed record Flatten(string Name, IReadOnlyList<string> Inputs) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs) => LayerShape.Vector(SingleMap(inputs).Size);
}

/// <summary>Mean of each channel over the whole map.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
public sealed record GlobalAveragePooling2D(string Name, IReadOnlyList<string> Inputs) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs) => LayerShape.Vector(SingleMap(inputs).Channels);
}

/// <summary>Matrix product with a kernel, plus a bias, then a function.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Units">Output values, at least 1.</param>
/// <param name="UseBias">Whether a bias is added.</param>
/// <param name="Function">Applied to the sum.</param>
/// <param name="L2">Weight of the kernel's sum of squares in the loss, 0 or more; 0 for none.</param>
public sealed record Dense(string Name, IReadOnlyList<string> Inputs, int Units, bool UseBias, ActivationFunction Function, double L2)
    : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireAtLeast(1, Units, "the number of units");
        RequireL2(L2);
        RequireDefined(Function, "the function");
        return SingleInput(inputs).IsVector
            ? LayerShape.Vector(Units)
            : throw Error($"needs a vector but its input is the map {inputs[0]}; put Flatten or GlobalAveragePooling2D before it.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs)
    {
        var kernel = new WeightShape("kernel", [SingleInput(inputs).Channels, Units], Trainable: true, WeightInitializer.GlorotUniform);
        return UseBias ? [kernel, new("bias", [Units], Trainable: true, WeightInitializer.Zeros)] : [kernel];
    }
}
