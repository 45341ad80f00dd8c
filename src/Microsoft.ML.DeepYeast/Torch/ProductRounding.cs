using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// Whether NVIDIA GPUs may round the factors of float32 products to TensorFloat-32 (10 bits of mantissa). libtorch has one switch for the whole process, so it is
/// off while anything runs that must be exact, and as the application has set it while nothing runs.
/// </summary>
internal static class ProductRounding
{
    private static readonly object s_gate = new();
    private static int s_exact, s_rounding;
    private static (bool Convolutions, bool Matrices) s_before;

    /// <summary>Until the end of the scope products are exact, or may be rounded, as a precision for a device asks. Others have nothing to round.</summary>
    public static Scope Enter(Precision resolved, Device device) => device.type == TorchSharp.DeviceType.CUDA && resolved != Precision.Mixed ? Enter(exact: resolved == Precision.Full) : default;

    internal static Scope Enter(bool exact)
    {
        lock (s_gate)
        {
            if (s_exact + s_rounding == 0)
                s_before = (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
            Count(exact, 1);
        }
        return new(exact);
    }

    private static void Count(bool exact, int change)
    {
        (exact ? ref s_exact : ref s_rounding) += change;
        (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = s_exact + s_rounding == 0 ? s_before : (s_exact == 0, s_exact == 0);
    }

    /// <summary>The time in which a computation is under way.</summary>
    public readonly struct Scope(bool exact) : IDisposable
    {
        private readonly bool _entered = true;

        public void Dispose()
        {
            if (!_entered)
                return;
            lock (s_gate)
                Count(exact, -1);
        }
    }
}
