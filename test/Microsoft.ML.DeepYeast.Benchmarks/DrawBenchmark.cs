using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Drawing synthetic cells, which uses all cores, against drawing and preprocessing them.</summary>
internal static class DrawBenchmark
{
    public static Comparison Create(bool quick)
    {
        int cells = quick ? 256 : 4096;
        var mlContext = new MLContext(seed: 1);
        IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(cells);
        IDataView features = mlContext.Transforms.DeepYeastPreprocess().Fit(drawn).Transform(drawn);
        return new("drawing cells against drawing and preprocessing them", cells, () => ReadAll(drawn), () => ReadAll(features));
    }

    internal static void ReadAll(IDataView view)
    {
        DataViewSchema.Column last = view.Schema[view.Schema.Count - 1];
        using DataViewRowCursor cursor = view.GetRowCursor([last]);
        if (last.Type is VectorDataViewType)
        {
            VBuffer<float> value = default;
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(last);
            while (cursor.MoveNext())
                get(ref value);
        }
        else
        {
            while (cursor.MoveNext())
            {
            }
        }
    }
}
