namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class EstimatorContractTests
{
    // More than one batch of 64, and a last one that is not full.
    private const int RowCount = 70;

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Trainer_KeyWithTextValues_KeepsContract()
    {
        var contract = new EstimatorContract(_mlContext)
        {
            Invalid = [_mlContext.Transforms.DropColumns("Features").Fit(Labelled()).Transform(Labelled()), WithScalarFeatures()],
            TransformOnly = [_mlContext.Transforms.DropColumns("Label").Fit(Labelled()).Transform(Labelled())],
        };

        contract.Check(Tiny.Trainer(_mlContext), Labelled());
    }

    [TestMethod]
    public void Trainer_KeyWithoutValues_KeepsContract()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(RowCount).Select(row => new NumberedRow { Features = row.Features, Label = (uint)(row.Id % 3) }));

        new EstimatorContract(_mlContext).Check(Tiny.Trainer(_mlContext), data);
    }

    [TestMethod]
    public void Trainer_KeyWithIntegerValues_KeepsContract()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(RowCount).Select(row => new IntegerRow { Features = row.Features, Label = row.Id % 3 * 10 }));
        data = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

        new EstimatorContract(_mlContext).Check(Tiny.Trainer(_mlContext), data);
    }

    [TestMethod]
    [DataRow("conv")]
    [DataRow("pool")]
    public void Features_AMapOrAVector_KeepsContract(string layerName)
    {
        Network network = Tiny.Fit(_mlContext).Model;
        var contract = new EstimatorContract(_mlContext) { Invalid = [WithScalarFeatures()] };

        contract.Check(_mlContext.Transforms.DeepYeastFeatures(network, layerName, outputColumnName: "Embedding"), Labelled());
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("Overlay")]
    public void Explain_MapsAndImages_KeepsContract(string? overlay)
    {
        var contract = new EstimatorContract(_mlContext) { Invalid = [WithScalarFeatures()] };

        contract.Check(_mlContext.Transforms.DeepYeastExplain(Tiny.Fit(_mlContext), new() { OverlayColumnName = overlay }), Labelled());
    }

    [TestMethod]
    public void LoadCellImages_OneFileOrOneAChannel_KeepsContract()
    {
        using var folder = new TemporaryFolder();
        var rows = Enumerable.Range(0, 3).Select(i => new TiffRow
        {
            ImagePath = TiffFile.Write(folder.File($"both{i}.tif"), TiffPage.Random<ushort>(5, 4, seed: i), TiffPage.Random<ushort>(5, 4, seed: 9 + i)),
            GreenPath = TiffFile.Write(folder.File($"green{i}.tif"), TiffPage.Random<float>(5, 4, seed: i)),
        });
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows.ToArray());
        var contract = new EstimatorContract(_mlContext) { Invalid = [Labelled()] };

        contract.Check(_mlContext.Transforms.LoadCellImages(new CellImageLoadingEstimator.Options { Shape = new(2, 5, 4) }), data);
        contract.Check(_mlContext.Transforms.LoadCellImages(new CellImageLoadingEstimator.Options { Shape = new(2, 5, 4), InputColumnNames = ["GreenPath", "GreenPath"] }), data);
    }

    [TestMethod]
    [DataRow("Features")]
    [DataRow("Statistics")]
    public void Statistics_InPlaceOrBeside_KeepsContract(string outputColumnName)
    {
        var contract = new EstimatorContract(_mlContext) { Invalid = [WithScalarFeatures(), _mlContext.Transforms.DropColumns("Features").Fit(Labelled()).Transform(Labelled())] };

        contract.Check(_mlContext.Transforms.DeepYeastStatistics(outputColumnName), Labelled());
    }

    [TestMethod]
    public void Classify_TrainedNetwork_KeepsContract()
    {
        Network network = Tiny.Fit(_mlContext).Model;
        var contract = new EstimatorContract(_mlContext) { Invalid = [WithScalarFeatures()] };

        contract.Check(_mlContext.Transforms.DeepYeastClassify(network, ["red", "green", "both"]), Labelled());
    }

    [TestMethod]
    public void Preprocess_ByteVectors_KeepsContract()
    {
        var contract = new EstimatorContract(_mlContext) { Invalid = [Labelled()] };

        contract.Check(_mlContext.Transforms.DeepYeastPreprocess(), _mlContext.Data.LoadFromEnumerable(ByteCells.Create(RowCount, 2, 64, 64)));
    }

    [TestMethod]
    public void Preprocess_ImagesOfKnownSize_KeepsContract()
    {
        var contract = new EstimatorContract(_mlContext) { Invalid = [Labelled()], InputSchemaIsSaved = false };

        contract.Check(_mlContext.Transforms.DeepYeastPreprocess(), _mlContext.Data.CreateSyntheticYeastCells(5));
    }

    [TestMethod]
    public void Preprocess_ImagesOfUnknownSize_KeepsContract()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. Enumerable.Range(0, 3).Select(i => PngFile.Write(folder.File($"{i}.png"), width: 10 + i, height: 20, seed: i))];
        IDataView text = _mlContext.Data.LoadFromEnumerable(paths.Select(path => new PathRow { ImagePath = path }));
        IDataView images = _mlContext.Transforms.LoadImages("Image", "", "ImagePath").Fit(text).Transform(text);

        new EstimatorContract(_mlContext) { Invalid = [text], InputSchemaIsSaved = false }.Check(_mlContext.Transforms.DeepYeastPreprocess(), images);
    }

    [TestMethod]
    public void RegisterAssembly_OurAssembly_FindsALoaderForEachComponent()
    {
        var catalog = new MLContext().ComponentCatalog;

        catalog.RegisterAssembly(typeof(DeepYeastTrainer).Assembly);

        string[] names = [.. catalog.GetAllClasses().Select(component => component.LoadNames[0]).Where(name => name.Contains("DeepYeast", StringComparison.OrdinalIgnoreCase))];
        CollectionAssert.AreEquivalent(
            new[]
            {
                DeepYeastPreprocessingTransformer.LoaderSignature, DeepYeastPredictionTransformer.LoaderSignature, DeepYeastFeaturesTransformer.LoaderSignature,
                DeepYeastExplanationTransformer.LoaderSignature, CellImageLoadingTransformer.LoaderSignature, DeepYeastStatisticsTransformer.LoaderSignature,
            },
            names);
    }

    private IDataView Labelled() => Tiny.Cells(_mlContext, RowCount);

    private IDataView WithScalarFeatures()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(RowCount).Select(row => new ScalarRow { Features = row.Id, Label = row.Label }));
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    public sealed class NumberedRow
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }

    public sealed class IntegerRow
    {
        [VectorType(2, 8, 8)]
        public float[] Features { get; set; } = [];

        public int Label { get; set; }
    }

    public sealed class ScalarRow
    {
        public float Features { get; set; }

        public string? Label { get; set; }
    }
}
