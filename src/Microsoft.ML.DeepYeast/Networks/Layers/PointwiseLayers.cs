namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>A function applied to every value, or, for softmax, to every vector.</summary>
public enum ActivationFunction
{
    /// <summary>No change.</summary>
    Linear,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>exp(x) over the sum of exp; only on vectors.</summary>
    Softmax,
}

/// <summary>Applies a function.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Function">The function.</param>
public sealed record Activation(string Name, IReadOnlyList<string> Inputs, ActivationFunction Function) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireDefined(Function, "the function");
        LayerShape input = SingleInput(inputs);
        if (Function == ActivationFunction.Softmax && !input.IsVector)
            throw Error($"softmax needs a vector but its input is the map {input}.");
        return input;
    }
}

/// <summary>In training, zeroes values at random and scales up the rest; otherwise passes its input on.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Rate">Share of values that are zeroed, in [0, 1).</param>
public sealed record Dropout(string Name, IReadOnlyList<string> Inputs, double Rate) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
        => Rate is >= 0 and < 1 ? SingleInput(inputs) : throw Error(FormattableString.Invariant($"the rate is {Rate} but must be in [0, 1)."));
}

/// <summary>Sum of maps of equal shape.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">Two or more layers.</param>
public sealed record Add(string Name, IReadOnlyList<string> Inputs) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireAtLeast(2, inputs.Count, "the number of inputs");
        return inputs.All(shape => shape == inputs[0])
            ? inputs[0]
            : throw Error($"its inputs must have one shape but have {string.Join(", ", inputs)}.");
    }
}

/// <summary>Maps of equal height and width, one behind the other along the channels.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">Two or more layers.</param>
public sealed record Concatenate(string Name, IReadOnlyList<string> Inputs) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireAtLeast(2, inputs.Count, "the number of inputs");
        int channels = inputs.Sum(shape => shape.Channels);
        return inputs.All(shape => shape with { Channels = 1 } == inputs[0] with { Channels = 1 })
            ? inputs[0] with { Channels = channels }
            : throw Error($"its inputs must agree in height and width but are {string.Join(", ", inputs)}.");
    }
}
