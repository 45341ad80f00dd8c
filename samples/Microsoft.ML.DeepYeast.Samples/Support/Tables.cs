using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Tables of figures on the console.</summary>
internal static class Tables
{
    /// <summary>A table of names on the left and numbers beside them.</summary>
    public static Table Create(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(columns[i]) { Alignment = i == 0 ? Justify.Left : Justify.Right, NoWrap = true };
            table.AddColumn(i == 0 ? column : column.Padding(0, 0, 1, 0));
        }
        return table;
    }

    /// <summary>Numbers of cells, a row a true class. Columns are numbered, because twelve names do not fit beside each other.</summary>
    public static Table Confusion(IReadOnlyList<string> classes, IReadOnlyList<IReadOnlyList<int>> counts)
    {
        Table table = Create(["", .. Enumerable.Range(1, classes.Count).Select(i => $"{i}")]);
        for (int i = 0; i < classes.Count; i++)
            table.AddRow([$"{i + 1,2} {Markup.Escape(classes[i])}", .. counts[i].Select((count, j) => count == 0 ? "." : i == j ? $"[bold]{count}[/]" : $"{count}")]);
        return table;
    }
}
