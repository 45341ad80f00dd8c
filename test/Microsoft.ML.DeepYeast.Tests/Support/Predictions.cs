namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Rows as a classifier gives them, with classes, scores and groups that a test chooses.</summary>
internal static class Predictions
{
    /// <summary>A cell: its class from 0, or -1 where the label is missing; a score for each class; its group.</summary>
    public sealed record Cell(int Class, double[] Scores, string Group = "");

    private sealed class Row<T>
    {
        public uint Label { get; set; }

        public T[] Score { get; set; } = [];

        public string Group { get; set; } = "";
    }

    /// <summary>Scores as floats.</summary>
    /// <param name="mlContext">Makes the view.</param>
    /// <param name="cells">The rows.</param>
    /// <param name="scored">Names of the scores; null for scores without names.</param>
    /// <param name="labelled">Names of the label's keys; null for those of the scores.</param>
    /// <param name="keys">Number of keys; null for that of the scores or names.</param>
    public static IDataView Floats(MLContext mlContext, IEnumerable<Cell> cells, string[]? scored = null, string[]? labelled = null, int? keys = null)
        => Create(mlContext, cells, value => (float)value, NumberDataViewType.Single, scored, labelled, keys);

    /// <summary>Scores as doubles.</summary>
    public static IDataView Doubles(MLContext mlContext, IEnumerable<Cell> cells, string[]? scored = null)
        => Create(mlContext, cells, value => value, NumberDataViewType.Double, scored, null, null);

    private static IDataView Create<T>(MLContext mlContext, IEnumerable<Cell> cells, Func<double, T> convert, DataViewType type, string[]? scored, string[]? labelled, int? keys)
    {
        // ML.NET counts the keys of objects from 0, and takes one that is too high for missing.
        Row<T>[] rows = [.. cells.Select(cell => new Row<T> { Label = unchecked((uint)cell.Class), Score = [.. cell.Scores.Select(convert)], Group = cell.Group })];
        int slots = rows.Length == 0 ? scored!.Length : rows[0].Score.Length;
        var schema = SchemaDefinition.Create(typeof(Row<T>));
        schema["Score"].ColumnType = new VectorDataViewType((PrimitiveDataViewType)type, slots);
        labelled ??= scored;
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), keys ?? labelled?.Length ?? slots);
        if (scored is not null)
            Name("Score", "SlotNames", scored);
        if (labelled is not null)
            Name("Label", "KeyValues", labelled);
        return mlContext.Data.LoadFromEnumerable(rows, schema);

        void Name(string column, string kind, string[] names) => schema[column].AddAnnotation(
            kind, new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, names.Length));
    }
}
