using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// Sums of tensors. TorchSharp's own, where they are given no factor, make a native scalar for the factor 1 that nothing holds during the call: a collection in between frees it, and the sum fails, or is one of
/// another factor.
/// </summary>
internal static class TensorSums
{
    private static readonly Scalar s_one = 1;

    /// <summary>The sum as a tensor of its own.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, s_one);

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor tensor, Scalar other) => tensor.add(other, s_one);

    /// <summary>Makes the tensor the sum.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, s_one);

    /// <inheritdoc cref="PlusInPlace(Tensor, Tensor)"/>
    public static Tensor PlusInPlace(this Tensor tensor, Scalar other) => tensor.add_(other, s_one);
}
