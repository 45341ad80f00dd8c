using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>A convolution of 1 x 1 as the same dense layer at each pixel: oneDNN's inner product, with a bias and a ReLU that take no pass of their own.</summary>
internal sealed class PackedPixelProduct : IPackedLayer
{
    private readonly Tensor _kernel;   // (out, in)
    private readonly Tensor? _bias;
    private readonly int _stride;
    private readonly bool _relu;

    private PackedPixelProduct(Tensor kernel, Tensor? bias, int stride, bool relu) => (_kernel, _bias, _stride, _relu) = (kernel, bias, stride, relu);

    /// <summary>Lays out a kernel (out, in, 1, 1), which with the bias stays the caller's. Null where oneDNN does not multiply its type on this processor.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="bias">What is added to each output channel; null for nothing.</param>
    /// <param name="stride">Step between pixels.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static PackedPixelProduct? TryCreate(Tensor kernel, Tensor? bias, int stride, bool relu)
    {
        if (!OneDnn.Multiplies(kernel.dtype))
            return null;
        using var scope = NewDisposeScope();
        return new(OneDnn.LayOut(kernel.flatten(start_dim: 1).contiguous()).DetachFromDisposeScope(), bias?.clone().DetachFromDisposeScope(), stride, relu);
    }

    public Tensor Apply(Tensor input) => OneDnn.Multiply(Pixels(input, _stride), _kernel, _bias, _relu).permute(0, 3, 1, 2);

    /// <summary>Every <paramref name="stride"/>th pixel of every such row of maps (N, C, H, W), as (N, H, W, C).</summary>
    public static Tensor Pixels(Tensor input, int stride)
        => (stride == 1 ? input : input[TensorIndex.Colon, TensorIndex.Colon, Every(stride), Every(stride)]).permute(0, 2, 3, 1);

    public void Dispose()
    {
        _kernel.Dispose();
        _bias?.Dispose();
    }

    private static TensorIndex Every(int stride) => TensorIndex.Slice(null, null, stride);
}
