using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>What a training computes in. Weights, batch norms, loss and optimizer are float32 in any case.</summary>
public enum Precision
{
    /// <summary><see cref="Mixed"/> on a CPU that has instructions for it (AVX512-BF16 or AMX), else <see cref="Full"/>.</summary>
    Auto,

    /// <summary>Single precision throughout.</summary>
    Full,

    /// <summary>Convolutions and dense layers in bfloat16, with 8 bits of mantissa: less work where the hardware has it, more where it has not.</summary>
    Mixed,
}

/// <summary>Decides on a precision.</summary>
internal static class PrecisionChoice
{
    /// <summary>Whether a training on this device computes in bfloat16.</summary>
    public static bool UsesBFloat16(this Precision precision, torch.Device device) => precision switch
    {
        Precision.Auto => device.type == DeviceType.CPU && ProcessorHasBFloat16(),
        _ => precision == Precision.Mixed,
    };

    // Intel, "Architecture instruction set extensions programming reference", CPUID leaf 7: AVX512_BF16 and AMX-BF16.
    private static bool ProcessorHasBFloat16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            return false;
        (int leaves, _, _, int edx) = X86Base.CpuId(7, 0);
        bool amx = (edx & (1 << 22)) != 0;
        bool avx512 = leaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return amx || avx512;
    }
}
