using TorchSharp;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// How many threads libtorch spreads one operation over. Its setting belongs to the calling thread. By itself every caller gets as many as there are cores, so
/// that several callers at once keep each other from the cores; here they share them.
/// </summary>
internal static class ComputeThreads
{
    private static int s_sharing;

    // What libtorch, or the application, has set for this thread.
    [ThreadStatic]
    private static int t_own;

    // What this class has set last.
    [ThreadStatic]
    private static int t_set;

    /// <summary>Until the end of the scope, this thread computes with a given number of threads, or with its own: the sums of a training depend on it.</summary>
    public static Scope Take(int? threads) => Enter(threads, share: false);

    /// <summary>Until the end of the scope, this thread computes with a given number of threads, or with its share of its own number among all scopes just now.</summary>
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
        int current = torch.get_num_threads();
        if (current != t_set || t_own == 0)
            t_own = current;
        Set(threads ?? (share ? Math.Max(1, t_own / sharing) : t_own));
        return default;
    }

    private static void Set(int threads)
    {
        if (torch.get_num_threads() != threads)
            torch.set_num_threads(threads);
        t_set = threads;
    }

    /// <summary>The time in which a thread computes.</summary>
    public readonly struct Scope : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref s_sharing);
            Set(t_own);
        }
    }
}
