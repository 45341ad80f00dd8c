using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// Functions of oneDNN for scoring on a CPU that TorchSharp does not call: with kernels laid out beforehand, and with a ReLU that is applied while the sums are at hand.
/// libtorch's C interface has them (torch/csrc/inductor/aoti_torch, made for compiled models). They know nothing of gradients.
/// </summary>
internal static unsafe class OneDnn
{
    /// <summary>Whether this machine's libtorch has them; it has oneDNN on x64.</summary>
    public static bool IsSupported { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && HasFunctions();

    // Tried, since more than the processor has a say: the operating system, and the variable that limits oneDNN's instructions.
    private static readonly Lazy<bool> s_multipliesBFloat16 = new(() => Processor.HasBFloat16 && TryMultiply(ScalarType.BFloat16));

    /// <summary>Whether there is a <see cref="Multiply"/> for a type on this machine.</summary>
    public static bool Multiplies(ScalarType type) => IsSupported && (type == ScalarType.Float32 || (type == ScalarType.BFloat16 && s_multipliesBFloat16.Value));

    /// <summary>Convolves maps (N, C, H, W) with channels-last strides.</summary>
    /// <param name="input">The maps.</param>
    /// <param name="kernel">The kernel, as oneDNN has laid it out.</param>
    /// <param name="bias">What is added to each output channel; null for nothing.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Zeros that are added on all four sides.</param>
    /// <param name="groups">Number of parts that the channels are convolved in, each by itself.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias, long stride, long padding, long groups, bool relu)
    {
        long* strides = stackalloc long[] { stride, stride }, paddings = stackalloc long[] { padding, padding }, dilations = stackalloc long[] { 1, 1 };
        nint added = bias?.Handle ?? 0, output;
        double* noScalars = null;
        fixed (byte* function = FunctionName(relu))
        {
            Check(ConvolutionPointwise(input.Handle, kernel.Handle, bias is null ? null : &added, paddings, 2, strides, 2, dilations, 2, groups, function, &noScalars, 0, null, &output), "convolution");
        }
        return Result(output, input, kernel, bias);
    }

    /// <summary>Multiplies rows (..., in) by a kernel (out, in), laid out by <see cref="LayOut"/> or as it is; what comes out is (..., out).</summary>
    public static Tensor Multiply(Tensor input, Tensor kernel, Tensor? bias, bool relu)
    {
        nint added = bias?.Handle ?? 0, output;
        double* noScalars = null;
        fixed (byte* function = FunctionName(relu))
        {
            Check(LinearPointwise(input.Handle, kernel.Handle, bias is null ? null : &added, function, &noScalars, 0, null, &output), "product");
        }
        return Result(output, input, kernel, bias);
    }

    /// <summary>A kernel (out, in) in the layout that oneDNN chooses for it without knowing the number of rows.</summary>
    public static Tensor LayOut(Tensor kernel)
    {
        nint own;
        Check(NewHandle(kernel.Handle, &own), "handle");
        ulong* stack = stackalloc ulong[] { (ulong)own, 0 };   // the kernel, which the call disposes of, and no number of rows; then the result
        fixed (byte* name = "mkldnn::_reorder_linear_weight"u8, overload = "\0"u8)
        {
            Check(CallDispatcher(name, overload, stack), "layout");
        }
        return Result((nint)stack[0], kernel);
    }

    // With a zero behind it, as all such literals.
    private static ReadOnlySpan<byte> FunctionName(bool relu) => relu ? "relu"u8 : "none"u8;

    private static Tensor Result(nint handle, params object?[] inUse)
    {
        GC.KeepAlive(inUse);
        return Tensor.UnsafeCreateTensor(handle);
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
            throw new InvalidOperationException($"oneDNN's {what} in libtorch failed with error {error}; libtorch has written why to the standard error.");
    }

    private static bool TryMultiply(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        try
        {
            Multiply(zeros([1, 16], type), LayOut(zeros([16, 16], type)), bias: null, relu: false);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool HasFunctions()
    {
        try
        {
            foreach (MethodInfo function in typeof(OneDnn).GetMethods(BindingFlags.NonPublic | BindingFlags.Static).Where(method => method.IsDefined(typeof(DllImportAttribute))))
                Marshal.Prelink(function);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("torch_cpu", EntryPoint = "aoti_torch_cpu_mkldnn__convolution_pointwise")]
    private static extern int ConvolutionPointwise(
        nint input, nint kernel, nint* bias, long* paddings, long paddingCount, long* strides, long strideCount, long* dilations, long dilationCount,
        long groups, byte* function, double** scalars, long scalarCount, byte** algorithm, nint* output);

    [DllImport("torch_cpu", EntryPoint = "aoti_torch_cpu__linear_pointwise")]
    private static extern int LinearPointwise(nint input, nint kernel, nint* bias, byte* function, double** scalars, long scalarCount, byte** algorithm, nint* output);

    [DllImport("torch_cpu", EntryPoint = "aoti_torch_new_tensor_handle")]
    private static extern int NewHandle(nint tensor, nint* handle);

    [DllImport("torch_cpu", EntryPoint = "aoti_torch_call_dispatcher")]
    private static extern int CallDispatcher(byte* name, byte* overload, ulong* stack);
}
