using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// How the C library of Linux hands out the memory of tensors. By itself glibc gets each large block from the system and gives it back when the
/// tensor is freed, so that every layer of every batch begins with fresh pages; on virtual machines those cost more than the computation.
/// </summary>
internal static partial class NativeHeap
{
    // glibc, malloc/malloc.h.
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3;

    // Threads other than the first have heaps of at most this (glibc, malloc/arena.c, HEAP_MAX_SIZE); a pad of one keeps theirs as well.
    private const int ThreadHeap = 64 << 20;

    /// <summary>From now on freed blocks stay with the process for the next tensor, unless its environment says how memory is to be handed out.</summary>
    public static void KeepBlocks()
    {
        if (!OperatingSystem.IsLinux() || IsConfigured())
            return;
        if (!TryConfigure(mmapThreshold: 1 << 30, trimThreshold: int.MaxValue, topPad: ThreadHeap))
            TryConfigure(mmapThreshold: ThreadHeap / 2, trimThreshold: int.MaxValue, topPad: ThreadHeap);   // the most that glibc before 2.35 takes
    }

    /// <summary>Sets from which size on blocks come from the system one by one, how much at the end of the heap may stay free, and by how much more than is asked it grows, in bytes.</summary>
    /// <returns>Whether all of them were accepted; those that were hold in any case.</returns>
    internal static bool TryConfigure(int mmapThreshold, int trimThreshold, int topPad)
        => (SetOption(MmapThreshold, mmapThreshold) & SetOption(TrimThreshold, trimThreshold) & SetOption(TopPad, topPad)) != 0;

    /// <summary>Gives the system back what is free.</summary>
    public static void Trim()
    {
        if (OperatingSystem.IsLinux() && !IsConfigured())
            _ = Trim(pad: 0);
    }

    private static bool IsConfigured() => Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Any(name => name is "GLIBC_TUNABLES" or "LD_PRELOAD" || name.StartsWith("MALLOC_", StringComparison.Ordinal));

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);
}
