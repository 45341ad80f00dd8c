using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>One training as ML.NET sees it: its channel in the log, and the two ways in which it can be cancelled.</summary>
internal sealed class Run(IHost host, string name, CancellationToken cancellation) : IDisposable
{
    private readonly IChannel _channel = host.Start(name);

    public void Info(string message) => _channel.Info("{0}", message);

    public void Warning(string message) => _channel.Warning("{0}", message);

    /// <exception cref="OperationCanceledException">The token or the MLContext was cancelled.</exception>
    public void ThrowIfCancelled()
    {
        cancellation.ThrowIfCancellationRequested();
        host.CheckAlive();
    }

    public void Dispose() => _channel.Dispose();
}
