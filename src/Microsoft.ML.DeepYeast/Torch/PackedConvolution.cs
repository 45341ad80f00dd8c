using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// A convolution for scoring on a CPU, with the ReLU after it: the kernel is laid out as oneDNN multiplies it once, and not at each call as libtorch's own function
/// does. The values are the same but for their last bits.
/// </summary>
internal sealed class PackedConvolution : IPackedLayer
{
    // libtorch's interpreter has the function that lays a kernel out; compiled once, since it never gives back what it has compiled.
    private static readonly Lazy<jit.CompilationUnit> s_script = new(() => jit.compile("""
        def pack(kernel, like, numbers):
            padding, stride, groups = int(numbers[0]), int(numbers[1]), int(numbers[2])
            return torch.mkldnn_reorder_conv2d_weight(kernel.to_mkldnn(), [padding, padding], [stride, stride], [1, 1], groups, like.size())


        """));
    private static readonly object s_packing = new();

    private readonly Tensor _kernel;
    private readonly Tensor? _bias;
    private readonly long _stride, _padding, _groups;
    private readonly bool _relu;

    private PackedConvolution(Tensor kernel, Tensor? bias, long stride, long padding, long groups, bool relu)
        => (_kernel, _bias, _stride, _padding, _groups, _relu) = (kernel, bias, stride, padding, groups, relu);

    /// <summary>Lays out a kernel (out, in / groups, row, column), which with the bias stays the caller's. Null where oneDNN does not multiply its type on this processor.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="bias">What is added to each output channel; null for nothing.</param>
    /// <param name="input">Shape of the map, with what padding adds beforehand.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Zeros that are added on all four sides.</param>
    /// <param name="groups">Number of parts that the channels are convolved in, each by itself.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static PackedConvolution? TryCreate(Tensor kernel, Tensor? bias, LayerShape input, long stride, long padding, long groups, bool relu)
    {
        using var scope = NewDisposeScope();
        // As a tensor: TorchSharp frees the scalars that it makes of numbers while the script still reads them.
        Tensor numbers = tensor([padding, stride, groups], dtype: int64);
        Tensor like = empty([1, input.Channels, input.Height, input.Width], kernel.dtype), packed;
        try
        {
            lock (s_packing)
                packed = (Tensor)s_script.Value.invoke("pack", kernel, like, numbers);
        }
        catch (ExternalException) when (kernel.dtype == ScalarType.BFloat16)
        {
            return null;   // bfloat16 needs AVX-512 there
        }
        return new(packed.DetachFromDisposeScope(), bias?.clone().DetachFromDisposeScope(), stride, padding, groups, relu);
    }

    public Tensor Apply(Tensor input) => OneDnn.Convolve(input, _kernel, _bias, _stride, _padding, _groups, _relu);

    public void Dispose()
    {
        _kernel.Dispose();
        _bias?.Dispose();
    }
}
