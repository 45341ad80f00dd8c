using System.Net;
using System.Text;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="IsText">Whether it holds words, which begin on the left, and not numbers.</param>
internal readonly record struct TableColumn(string Name, bool IsText = false);

/// <summary>Writes HTML. Every text is encoded.</summary>
internal sealed class HtmlWriter
{
    // Longer tables are folded.
    private const int MostUnfoldedRows = 24;

    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>What was written so far.</summary>
    public override string ToString() => _text.ToString();

    public void Open(string element, params (string Name, string Value)[] attributes)
    {
        Begin(element, attributes);
        _text.Append('>');
        _open.Push(element);
    }

    /// <summary>Closes the element that was opened last.</summary>
    public void Close() => _text.Append("</").Append(_open.Pop()).Append(">\n");

    public void Text(string text) => _text.Append(WebUtility.HtmlEncode(text));

    /// <summary>Markup that is whole in itself.</summary>
    public void Markup(string markup) => _text.Append(markup);

    public void Element(string element, string text, params (string Name, string Value)[] attributes)
    {
        Open(element, attributes);
        Text(text);
        Close();
    }

    /// <summary>An element that HTML never closes; the slash makes the page XML as well.</summary>
    public void Empty(string element, params (string Name, string Value)[] attributes)
    {
        Begin(element, attributes);
        _text.Append("/>\n");
    }

    public void Paragraph(string text) => Element("p", text);

    /// <summary>A table whose rows begin with their names.</summary>
    public void Table(string caption, IReadOnlyList<TableColumn> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        OpenBody(caption, columns);
        foreach (IReadOnlyList<string> row in rows)
            WriteRow(columns, row, afterName: null);
        Close();
        CloseTable();
    }

    /// <summary>The same with markers of a plot behind the names.</summary>
    /// <param name="caption">What it holds.</param>
    /// <param name="kind">What the markers are of: a name that no other such table of the page has.</param>
    /// <param name="columns">The columns without that of the markers.</param>
    /// <param name="rows">The index of the marker, and the fields of the columns.</param>
    public void MarkTable(string caption, string kind, IReadOnlyList<TableColumn> columns, IEnumerable<(int Mark, string[] Fields)> rows)
    {
        OpenBody(caption, [columns[0], new("Marker", IsText: true), .. columns.Skip(1)]);
        foreach ((int mark, string[] fields) in rows)
        {
            WriteRow(columns, fields, () =>
            {
                Open("td", ("class", "text mark"));
                Markup(ReportPlots.Mark(mark, kind));
                Text($" {ReportPlots.MarkName(mark)}");
                Close();
            });
        }
        Close();
        CloseTable();
    }

    /// <summary>Begins a table, which scrolls by itself where it is wider than the page.</summary>
    public void OpenTable(string caption, params (string Name, string Value)[] attributes)
    {
        Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", caption));
        Open("table", attributes);
        Element("caption", caption);
    }

    public void CloseTable()
    {
        Close();
        Close();
    }

    /// <summary>What a reader may want to unfold.</summary>
    public void Details(string summary, bool printed, Action content)
    {
        Open("details", printed ? [("class", "printed")] : []);
        Element("summary", summary);
        content();
        Close();
    }

    /// <summary>A plot and the words below it.</summary>
    public void Figure(string svg, string caption)
    {
        Open("figure");
        Markup(svg);
        Element("figcaption", caption);
        Close();
    }

    /// <summary>What is folded where it has many rows.</summary>
    public void Fold(string summary, int rows, Action content, bool printed = true)
    {
        if (rows <= MostUnfoldedRows)
            content();
        else
            Details($"{summary} ({ReportText.Number(rows)} rows)", printed, content);
    }

    private void OpenBody(string caption, IReadOnlyList<TableColumn> columns)
    {
        OpenTable(caption);
        Open("thead");
        Open("tr");
        foreach (TableColumn column in columns)
            Element("th", column.Name, [("scope", "col"), .. ClassOf(column)]);
        Close();
        Close();
        Open("tbody");
    }

    private void WriteRow(IReadOnlyList<TableColumn> columns, IReadOnlyList<string> fields, Action? afterName)
    {
        Open("tr");
        Element("th", fields[0], [("scope", "row"), .. ClassOf(columns[0])]);
        afterName?.Invoke();
        for (int i = 1; i < fields.Count; i++)
            Element("td", fields[i], ClassOf(columns[i]));
        Close();
    }

    private void Begin(string element, (string Name, string Value)[] attributes)
    {
        _text.Append('<').Append(element);
        foreach ((string name, string value) in attributes)
            _text.Append(' ').Append(name).Append("=\"").Append(WebUtility.HtmlEncode(value)).Append('"');
    }

    private static (string, string)[] ClassOf(TableColumn column) => column.IsText ? [("class", "text")] : [];
}
