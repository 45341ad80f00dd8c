using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// An MLContext of its own for one part of a longer work, so that the part can be cancelled: ML.NET's trainers look at nothing else. It has the settings of the one around it, and its
/// warnings go to the work's log.
/// </summary>
internal sealed class ChildContext
{
    private ChildContext(MLContext context) => Context = context;

    public MLContext Context { get; }

    /// <param name="parent">The environment around it.</param>
    /// <param name="run">The work.</param>
    /// <param name="name">What the part is called in the log.</param>
    public static ChildContext Create(IHostEnvironment parent, Run run, string name)
    {
        (int? seed, int? gpu, bool fallback) = CatalogEnvironment.SettingsOf(parent);
        var context = new MLContext(seed) { GpuDeviceId = gpu, FallbackToCpu = fallback, TempFilePath = CatalogEnvironment.TempFilePathOf(parent) };
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
                run.Warning($"{name}: {message.RawMessage}");
        };
        return new(context);
    }

    /// <summary>Makes every trainer of the context, and every other that is still to come, throw <see cref="OperationCanceledException"/>.</summary>
    public void Cancel() => Context.CancelExecution();
}
