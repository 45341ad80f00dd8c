namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Builds estimators' schemas.</summary>
internal static class ColumnShapes
{
    /// <summary>The schema with columns added; one of the same name is replaced.</summary>
    public static SchemaShape Append(SchemaShape schema, params SchemaShape.Column[] added)
        => new([.. schema.Where(column => added.All(other => other.Name != column.Name)), .. added]);
}
