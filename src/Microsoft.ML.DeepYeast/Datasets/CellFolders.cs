namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Images in folders, one a class. Hidden files and folders, and links to folders, are passed over.</summary>
internal static class CellFolders
{
    // What Skia, and so LoadImages, decodes, and what LoadCellImages does.
    private static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"];

    private static readonly EnumerationOptions s_here = new() { IgnoreInaccessible = false };

    /// <returns>The cells, class by class and in the order of their paths, and the names of the folders; both in ordinal order, which is the same on every machine.</returns>
    /// <exception cref="ArgumentException">There is no folder in it, or one without images; the message names it.</exception>
    /// <exception cref="IOException">It does not exist or cannot be read.</exception>
    public static (IReadOnlyList<CellFile> Cells, IReadOnlyList<string> ClassNames) Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        string[] classes = [.. Directory.EnumerateDirectories(Path.GetFullPath(folder), "*", s_here).Order(StringComparer.Ordinal)];
        if (classes.Length == 0)
            throw new ArgumentException($"'{folder}' has no folders in it. Put the images of each class into a folder with the name of the class.", nameof(folder));
        return ([.. classes.SelectMany(ReadClass)], [.. classes.Select(path => Path.GetFileName(path))]);
    }

    // A link to a folder can lead back, and its images would come again and again.
    private static IEnumerable<string> FilesBelow(string folder) => Directory.EnumerateFiles(folder, "*", s_here).Concat(
        Directory.EnumerateDirectories(folder, "*", s_here).Where(below => !File.GetAttributes(below).HasFlag(FileAttributes.ReparsePoint)).SelectMany(FilesBelow));

    private static IEnumerable<CellFile> ReadClass(string folder, int classIndex)
    {
        string[] files = [.. FilesBelow(folder)];
        CellFile[] cells =
        [
            .. files.Where(file => s_extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
                .Order(StringComparer.Ordinal).Select(path => new CellFile(folder, path, classIndex)),
        ];
        return cells.Length > 0 ? cells : throw new ArgumentException(
            $"'{folder}' has no images ({string.Join(", ", s_extensions)}), only {files.Length} other files. Add images of this class, or take the folder away.", nameof(folder));
    }
}
