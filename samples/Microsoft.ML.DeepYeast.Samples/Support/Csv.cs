using System.Text;

namespace DeepYeastSamples;

/// <summary>A comma-separated file with a header line: RFC 4180, so fields in quotes may hold commas, quotes ("") and line ends.</summary>
internal sealed class Csv
{
    private readonly string[] _header;

    private Csv(string path, string[] header, IReadOnlyList<Record> records) => (Path, _header, Records) = (path, header, records);

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>A row, and the line on which it begins.</summary>
    public readonly record struct Record(int Line, string[] Fields);

    public IReadOnlyList<Record> Records { get; }

    public static Csv Read(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"There is no file '{path}'.");
        List<Record> records = [.. Parse(path, File.ReadAllText(path))];
        if (records.Count == 0)
            throw new UserErrorException($"'{path}' is empty; it needs a header line with the names of the columns.");
        string[] header = records[0].Fields;
        records.RemoveAt(0);
        foreach (Record record in records)
        {
            if (record.Fields.Length != header.Length)
                throw new UserErrorException($"'{path}', line {record.Line}: {record.Fields.Length} fields, but the header has {header.Length}.");
        }
        return new(path, header, records);
    }

    /// <summary>The place of a column.</summary>
    public int Column(string name)
    {
        int index = Array.IndexOf(_header, name);
        return index >= 0 ? index : throw new UserErrorException($"'{Path}' has no column '{name}'. Its columns: {string.Join(", ", _header)}.");
    }

    private static IEnumerable<Record> Parse(string path, string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1, firstLine = 1, quoteLine = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n')
                line++;
            if (quoted)
            {
                if (c != '"')
                    field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"')
                    field.Append(text[++i]);
                else
                    quoted = false;
            }
            else if (c == '"' && field.Length == 0)
                (quoted, quoteLine) = (true, line);
            else if (c == ',')
                EndField();
            else if (c == '\n')
            {
                if (fields.Count > 0 || field.Length > 0)   // else a blank line
                    yield return EndRecord();
                firstLine = line;
            }
            else if (c != '\r')
                field.Append(c);
        }
        if (quoted)
            throw new UserErrorException($"'{path}', line {quoteLine}: the quote that begins there has no end.");
        if (fields.Count > 0 || field.Length > 0)
            yield return EndRecord();

        void EndField()
        {
            fields.Add(field.ToString());
            field.Clear();
        }

        Record EndRecord()
        {
            EndField();
            var record = new Record(firstLine, [.. fields]);
            fields.Clear();
            return record;
        }
    }
}
