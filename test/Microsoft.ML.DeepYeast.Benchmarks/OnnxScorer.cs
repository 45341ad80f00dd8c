using Microsoft.ML.DeepYeast.Benchmarks.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>A network in ONNX Runtime, float32, batch norms folded, on as many threads as libtorch has.</summary>
internal sealed class OnnxScorer : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly CellShape _cells;
    private readonly int _classCount;

    public OnnxScorer(Network network)
    {
        Network folded = network.FoldBatchNormalization();
        (_cells, _classCount) = (network.Graph.InputShape, network.Graph.ClassCount);
        using var settings = new SessionOptions { IntraOpNumThreads = TorchSharp.torch.get_num_threads(), GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        _session = new(OnnxWriter.Write(folded), settings);
    }

    /// <summary>Probabilities (n, K) of cells (n, C, H, W) that lie one behind the other.</summary>
    public float[] Score(float[] cells, int batchSize)
    {
        int count = cells.Length / _cells.Size;
        float[] probabilities = new float[count * _classCount];
        for (int start = 0; start < count; start += batchSize)
        {
            int rows = Math.Min(batchSize, count - start);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, cells.AsMemory(start * _cells.Size, rows * _cells.Size), [rows, _cells.Channels, _cells.Height, _cells.Width]);
            using OrtValue output = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, probabilities.AsMemory(start * _classCount, rows * _classCount), [rows, _classCount]);
            _session.Run(_options, [OnnxWriter.Input], [input], [OnnxWriter.Output], [output]);
        }
        return probabilities;
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
