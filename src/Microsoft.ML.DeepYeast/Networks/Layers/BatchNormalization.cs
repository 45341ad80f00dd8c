namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>Normalizes each channel to mean 0 and variance 1 over a batch, then scales by gamma and shifts by beta (Ioffe and Szegedy, arXiv:1502.03167).</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Epsilon">Added to the variance before the root, above 0.</param>
/// <param name="Momentum">Share of the old moving statistics that a training step keeps, in [0, 1), as Keras counts it; torch's momentum is 1 minus this.</param>
public sealed record BatchNormalization(string Name, IReadOnlyList<string> Inputs, double Epsilon, double Momentum) : Layer(Name, Inputs)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        if (Epsilon is not (> 0 and < double.PositiveInfinity))
            throw Error(FormattableString.Invariant($"epsilon is {Epsilon} but must be above 0 and finite."));
        if (Momentum is not (>= 0 and < 1))
            throw Error(FormattableString.Invariant($"momentum is {Momentum} but must be in [0, 1)."));
        return SingleInput(inputs);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs)
    {
        int[] channels = [SingleInput(inputs).Channels];
        return
        [
            new("gamma", channels, Trainable: true, WeightInitializer.Ones),
            new("beta", channels, Trainable: true, WeightInitializer.Zeros),
            new("moving_mean", channels, Trainable: false, WeightInitializer.Zeros),
            new("moving_variance", channels, Trainable: false, WeightInitializer.Ones),
        ];
    }
}
