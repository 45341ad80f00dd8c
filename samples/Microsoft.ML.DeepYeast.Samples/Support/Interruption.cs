namespace DeepYeastSamples;

/// <summary>Ctrl-C: the first one asks for an orderly end, and says so; the second one ends the process.</summary>
internal static class Interruption
{
    // What shells report of a program that SIGINT ended: 128 + 2.
    public const int ExitCode = 130;

    private static readonly CancellationTokenSource Source = new();

    static Interruption() => Console.CancelKeyPress += (_, press) =>
    {
        press.Cancel = !Source.IsCancellationRequested;
        if (press.Cancel)
            Console.Error.WriteLine("Ending in good order. Ctrl-C once more ends at once.");
        Source.Cancel();
    };

    public static CancellationToken Token => Source.Token;
}
