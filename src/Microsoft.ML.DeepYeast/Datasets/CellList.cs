using System.Globalization;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>A text file that lists cells, one a line: a path, a space or tab, and the index of the class, from 0. Empty lines are passed over.</summary>
internal static class CellList
{
    // What an error quotes of a line; a file that is no list at all can have lines of any length.
    private const int CharactersQuoted = 80;

    /// <exception cref="FormatException">A line is of another form, or its class is none; the message has file, line number and what was found.</exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static IReadOnlyList<CellFile> Read(string listPath, string imageFolder, IReadOnlyList<string> classNames)
    {
        string folder = Path.GetFullPath(imageFolder);
        var cells = new List<CellFile>();
        int number = 0;
        foreach (string line in File.ReadLines(listPath))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                cells.Add(Parse(line, folder, classNames, listPath, number));
        }
        return cells.Count > 0 ? cells : throw new FormatException($"'{listPath}' lists no cells. {Form}");
    }

    private static string Form => "A line must be a path, a space and the index of the class, as in 'plate11/007016000-6-16000-19.png 3'.";

    private static CellFile Parse(string line, string folder, IReadOnlyList<string> classNames, string listPath, int number)
    {
        string text = line.Trim();
        int gap = text.LastIndexOfAny([' ', '\t']);
        if (gap < 0 || text.Contains('\0') || !int.TryParse(text.AsSpan(gap + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
            throw Malformed($"is '{(text.Length > CharactersQuoted ? $"{text[..CharactersQuoted]}..." : text)}'. {Form}");
        if (index < 0 || index >= classNames.Count)
            throw Malformed($"has the class {index}, but the {classNames.Count} classes are 0 to {classNames.Count - 1}: {string.Join(", ", classNames)}.");
        return new(folder, text[..gap].TrimEnd().Replace(Path.DirectorySeparatorChar, '/'), index);

        FormatException Malformed(string what) => new(FormattableString.Invariant($"Line {number} of '{listPath}' {what}"));
    }
}
