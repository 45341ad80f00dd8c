using SkiaSharp;

namespace DeepYeastSamples;

/// <summary>A cell whose image is a file: the row that ML.NET reads.</summary>
internal sealed class CellFile
{
    /// <summary>The image, as an absolute path, so that a saved model depends on no folder.</summary>
    public required string ImagePath { get; init; }

    /// <summary>The class; empty where it is not known.</summary>
    public string Label { get; init; } = "";

    /// <summary>train, test or validation; empty where the file has no such column.</summary>
    public string Split { get; init; } = "";

    /// <summary>What cells that belong together have in common; empty where no such column was asked for.</summary>
    public string Group { get; init; } = "";

    public static CellFile FromImage(string path)
    {
        RequireImage(path, "");
        return new() { ImagePath = Path.GetFullPath(path) };
    }

    /// <summary>Reads a list of cells: a CSV with a column <c>path</c>, relative to the CSV or absolute.</summary>
    public static IReadOnlyList<CellFile> ReadCsv(string path, string? labelColumn, string? splitColumn = null, string? groupColumn = null)
    {
        var csv = Csv.Read(path);
        int image = csv.Column("path");
        int label = labelColumn is null ? -1 : csv.Column(labelColumn);
        int split = splitColumn is null ? -1 : csv.Column(splitColumn);
        int group = groupColumn is null ? -1 : csv.Column(groupColumn);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        var cells = new List<CellFile>(csv.Records.Count);
        foreach ((int line, string[] fields) in csv.Records)
        {
            var cell = new CellFile
            {
                ImagePath = Path.GetFullPath(fields[image], folder),
                Label = label < 0 ? "" : fields[label],
                Split = split < 0 ? "" : fields[split],
                Group = group < 0 ? "" : fields[group],
            };
            RequireImage(cell.ImagePath, $"'{path}', line {line}: ");
            if (split >= 0 && cell.Split is not ("train" or "test" or "validation"))
                throw new UserErrorException($"'{path}', line {line}: column '{splitColumn}' holds '{cell.Split}' but must hold train, test or validation.");
            if (group >= 0 && cell.Group == "")
                throw new UserErrorException($"'{path}', line {line}: column '{groupColumn}' is empty, so it is not known which cells this one belongs to.");
            cells.Add(cell);
        }
        if (cells.Count == 0)
            throw new UserErrorException($"'{path}' has a header but no rows.");
        RequireClasses(path, labelColumn, cells);
        return cells;
    }

    /// <summary>Looks at the beginning of a file: now, and not after minutes of training, when its turn comes.</summary>
    private static void RequireImage(string path, string where)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{where}{(where == "" ? "T" : "t")}here is no image '{path}'.");
        using SKCodec? codec = SKCodec.Create(path);
        if (codec is not null)
            return;
        Span<byte> start = stackalloc byte[4];
        using FileStream file = File.OpenRead(path);
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        bool isTiff = read == start.Length && (start.SequenceEqual("II*\0"u8) || start.SequenceEqual("MM\0*"u8));
        throw new UserErrorException(isTiff ? $"{where}'{path}' is a TIFF, which the samples do not read (the library does: LoadCellImages); save it as PNG." : $"{where}'{path}' is no image that can be decoded (PNG, JPEG), or is damaged.");
    }

    /// <summary>A column that hardly repeats a value holds names or numbers of cells, not classes.</summary>
    private static void RequireClasses(string path, string? column, List<CellFile> cells)
    {
        int classes = column is null ? 0 : cells.Select(cell => cell.Label).Distinct().Count();
        if (classes > Math.Max(20, cells.Count / 2))
            throw new UserErrorException($"'{path}': column '{column}' has {classes} different values for {cells.Count} cells, so it is hardly the class; name another one with --label.");
    }
}
