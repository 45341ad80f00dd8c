using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>A network of one's own, for cells of one's own: three channels of 96 x 96 pixels, preprocessed, trained on, scored, saved and loaded.</summary>
internal static class CustomNetworkSample
{
    private static readonly string[] s_classes = ["nucleus", "cytoplasm", "mitochondrion", "cell periphery"];

    private static readonly Option<string> OutOption = new("--out")
    {
        Description = "Where the model is saved.",
        HelpName = "FILE.zip",
        DefaultValueFactory = _ => "models/custom-network.zip",
    };
    private static readonly Option<int> EpochsOption = new("--epochs")
    {
        Description = "How often the training goes over all cells.",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };

    public static Command Command()
    {
        var command = new Command("custom-network", "Trains a small residual network of one's own on drawn cells of 3 x 96 x 96, saves and loads it.") { OutOption, EpochsOption };
        command.SetAction(Run);
        return command;
    }

    // The network: any function from the cells' shape and the number of classes to a graph.
    private static NetworkGraph ThreeStains(CellShape cells, int classCount)
    {
        var net = new NetworkBuilder("ThreeStains", cells);                                                         // 3 x 96 x 96
        net.Conv2D("conv1", 16, size: 5, stride: 2).BatchNormalization("bn1").Relu("relu1").MaxPooling2D("pool1", size: 2);
        net.Conv2D("conv2", 32, size: 3).BatchNormalization("bn2").Relu("relu2");                                   // 32 x 24 x 24
        net.Conv2D("conv3", 32, size: 3).BatchNormalization("bn3").Add("add", "bn3", "relu2").Relu("relu3");
        net.MaxPooling2D("pool2", size: 2).Conv2D("conv4", 64, size: 3).BatchNormalization("bn4").Relu("relu4");    // 64 x 12 x 12
        return net.GlobalAveragePooling2D("mean").Dense("classes", classCount).Softmax("predictions").ToGraph();
    }

    private static void Run(ParseResult parsed)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView training = mlContext.Data.CreateSyntheticYeastCells(480, seed: 1, s_classes), test = mlContext.Data.CreateSyntheticYeastCells(120, seed: 2, s_classes);

        // Drawn cells are 64 x 64 without blue: they are scaled up, and the third channel stays black. Yours may hold another stain there.
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.Transforms.DeepYeastPreprocess(new() { Channels = [ImageChannel.Red, ImageChannel.Green, ImageChannel.Blue], Height = 96, Width = 96 }))
            .Append(mlContext.MulticlassClassification.Trainers.DeepYeast(new DeepYeastTrainer.Options
            {
                Network = ThreeStains,
                Epochs = parsed.GetValue(EpochsOption),
                ProgressCallback = report => Show(report),
                CancellationToken = Interruption.Token,
            }));
        Console.Write(ThreeStains(new CellShape(3, 96, 96), s_classes.Length).Summary());
        var model = pipeline.Fit(training);
        IDataView predictions = model.Transform(test);
        Console.WriteLine($"{mlContext.MulticlassClassification.Evaluate(predictions).MicroAccuracy:P0} of {test.GetColumn<string>("Label").Count()} cells that it did not train on are right.");

        string path = parsed.GetRequiredValue(OutOption);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        mlContext.Model.SaveAtomically(model, training.Schema, path);
        IDataView again = new MLContext().Model.Load(path, out _).Transform(test);   // the file holds the network; no code of this sample is needed
        bool same = predictions.GetColumn<float[]>("Score").Zip(again.GetColumn<float[]>("Score")).All(pair => pair.First.SequenceEqual(pair.Second));
        Console.WriteLine($"Saved {path}. Loaded again, it gives {(same ? "the same" : "other")} scores.");
    }

    private static void Show(TrainingProgress report)
    {
        if (report.Phase == TrainingPhase.EpochCompleted)
            Console.WriteLine($"Epoch {report.Epoch} of {report.EpochCount}: loss {report.Loss:F3}, accuracy {report.Accuracy:P0}, {report.Elapsed.TotalSeconds:F0} s");
    }
}
