using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Drawn cells as both sides of a comparison read them: labels and features, held in memory.</summary>
internal static class CachedCells
{
    public static IDataView Create(MLContext mlContext, int count)
    {
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(count);
        return mlContext.Data.Cache(mlContext.Transforms.Conversion.MapValueToKey("Label").Append(mlContext.Transforms.DeepYeastPreprocess())
            .Append(mlContext.Transforms.SelectColumns("Label", "Features")).Fit(drawn).Transform(drawn));
    }

    /// <summary>Reads a column, a vector of floats, of all rows.</summary>
    public static void Read(IDataView view, string name)
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
            get(ref value);
    }
}
