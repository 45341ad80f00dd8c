namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>A cell that lies in a file, as a row of a data view: its public properties are the columns.</summary>
/// <param name="folder">Full path of the folder that the path starts from.</param>
/// <param name="path">Its path, with slashes.</param>
/// <param name="classIndex">Its class, from 0.</param>
internal sealed class CellFile(string folder, string path, int classIndex)
{
    private readonly CellName? _name = CellName.Of(path);

    // Put together when it is read: 65,000 rows then hold their short paths only.
    public string ImagePath => Path.GetFullPath(path, folder);

    public uint Label => (uint)classIndex;   // LoadFromEnumerable counts the values of a key from 0, and adds the 1

    public ReadOnlyMemory<char> Plate => _name.GetValueOrDefault().Plate;

    public ReadOnlyMemory<char> Well => _name.GetValueOrDefault().Well;

    public ReadOnlyMemory<char> Field => _name.GetValueOrDefault().Field;

    public ReadOnlyMemory<char> Protein => _name.GetValueOrDefault().Protein;

    /// <summary>Whether the path says plate, well and field.</summary>
    internal bool IsNamed => _name is not null;
}
