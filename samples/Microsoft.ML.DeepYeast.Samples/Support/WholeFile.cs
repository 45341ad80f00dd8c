namespace DeepYeastSamples;

/// <summary>Writes a file beside its place and renames it, so that there is never half of one.</summary>
internal static class WholeFile
{
    /// <summary>Makes the file's folder and checks that it can be written to: before the work, so that no result is lost.</summary>
    /// <exception cref="UserErrorException">It cannot.</exception>
    public static void Prepare(string? path)
    {
        if (path is null)
            return;
        if (Directory.Exists(path))
            throw new UserErrorException($"'{path}' is a folder; give the name of a file.");
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder);
            using (File.Create(Path.Combine(folder, Path.GetRandomFileName()), bufferSize: 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{path}' cannot be written: its folder is not there and cannot be made, or may not be written to.", e);
        }
    }

    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = File.Create(temporary))
                write(file);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
