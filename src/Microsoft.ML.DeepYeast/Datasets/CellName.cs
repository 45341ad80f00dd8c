using System.Text.RegularExpressions;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// What the path of a cell says, as the reference names them: <c>plate11/007016000-6-16000-19.png</c> is plate, well (row 007, column 016), field 6, and then the cell.
/// </summary>
/// <param name="Plate">For example <c>plate11</c>.</param>
/// <param name="Well">Row and column, three digits each: <c>007016</c>.</param>
/// <param name="Field">Number of the field of view in the well.</param>
/// <param name="Protein">Plate and well, <c>plate11/007016</c>: a well holds one strain, in which one protein is tagged.</param>
internal readonly partial record struct CellName(ReadOnlyMemory<char> Plate, ReadOnlyMemory<char> Well, ReadOnlyMemory<char> Field, ReadOnlyMemory<char> Protein)
{
    /// <summary>Reads a path with slashes; null where it is of another kind.</summary>
    public static CellName? Of(string path)
    {
        GroupCollection groups = Pattern().Match(path).Groups;
        if (!groups[0].Success)
            return null;
        Group plate = groups[1], well = groups[2];
        return new(Slice(plate), Slice(well), Slice(groups[3]), path.AsMemory(plate.Index, well.Index + well.Length - plate.Index));

        ReadOnlyMemory<char> Slice(Group part) => path.AsMemory(part.Index, part.Length);
    }

    [GeneratedRegex("(?:^|/)([^/]+)/([0-9]{6})[0-9]{3}-([0-9]+)-[^/]+$")]
    private static partial Regex Pattern();
}
