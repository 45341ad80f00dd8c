using TorchSharp;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Every benchmark by its name. Each gets whether it is only to show that it runs.</summary>
internal static class Benchmarks
{
    public static IReadOnlyDictionary<string, Func<bool, IMeasurement>> All { get; } = new Dictionary<string, Func<bool, IMeasurement>>
    {
        ["train-mixed"] = quick => TrainBenchmarks.Step(DeepYeast(quick), Precision.Mixed, Steps(quick)),
        ["train-full"] = quick => TrainBenchmarks.Step(DeepYeast(quick), Precision.Full, Steps(quick)),
        ["train-same-heap"] = quick => TrainBenchmarks.Step(DeepYeast(quick), Precision.Auto, Steps(quick), sameHeap: true),
        ["train-resnet50"] = quick => TrainBenchmarks.Step(Networks.ResNet50, Precision.Auto, Steps(quick)),
        ["train-mobilenet"] = quick => TrainBenchmarks.Step(Networks.MobileNet, Precision.Auto, Steps(quick)),
        ["train-densenet40"] = quick => TrainBenchmarks.Step(Networks.DenseNet40_BC, Precision.Auto, Steps(quick)),
        ["train-muon"] = quick => TrainBenchmarks.Muon((shape, classes) => Networks.DeepYeastPooled(shape, classes, quick ? 0.05 : 0.25), 5 * Steps(quick)),
        ["train-muon-mobilenet"] = quick => TrainBenchmarks.Muon(Networks.MobileNet, Steps(quick)),
        ["overhead"] = TrainBenchmarks.Overhead,
        ["fit"] = TrainBenchmarks.Fit,
        ["checkpoint"] = TrainBenchmarks.Checkpoint,
        ["score-mixed"] = quick => ScoreBenchmarks.AgainstOnnx(DeepYeast(quick), Precision.Mixed, Cells(quick)),
        ["score-full"] = quick => ScoreBenchmarks.AgainstOnnx(DeepYeast(quick), Precision.Full, Cells(quick)),
        ["score-rows"] = quick => ScoreBenchmarks.AgainstRows(DeepYeast(quick), Cells(quick)),
        ["score-resnet50"] = quick => ScoreBenchmarks.AgainstPlain(Networks.ResNet50, Precision.Mixed, Cells(quick)),
        ["score-mobilenet"] = quick => ScoreBenchmarks.AgainstPlain(Networks.MobileNet, Precision.Mixed, Cells(quick)),
        ["score-densenet40"] = quick => ScoreBenchmarks.AgainstPlain(Networks.DenseNet40_BC, Precision.Mixed, Cells(quick)),
        ["onnx-resnet50"] = quick => ScoreBenchmarks.AgainstOnnx(Networks.ResNet50, Precision.Full, Cells(quick)),
        ["onnx-mobilenet"] = quick => ScoreBenchmarks.AgainstOnnx(Networks.MobileNet, Precision.Full, Cells(quick)),
        ["onnx-resnet50-mixed"] = quick => ScoreBenchmarks.AgainstOnnx(Networks.ResNet50, Precision.Mixed, Cells(quick)),
        ["onnx-mobilenet-mixed"] = quick => ScoreBenchmarks.AgainstOnnx(Networks.MobileNet, Precision.Mixed, Cells(quick)),
        ["engine"] = quick => ScoreBenchmarks.Engine(DeepYeast(quick), Cells(quick) / 8),
        ["files"] = FilesBenchmark.Create,
        ["start"] = ProcessBenchmarks.Start,
        ["memory"] = ProcessBenchmarks.Memory,
        ["gpu-fit-64"] = quick => GpuBenchmarks.Fit(quick, 64, Precision.Auto),
        ["gpu-fit-256"] = quick => GpuBenchmarks.Fit(quick, 256, Precision.Auto),
        ["gpu-fit-1024"] = quick => GpuBenchmarks.Fit(quick, 1024, Precision.Auto),
        ["gpu-fit-tf32"] = quick => GpuBenchmarks.Fit(quick, 256, Precision.TensorFloat32),
        ["gpu-fit-full"] = quick => GpuBenchmarks.Fit(quick, 256, Precision.Full),
        ["gpu-score-mixed"] = quick => GpuBenchmarks.Score(quick, Precision.Mixed),
        ["gpu-score-full"] = quick => GpuBenchmarks.Score(quick, Precision.Full),
        ["gpu-forward-mixed"] = quick => GpuBenchmarks.Forward(quick, 1024, Precision.Mixed),
        ["gpu-forward-tf32"] = quick => GpuBenchmarks.Forward(quick, 1024, Precision.TensorFloat32),
        ["draw"] = DrawBenchmarks.CreateCores,
        ["read"] = DrawBenchmarks.CreatePreprocessed,
    };

    private static Func<CellShape, int, NetworkGraph> DeepYeast(bool quick) => (shape, classes) => Networks.DeepYeast(shape, classes, quick ? 0.1 : 1);

    private static int Steps(bool quick) => quick ? 1 : torch.cuda.is_available() ? 100 : 3;

    private static int Cells(bool quick) => quick ? 16 : 512;
}
