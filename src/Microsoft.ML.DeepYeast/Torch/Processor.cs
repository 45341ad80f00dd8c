using System.Runtime.Intrinsics.X86;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>What this machine's processor says of itself, where libtorch's own choice needs help.</summary>
internal static class Processor
{
    // Intel, "Architecture instruction set extensions programming reference", CPUID leaf 7: AVX512_BF16 and AMX-BF16.
    private const int Avx512BFloat16 = 1 << 5, AmxBFloat16 = 1 << 22;

    /// <summary>Whether it has instructions for products of bfloat16.</summary>
    public static bool HasBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 0).Edx & AmxBFloat16) != 0 || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & Avx512BFloat16) != 0));

    /// <summary>
    /// Whether this is an AMD processor whose virtual machine leaves out the sizes of its caches. oneDNN 3.7.1, which libtorch 2.10 convolves
    /// with, then counts caches of one byte, and its search for the best blocks of a convolution of 1 x 1 (est_eff_1x1) divides by zero, which
    /// ends the process.
    /// </summary>
    public static bool HidesCaches { get; } = X86Base.IsSupported && Vendor() == "AuthenticAMD" && FirstCacheType() == 0;

    private static string Vendor()
    {
        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        return System.Text.Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([ebx, edx, ecx]));
    }

    // AMD64 Architecture Programmer's Manual, volume 3, appendix E: function 8000_001Dh, bits 4:0 of EAX; 0 where there is no such cache.
    private static int FirstCacheType()
    {
        const int cacheProperties = unchecked((int)0x8000001D);
        return X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < cacheProperties ? 0 : X86Base.CpuId(cacheProperties, 0).Eax & 0x1F;
    }
}
