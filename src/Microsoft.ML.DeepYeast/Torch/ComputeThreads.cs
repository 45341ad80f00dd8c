using TorchSharp;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// How many threads libtorch spreads one operation over. By itself every caller gets as many as there are cores, so that several callers at once keep each
/// other from the cores; here they share them. The setting is the calling thread's, and where it has none yet, that which any thread has made last.
/// </summary>
internal static class ComputeThreads
{
    private static int s_sharing;

    // What libtorch has, or the application has set, before this class sets anything.
    private static int s_all;

    // What this class has set last for this thread; 0 before the first time.
    [ThreadStatic]
    private static int t_set;

    /// <summary>Until the end of the scope, this thread computes with a given number of threads, or with all: the sums of a training depend on it.</summary>
    public static Scope Take(int? threads) => Enter(threads, share: false);

    /// <summary>Until the end of the scope, this thread computes with a given number of threads, or with its share among all scopes just now.</summary>
    public static Scope Share(int? threads) => Enter(threads, share: true);

    /// <exception cref="ArgumentOutOfRangeException">There is a number and it is not at least 1.</exception>
    public static void Validate(string option, int? threads)
    {
        if (threads < 1)
            throw DeepYeastTrainer.Options.OutOfRange(option, threads, "at least 1, or null for as many as there are cores");
    }

    private static Scope Enter(int? threads, bool share)
    {
        int sharing = Interlocked.Increment(ref s_sharing);
        int found = torch.get_num_threads();
        Interlocked.CompareExchange(ref s_all, found, 0);
        if (t_set == 0)
            found = s_all;   // a thread without a setting of its own finds what another one has just now
        Set(threads ?? (share ? Math.Max(1, found / sharing) : found));
        return new(found);
    }

    private static void Set(int threads)
    {
        if (torch.get_num_threads() != threads)
            torch.set_num_threads(threads);
        t_set = threads;
    }

    /// <summary>The time in which a thread computes; then it has the number that it had before.</summary>
    public readonly struct Scope(int before) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref s_sharing);
            Set(before);
        }
    }
}
