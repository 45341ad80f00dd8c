using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Scoring: Transform, and the scores read.</summary>
internal static class ScoreBenchmarks
{
    private static readonly int[] s_onnxBatchSizes = [1, 16, 64];

    /// <summary>Against ONNX Runtime at its best batch size.</summary>
    public static Comparison AgainstOnnx(Func<CellShape, int, NetworkGraph> architecture, Precision precision, int cells)
    {
        var sides = new Sides(architecture, precision, cells);
        var onnx = new OnnxScorer(sides.Network);
        float[] flat = [.. sides.Values.SelectMany(value => value)];
        RequireEqual(sides.Scores(), onnx.Score(flat, s_onnxBatchSizes[^1]), sides.Network.Graph.Name, precision);
        int best = s_onnxBatchSizes.MinBy(size =>
        {
            onnx.Score(flat, size);
            return Enumerable.Range(0, 3).Min(_ => Comparison.Seconds(() => onnx.Score(flat, size)));
        });
        return new($"scoring with {sides.Network.Graph.Name} in {precision} precision against ONNX Runtime (float32, norms folded, batches of {best}, the best of {string.Join(", ", s_onnxBatchSizes)})",
            cells, sides.Read, () => onnx.Score(flat, best), sides, onnx);
    }

    /// <summary>Against the same network in plain TorchSharp modules, in batches of 64.</summary>
    public static Comparison AgainstPlain(Func<CellShape, int, NetworkGraph> architecture, Precision precision, int cells)
    {
        const int batchSize = 64;
        var sides = new Sides(architecture, precision, cells);
        Tensor all = tensor([.. sides.Values.SelectMany(value => value)], [cells, 2, 64, 64]);
        Module<Tensor, Tensor> plain = PlainNetwork.Create(sides.Network.Graph);
        plain.eval();
        return new($"scoring with {sides.Network.Graph.Name} in {precision} precision against plain TorchSharp (modules, channels first, float32)", cells, sides.Read, Theirs, sides, all, plain) { TheirsOnSystemHeap = true };

        void Theirs()
        {
            using var noGrad = no_grad();
            for (int start = 0; start < cells; start += batchSize)
            {
                using var scope = NewDisposeScope();
                plain.call(all.narrow(0, start, Math.Min(batchSize, cells - start))).softmax(1).data<float>().ToArray();
            }
        }
    }

    /// <summary>Against the way of ML.NET's own deep-learning transformers: a row mapper that gives the network one row at a time.</summary>
    public static Comparison AgainstRows(Func<CellShape, int, NetworkGraph> architecture, int cells)
    {
        var sides = new Sides(architecture, Precision.Auto, cells);
        Module<Tensor, Tensor> plain = PlainNetwork.Create(sides.Network.Graph);
        plain.eval();
        IDataView rows = sides.Context.Transforms.CustomMapping<CellRow, ScoreRow>((cell, prediction) =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            prediction.Score = plain.call(tensor(cell.Features, [1, 2, 64, 64])).softmax(1).data<float>().ToArray();
        }, contractName: null).Fit(sides.Features).Transform(sides.Features);
        return new("scoring in batches against a row mapper (plain TorchSharp, one cell at a time, on as many rows at once as ML.NET will)", cells, sides.Read, () => CachedCells.Read(rows, "Score"), sides, plain) { TheirsOnSystemHeap = true };
    }

    /// <summary>One cell in a prediction engine against ONNX Runtime with a batch of one.</summary>
    public static Comparison Engine(Func<CellShape, int, NetworkGraph> architecture, int cells)
    {
        var sides = new Sides(architecture, Precision.Auto, cells);
        var onnx = new OnnxScorer(sides.Network);
        PredictionEngine<CellRow, ScoreRow> engine = sides.Context.Model.CreatePredictionEngine<CellRow, ScoreRow>(sides.Model);
        CellRow[] rows = [.. sides.Values.Select(value => new CellRow { Features = value })];
        return new("a prediction engine, one cell at a time, against ONNX Runtime in batches of 1", cells, () =>
        {
            foreach (CellRow row in rows)
                engine.Predict(row);
        }, () =>
        {
            foreach (CellRow row in rows)
                onnx.Score(row.Features, 1);
        }, engine, sides, onnx);
    }

    private static void RequireEqual(float[] ours, float[] theirs, string network, Precision precision)
    {
        float difference = ours.Zip(theirs, (own, other) => Math.Abs(own - other)).Max();
        float allowed = precision == Precision.Mixed ? 0.05f : 1e-5f;
        if (!(difference <= allowed))
            throw new InvalidOperationException($"The probabilities of {network} differ by {difference} between the two sides, which are to do the same work.");
    }

    /// <summary>Cells in memory, and a model whose scores are read.</summary>
    private sealed class Sides : IDisposable
    {
        private readonly IDataView _predictions;

        public Sides(Func<CellShape, int, NetworkGraph> architecture, Precision precision, int cells)
        {
            Features = CachedCells.Create(Context, cells);
            Values = [.. Features.GetColumn<float[]>("Features")];
            Network = Network.Initialize(architecture(CellShape.DeepYeast, ScoreRow.ClassCount), new Random(1));
            Model = Context.Transforms.DeepYeastClassify(Network).Fit(Features);
            Model.Precision = precision;
            _predictions = Model.Transform(Features);
        }

        public MLContext Context { get; } = new(seed: 1);

        public IDataView Features { get; }

        public float[][] Values { get; }

        public Network Network { get; }

        public DeepYeastPredictionTransformer Model { get; }

        public void Read() => CachedCells.Read(_predictions, "Score");

        public float[] Scores() => [.. _predictions.GetColumn<float[]>("Score").SelectMany(score => score)];

        public void Dispose() => Model.Dispose();
    }
}
