using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>What a GPU does in a second: absolute figures, as such machines are not shared.</summary>
internal static class GpuBenchmarks
{
    public const string Prefix = "gpu-";

    /// <summary>Epochs of Fit with the reference's augmentation, without the first, in which libtorch warms up.</summary>
    public static IMeasurement Fit(bool quick, int batchSize, Precision precision) => new EpochsOnGpu(quick ? 512 : 65_000, batchSize, precision);

    /// <summary>Transform, and the scores read, from features in memory.</summary>
    public static IMeasurement Score(bool quick, Precision precision)
    {
        int cells = quick ? 512 : 32_768;
        var mlContext = new MLContext(seed: 1);
        IDataView features = CachedCells.Create(mlContext, cells);
        CachedCells.Read(features, "Features");
        DeepYeastPredictionTransformer model = mlContext.Transforms.DeepYeastClassify(Network.Initialize(Networks.DeepYeast(CellShape.DeepYeast, ScoreRow.ClassCount), new Random(1))).Fit(features);
        (model.Device, model.Precision) = (ComputeDevice.Cuda(), precision);
        IDataView predictions = model.Transform(features);
        return new Quantity($"features in memory to scores, DeepYeast in {precision} precision", "cells/s", () => cells / Comparison.Seconds(() => CachedCells.Read(predictions, "Score")), model);
    }

    /// <summary>The folded network alone, on cells that lie on the GPU.</summary>
    public static IMeasurement Forward(bool quick, int batchSize, Precision precision)
    {
        int batches = quick ? 2 : 65_536 / batchSize;
        TorchLibrary.EnsureLoaded();
        Network network = Network.Initialize(Networks.DeepYeast(CellShape.DeepYeast, ScoreRow.ClassCount), new Random(1)).FoldBatchNormalization();
        var loaded = new TorchNetwork(network, CUDA, bfloat16: precision == Precision.Mixed);
        loaded.PrepareScoring();
        Tensor cells = rand([batchSize, 2, 64, 64], device: CUDA).ToChannelsLast();
        return new Quantity($"DeepYeast in {precision} precision on cells that lie on the GPU, batches of {batchSize}", "cells/s", () => (long)batches * batchSize / Comparison.Seconds(() =>
        {
            using ProductRounding.Scope rounding = ProductRounding.Enter(precision, CUDA);
            using var noGrad = no_grad();
            for (int i = 0; i < batches; i++)
                loaded.Forward(cells, ForwardPass.Inference).Dispose();
            cuda.synchronize();
        }), loaded, cells);
    }

    private sealed class EpochsOnGpu(int cellCount, int batchSize, Precision precision) : IMeasurement
    {
        public Figure Measure(int rounds)
        {
            var mlContext = new MLContext(seed: 1);
            IDataView drawn = mlContext.Data.CreateSyntheticYeastCells(cellCount);
            IDataView features = mlContext.Transforms.Conversion.MapValueToKey("Label").Append(mlContext.Transforms.DeepYeastPreprocess()).Fit(drawn).Transform(drawn);
            double[] seconds = FitEpochs.Time(mlContext, features, rounds, new() { Device = ComputeDevice.Cuda(), Precision = precision, BatchSize = batchSize });
            return new($"an epoch of Fit on {cellCount} drawn cells, with augmentation, {precision} precision, batches of {batchSize}", "s", seconds,
                FormattableString.Invariant($"{cellCount / Figure.MedianOf(seconds):F0} cells/s"));
        }

        public void Dispose()
        {
        }
    }
}
