namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>Where fetched files are kept if nobody says otherwise: <c>~/.deepyeast</c>, as the reference does.</summary>
internal static class CacheFolder
{
    public static string Of(string kind) => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".deepyeast", kind);
}
