using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Reads and builds estimators' schemas.</summary>
internal static class ColumnShapes
{
    /// <exception cref="ArgumentOutOfRangeException">There is none of this name.</exception>
    public static SchemaShape.Column Find(SchemaShape schema, string role, string name)
        => schema.TryFindColumn(name, out SchemaShape.Column column) ? column : throw ColumnErrors.Missing(schema, role, name);

    /// <summary>The column's type in words.</summary>
    public static string Describe(SchemaShape.Column column) => column.GetTypeString();

    /// <summary>A vector of floats of known size, without annotations.</summary>
    public static SchemaShape.Column Floats(string name)
        => new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false);

    /// <summary>A column of single values, without annotations.</summary>
    public static SchemaShape.Column Scalar(string name, DataViewType type) => new(name, SchemaShape.Column.VectorKind.Scalar, type, isKey: false);

    /// <summary>The schema with columns added; one of the same name is replaced.</summary>
    public static SchemaShape Append(SchemaShape schema, params SchemaShape.Column[] added)
        => new([.. schema.Where(column => added.All(other => other.Name != column.Name)), .. added]);
}
