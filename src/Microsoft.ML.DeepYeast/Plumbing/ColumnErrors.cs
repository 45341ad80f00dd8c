namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Errors about columns, worded alike. ML.NET reports schema faults as <see cref="ArgumentOutOfRangeException"/>.</summary>
internal static class ColumnErrors
{
    public static ArgumentOutOfRangeException Missing(DataViewSchema schema, string role, string name)
        => Missing(schema.Where(column => !column.IsHidden).Select(column => column.Name), role, name);

    public static ArgumentOutOfRangeException Missing(SchemaShape schema, string role, string name)
        => Missing(schema.Select(column => column.Name), role, name);

    public static ArgumentOutOfRangeException Mismatch(string message) => new(paramName: null, message);

    private static ArgumentOutOfRangeException Missing(IEnumerable<string> names, string role, string name)
        => Mismatch($"There is no {role} column '{name}'. The columns are: {string.Join(", ", names.Select(known => $"'{known}'"))}.");
}
