using System.Text.RegularExpressions;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// What the path of a cell says, as the reference names them: <c>plate11/007016000-6-16000-19.png</c> is plate, well (row 007, column 016), field 6, and then the cell.
/// </summary>
/// <param name="Plate">For example <c>plate11</c>.</param>
/// <param name="Well">Plate, row and column, three digits each: <c>plate11/007016</c>.</param>
/// <param name="Field">The field of view: <c>plate11/007016000-6</c>.</param>
/// <param name="Protein">The well: it holds one strain, in which one protein is tagged.</param>
internal readonly partial record struct CellName(ReadOnlyMemory<char> Plate, ReadOnlyMemory<char> Well, ReadOnlyMemory<char> Field, ReadOnlyMemory<char> Protein)
{
    /// <summary>Reads a path with slashes; null where it is of another kind.</summary>
    public static CellName? Of(string path)
    {
        GroupCollection groups = Pattern().Match(path).Groups;
        if (!groups[0].Success)
            return null;
        ReadOnlyMemory<char> well = Through(groups[2]);
        return new(Through(groups[1]), well, Through(groups[3]), Protein: well);

        // With the plate in front, each is one and the same only where it is the same.
        ReadOnlyMemory<char> Through(Group part) => path.AsMemory(groups[1].Index, part.Index + part.Length - groups[1].Index);
    }

    [GeneratedRegex("(?:^|/)([^/]+)/([0-9]{6})[0-9]{3}-([0-9]+)-[^/]+$")]
    private static partial Regex Pattern();
}
