using Microsoft.ML.Data;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>
/// An epoch of Fit against the same network as a TorchSharp user would first write it: a Sequential of modules, channels first, torch's Adam.
/// </summary>
internal static class TrainBenchmark
{
    private const int BatchSize = 64;

    public static Comparison Create(bool quick)
    {
        int cells = quick ? 128 : 256;
        double width = quick ? 0.1 : 1;
        var mlContext = new MLContext(seed: 1);
        IDataView features = CachedCells.Create(mlContext, cells);
        DeepYeastTrainer trainer = mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
        {
            Network = (shape, classes) => Networks.DeepYeast(shape, classes, width),
            Epochs = 1,
            BatchSize = BatchSize,
            Statistics = BatchNormalizationStatistics.MovingAverage,
        });

        float[][] values = [.. features.GetColumn<float[]>("Features")];
        Tensor images = tensor([.. values.SelectMany(value => value)], [cells, 2, 64, 64]);
        Tensor labels = arange(cells).remainder(LocalizationClasses.Main.Count);
        Sequential plain = Plain(width);
        var optimizer = optim.Adam(plain.parameters(), lr: 1e-3);
        return new("an epoch of Fit against plain TorchSharp (Sequential, channels first, torch's Adam)", cells,
            () => trainer.Fit(features).Dispose(), () => Epoch(plain, optimizer, images, labels), images, labels, plain, optimizer);
    }

    private static void Epoch(Sequential network, optim.Optimizer optimizer, Tensor images, Tensor labels)
    {
        network.train();
        for (int start = 0; start < images.shape[0]; start += BatchSize)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Tensor loss = functional.cross_entropy(network.call(images.narrow(0, start, BatchSize)), labels.narrow(0, start, BatchSize));
            loss.backward();
            optimizer.step();
            loss.item<float>();
        }
    }

    private static Sequential Plain(double width)
    {
        long Scaled(int units) => (long)Math.Ceiling(units * width);
        var layers = new List<Module<Tensor, Tensor>>();
        long channels = 2;
        foreach ((int filters, int depth) in new[] { (64, 2), (128, 2), (256, 4) })
        {
            for (int i = 0; i < depth; i++)
            {
                layers.AddRange([Conv2d(channels, Scaled(filters), 3, padding: 1), BatchNorm2d(Scaled(filters)), ReLU()]);
                channels = Scaled(filters);
            }
            layers.Add(MaxPool2d(2));
        }
        layers.Add(Flatten());
        long features = channels * 8 * 8;
        for (int i = 0; i < 2; i++)
        {
            layers.AddRange([Linear(features, Scaled(512)), BatchNorm1d(Scaled(512)), ReLU(), Dropout(0.5)]);
            features = Scaled(512);
        }
        layers.Add(Linear(features, LocalizationClasses.Main.Count));
        return Sequential(layers);
    }
}
