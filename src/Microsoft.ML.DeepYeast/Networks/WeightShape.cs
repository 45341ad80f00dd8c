namespace Microsoft.ML.DeepYeast;

/// <summary>What a weight starts as, in Keras's terms.</summary>
public enum WeightInitializer
{
    /// <summary>All zero.</summary>
    Zeros,

    /// <summary>All one.</summary>
    Ones,

    /// <summary>Uniform between plus and minus sqrt(6 / (fan in + fan out)): Glorot and Bengio, AISTATS 2010, equation 16.</summary>
    GlorotUniform,
}

/// <summary>One array of weights that a layer owns.</summary>
/// <param name="Name">Keras's name of it: <c>kernel</c>, <c>bias</c>, <c>gamma</c>, <c>beta</c>, <c>moving_mean</c>, <c>moving_variance</c>, <c>depthwise_kernel</c>.</param>
/// <param name="Dimensions">Dimensions in Keras order; a kernel's outputs come last.</param>
/// <param name="Trainable">Whether gradients change it; moving statistics are not trainable.</param>
/// <param name="Initializer">What it starts as.</param>
public sealed record WeightShape(string Name, IReadOnlyList<int> Dimensions, bool Trainable, WeightInitializer Initializer)
{
    /// <summary>Number of values.</summary>
    public int Size => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>Whether the weight is a matrix or more, that is, a kernel.</summary>
    internal bool IsKernel => Dimensions.Count > 1;
}
