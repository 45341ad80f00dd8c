using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A network of the user's own on cells of three channels and 96 x 96 pixels, from image files to a loaded model.</summary>
[TestClass]
public sealed class CustomNetworkTests
{
    private static readonly CellShape s_shape = new(3, 96, 96);

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(96, 96)]
    [DataRow(120, 70)]
    public void Fit_ThreeChannelImages_ScoresBeforeAndAfterSavingAlike(int width, int height)
    {
        using var folder = new TemporaryFolder();
        IDataView files = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new PathRow
        {
            ImagePath = PngFile.Write(folder.File($"{i}.png"), width, height, seed: i),
            Label = $"class {i % 3}",
        }).ToArray());
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath"))
            .Append(_mlContext.Transforms.DeepYeastPreprocess(new()
            {
                Channels = [ImageChannel.Red, ImageChannel.Green, ImageChannel.Blue],
                Height = s_shape.Height,
                Width = s_shape.Width,
            }))
            .Append(Tiny.Trainer(_mlContext, options => options.Network = Residual));

        var model = pipeline.Fit(files);
        _mlContext.Model.Save(model, files.Schema, folder.File("model.zip"));
        ITransformer read = new MLContext().Model.Load(folder.File("model.zip"), out _);
        DeepYeastPredictionTransformer.Of(read).Device = ComputeDevice.Cpu;   // where it was trained
        float[][] loaded = Tiny.Scores(read.Transform(files));

        float[][] scores = Tiny.Scores(model.Transform(files));
        Assert.AreEqual(s_shape, model.LastTransformer.Model.Graph.InputShape);
        Assert.IsTrue(scores.All(row => row.Length == 3 && Math.Abs(row.Sum() - 1) < 1e-6));
        Assert.IsGreaterThan(1e-4f, Math.Abs(scores[0][0] - scores[1][0]));
        Assert.IsTrue(scores.Zip(loaded).All(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    [DataRow("DeepYeast")]
    [DataRow("ResNet50")]
    [DataRow("MobileNet")]
    [DataRow("DenseNet40_BC")]
    public void Fit_ArchitectureAsOption_GivesProbabilities(string name)
    {
        IDataView cells = Tiny.Cells(_mlContext, 8);

        using DeepYeastPredictionTransformer model = Tiny.Trainer(_mlContext, options => options.Network = (shape, classCount) => Architectures.Build(name, shape, classCount)).Fit(cells);

        Assert.AreEqual(name, model.Model.Graph.Name);
        Assert.IsTrue(Tiny.Scores(model.Transform(cells)).All(row => Math.Abs(row.Sum() - 1) < 1e-6));
    }

    private static NetworkGraph Residual(CellShape cells, int classCount) => new NetworkBuilder("Residual", cells)
        .Conv2D("conv1", 8, size: 5, stride: 2).BatchNormalization("bn1").Relu("relu1").MaxPooling2D("pool1", size: 2)
        .Conv2D("conv2", 8, size: 3).BatchNormalization("bn2").Add("add", "bn2", "pool1").Relu("relu2")
        .GlobalAveragePooling2D("mean").Dense("classes", classCount, ActivationFunction.Softmax).ToGraph();
}
