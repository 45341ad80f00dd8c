namespace Microsoft.ML.DeepYeast;

/// <summary>How far a download is.</summary>
/// <param name="Bytes">Bytes that are there, with those of an earlier, interrupted call.</param>
/// <param name="TotalBytes">Bytes that there will be, or null where the server does not say.</param>
public readonly record struct DownloadProgress(long Bytes, long? TotalBytes);
