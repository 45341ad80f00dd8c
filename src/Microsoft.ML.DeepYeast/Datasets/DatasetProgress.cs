namespace Microsoft.ML.DeepYeast;

/// <summary>What the loading of a dataset is doing.</summary>
public enum DatasetPhase
{
    /// <summary>Fetching a file; one report about each 128 KB.</summary>
    Downloading,

    /// <summary>Unpacking an archive; one report about each megabyte.</summary>
    Unpacking,
}

/// <summary>One report of the loading of a dataset to <see cref="DatasetOptions.ProgressCallback"/>.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="FileName">The file that it does it with, for example <c>main.tar.gz</c>.</param>
/// <param name="Bytes">Bytes of that file that are there, or that are unpacked.</param>
/// <param name="TotalBytes">Bytes that the file will have, or has; null where the server does not say.</param>
public sealed record DatasetProgress(DatasetPhase Phase, string FileName, long Bytes, long? TotalBytes);
