namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Whether tests may take minutes: DEEPYEAST_LONG_TESTS=1.</summary>
internal static class LongTests
{
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("DEEPYEAST_LONG_TESTS") == "1";
}
