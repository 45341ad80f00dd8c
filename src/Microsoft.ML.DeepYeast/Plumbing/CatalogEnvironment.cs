using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The environment (log, seed, GPU settings) behind an ML.NET catalog.</summary>
internal static class CatalogEnvironment
{
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> is null.</exception>
    public static IHostEnvironment Of(IInternalCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return CatalogUtils.GetEnvironment(catalog);
    }

    /// <summary>The seed, GPU and fall-back settings of the MLContext behind an environment.</summary>
    public static (int? Seed, int? GpuDeviceId, bool FallbackToCpu) SettingsOf(IHostEnvironment environment)
    {
        var settings = (IHostEnvironmentInternal)environment;
        return (settings.Seed, settings.GpuDeviceId, settings.FallbackToCpu);
    }

    /// <summary>Where the MLContext behind an environment keeps temporary files.</summary>
    public static string TempFilePathOf(IHostEnvironment environment) => ((IHostEnvironmentInternal)environment).TempFilePath;

    /// <summary>The seed of what is drawn: the one asked for, or the MLContext's, or 0.</summary>
    public static int SeedOf(IHostEnvironment environment, int? seed) => seed ?? SettingsOf(environment).Seed ?? 0;
}
