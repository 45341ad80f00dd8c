using Microsoft.ML.DeepYeast.Torch;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>
/// The C library's own way with memory, which programs without this library have: glibc, at its defaults, ends up giving blocks of 32 MB and more, and what
/// is free beyond 64 MB, back to the system (malloc/malloc.c, DEFAULT_MMAP_THRESHOLD_MAX).
/// </summary>
internal static class SystemHeap
{
    // glibc, malloc/malloc.c.
    private const int LargestMmapThreshold = 32 << 20, DefaultTopPad = 128 << 10;

    /// <summary>From now on memory is handed out so.</summary>
    public static void Enter()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = NativeHeap.TryConfigure(LargestMmapThreshold, trimThreshold: 2 * LargestMmapThreshold, DefaultTopPad);
        NativeHeap.Trim();
    }

    /// <summary>From now on the library's way holds again.</summary>
    public static void Leave() => NativeHeap.KeepBlocks();
}
