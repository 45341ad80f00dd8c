namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Writes files so that under the final name there is always a whole one: the old or the new.</summary>
internal static class AtomicFile
{
    private const string TemporaryExtension = ".tmp";

    /// <summary>Writes to a temporary file in the same folder, flushes it to the disk, then renames it. On an error the temporary file is deleted.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e)
        {
            if (File.Exists(temporary))   // in a folder that is gone Delete would throw instead
                File.Delete(temporary);
            throw ErrorOf(e, path, temporary);
        }
    }

    /// <summary>Checks before long work that <see cref="Write"/> could write there now; leaves nothing behind.</summary>
    /// <exception cref="IOException">The path is a folder's, or its folder is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void RequireWritable(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new IOException($"'{path}' is a folder; give the name of a file.");
        string temporary = $"{full}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            using (new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ErrorOf(e, path, temporary);
        }
    }

    private static Exception ErrorOf(Exception e, string path, string temporary)
    {
        string message = $"'{path}' could not be saved, and nothing was changed: {e.Message.Replace(temporary, Path.GetFullPath(path), StringComparison.Ordinal)}";
        return e switch
        {
            UnauthorizedAccessException => new UnauthorizedAccessException(message, e),
            DirectoryNotFoundException => new DirectoryNotFoundException(message, e),
            IOException => new IOException(message, e),
            _ => e,
        };
    }

    /// <summary>Deletes what a process that was ended left unfinished of files whose names end with this.</summary>
    public static void DeleteUnfinished(string folder, string extension)
    {
        foreach (string path in Directory.EnumerateFiles(folder, $"*{extension}.*{TemporaryExtension}"))
            File.Delete(path);
    }
}
