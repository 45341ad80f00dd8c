using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The time that an experiment has, over all its runs, and who ends it.</summary>
internal sealed class ExperimentClock : IDisposable
{
    // What is kept at the end to judge the trial that is cut short, as a share of the time.
    private const double KeptShare = 0.02;

    /// <summary>What a timer can wait for; nobody waits longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly Stopwatch _running = Stopwatch.StartNew();
    private readonly TimeSpan _before;
    private readonly CancellationTokenSource _end;

    /// <param name="limit">The time.</param>
    /// <param name="before">What earlier runs have spent.</param>
    /// <param name="user">Ends it early.</param>
    public ExperimentClock(TimeSpan limit, TimeSpan before, CancellationToken user)
    {
        (Limit, _before, User) = (limit, before, user);
        _end = CancellationTokenSource.CreateLinkedTokenSource(user);
        TimeSpan left = limit * (1 - KeptShare) - before;
        if (left <= TimeSpan.Zero)
            _end.Cancel();
        else if (left < Longest)
            _end.CancelAfter(left);
    }

    public TimeSpan Limit { get; }

    public TimeSpan Elapsed => _before + _running.Elapsed;

    public TimeSpan Left => Limit * (1 - KeptShare) - Elapsed;

    /// <summary>The user's.</summary>
    public CancellationToken User { get; }

    /// <summary>Is cancelled at the end of the time, or by the user.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Ends the time now, since something has gone wrong.</summary>
    public void Stop() => _end.Cancel();

    public void Dispose() => _end.Dispose();
}
