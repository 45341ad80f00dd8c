using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The vector column that a network reads.</summary>
internal static class FeatureColumn
{
    /// <summary>Finds the column and the shape of the cells in it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not a vector of floats of known size whose shape is known.</exception>
    public static (DataViewSchema.Column Column, CellShape Shape) Find(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw ColumnErrors.Missing(schema, "feature", name);
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw Mismatch(column, CellShape.DeepYeast);
        if (vector.Dimensions.Length == 3)
            return (column, new(vector.Dimensions[0], vector.Dimensions[1], vector.Dimensions[2]));
        return vector.Size == CellShape.DeepYeast.Size ? (column, CellShape.DeepYeast) : throw Mismatch(column, CellShape.DeepYeast);
    }

    /// <summary>Finds the column and checks that its cells are of a given shape; a plain vector of the right length will do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type or shape.</exception>
    public static DataViewSchema.Column Check(DataViewSchema schema, string name, CellShape shape)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw ColumnErrors.Missing(schema, "feature", name);
        bool fits = column.Type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType == NumberDataViewType.Single
            && vector.Size == shape.Size
            && (vector.Dimensions.Length != 3 || vector.Dimensions.SequenceEqual([shape.Channels, shape.Height, shape.Width]));
        return fits ? column : throw Mismatch(column, shape);
    }

    /// <summary>The check that can be made on an estimator's schema, which knows no sizes.</summary>
    public static void Check(SchemaShape schema, string name)
    {
        SchemaShape.Column column = ColumnShapes.Find(schema, "feature", name);
        if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single)
        {
            throw ColumnErrors.Mismatch(
                $"Feature column '{name}' is {ColumnShapes.Describe(column)} but must be a vector of floats of known size. Put DeepYeastPreprocess before the trainer.");
        }
    }

    private static ArgumentOutOfRangeException Mismatch(DataViewSchema.Column column, CellShape shape)
        => ColumnErrors.Mismatch(
            $"Feature column '{column.Name}' is {column.Type} but must be a vector of {shape.Size} floats in (channel, row, column) order ({shape}). Put DeepYeastPreprocess before the trainer.");
}
