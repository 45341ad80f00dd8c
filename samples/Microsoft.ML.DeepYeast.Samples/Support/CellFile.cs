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

    public static CellFile FromImage(string path)
        => File.Exists(path) ? new() { ImagePath = Path.GetFullPath(path) } : throw new UserErrorException($"There is no image '{path}'.");

    /// <summary>Reads a list of cells: a CSV with a column <c>path</c>, relative to the CSV or absolute.</summary>
    public static IReadOnlyList<CellFile> ReadCsv(string path, string? labelColumn, string? splitColumn = null)
    {
        var csv = Csv.Read(path);
        int image = csv.Column("path");
        int label = labelColumn is null ? -1 : csv.Column(labelColumn);
        int split = splitColumn is null ? -1 : csv.Column(splitColumn);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        var cells = new List<CellFile>(csv.Records.Count);
        foreach ((int line, string[] fields) in csv.Records)
        {
            var cell = new CellFile
            {
                ImagePath = Path.GetFullPath(fields[image], folder),
                Label = label < 0 ? "" : fields[label],
                Split = split < 0 ? "" : fields[split],
            };
            // Now, and not after minutes of training, when its turn comes.
            if (!File.Exists(cell.ImagePath))
                throw new UserErrorException($"'{path}', line {line}: there is no image '{cell.ImagePath}'.");
            if (split >= 0 && cell.Split is not ("train" or "test" or "validation"))
                throw new UserErrorException($"'{path}', line {line}: column '{splitColumn}' holds '{cell.Split}' but must hold train, test or validation.");
            cells.Add(cell);
        }
        return cells.Count > 0 ? cells : throw new UserErrorException($"'{path}' has a header but no rows.");
    }
}
