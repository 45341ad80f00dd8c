using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Cells that lie in files, as a data view.</summary>
internal static class CellFiles
{
    // Enough to see what they have in common.
    private const int MissingFilesNamed = 5;

    /// <summary>The rows of a list file.</summary>
    public static IDataView LoadList(DataOperationsCatalog catalog, string listPath, string? imageFolder, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(listPath);
        ClassLabels.CheckNames(classNames);
        IReadOnlyList<CellFile> cells = CellList.Read(listPath, imageFolder ?? Path.GetDirectoryName(Path.GetFullPath(listPath))!, classNames);
        RequireAll(cells, listPath, "Give the folder that the paths start from.", CancellationToken.None);
        return ToDataView(catalog, cells, classNames);
    }

    /// <summary>The rows of a folder that has a folder for each class.</summary>
    public static IDataView LoadFolders(DataOperationsCatalog catalog, string folder)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        (IReadOnlyList<CellFile> cells, IReadOnlyList<string> classNames) = CellFolders.Read(folder);
        return ToDataView(catalog, cells, classNames);
    }

    /// <summary>Rows of ImagePath and Label and, where all paths say them, Plate, Well, Field and Protein: cells without a protein would else pass for cells of one.</summary>
    public static IDataView ToDataView(DataOperationsCatalog catalog, IReadOnlyList<CellFile> cells, IReadOnlyList<string> classNames)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(CellFile), SchemaDefinition.Direction.Read);
        ClassLabels.Of(classNames).Define(schema[nameof(CellFile.Label)]);
        if (!cells.All(cell => cell.IsNamed))
            schema.RemoveAll(column => column.ColumnName is nameof(CellFile.Plate) or nameof(CellFile.Well) or nameof(CellFile.Field) or nameof(CellFile.Protein));
        return catalog.LoadFromEnumerable(cells, schema);
    }

    /// <summary>Looks once whether each file is there.</summary>
    /// <exception cref="FileNotFoundException">Some are not; the message names the first of them, says how many, and ends with the remedy.</exception>
    public static void RequireAll(IReadOnlyList<CellFile> cells, string listPath, string remedy, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (string path in cells.Select(cell => cell.ImagePath))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!File.Exists(path))
                missing.Add(path);
        }
        if (missing.Count == 0)
            return;
        string first = string.Join("', '", missing.Take(MissingFilesNamed)), more = missing.Count > MissingFilesNamed ? ", ..." : "";
        throw new FileNotFoundException($"{missing.Count} of the {cells.Count} images in '{listPath}' are not there: '{first}'{more}. {remedy}", missing[0]);
    }
}
