using TorchSharp;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Counts live tensors. Where tests may be long it runs 1,000 fits and 10,000 predictions instead of 30 and 500, and prints memory.</summary>
[TestClass]
public sealed class LeakTests
{
    // Bytes of managed memory that all the runs together may leave behind: tables of the runtime grow a little.
    private const long MostGrowth = 1 << 20;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(typeof(AdamOptimizer))]
    [DataRow(typeof(MuonOptimizer))]
    public void Fit_ManyTimes_LiveTensorsStayFlat(Type optimizer)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 40);
        AssertFlat(LongTests.Enabled ? 1000 : 30, () =>
        {
            DeepYeastPredictionTransformer model = Tiny.Trainer(mlContext, options =>
            {
                options.Optimizer = (Optimizer)Activator.CreateInstance(optimizer)!;
                options.Augmentation = CellAugmentation.RoundCells;
                options.ValidationFraction = 0.2;
                options.Network = (shape, classes) => new NetworkBuilder("Leaky", shape)
                    .Conv2D("conv", 4, size: 3).BatchNormalization("bn").Relu("relu").MaxPooling2D("max", 2).Flatten("flatten").Dropout("dropout", 0.5)
                    .Dense("ip", classes).Softmax("predictions").ToGraph();
            }).Fit(cells);
            Tiny.Scores(model.Transform(cells));
            model.Dispose();
        });
    }

    [TestMethod]
    public void Predict_ManyTimes_LiveTensorsStayFlat()
    {
        var mlContext = new MLContext(seed: 1);
        using var engine = mlContext.Model.CreatePredictionEngine<Tiny.Row, Tiny.Prediction>(Tiny.Fit(mlContext));
        Tiny.Row row = Tiny.Rows(1)[0];

        AssertFlat(LongTests.Enabled ? 10_000 : 500, () => engine.Predict(row));
    }

    // What libtorch keeps beside tensors, as of compiled scripts, shows in the process alone.
    [TestMethod]
    public void Load_ManyTimes_TakesNoMoreMemory()
    {
        const int Times = 300, MostBytesEach = 32 << 10;
        Network network = Network.Initialize(DeepYeast.Networks.DeepYeast(new CellShape(2, 8, 8), 3, width: 0.05), new Random(1));
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 2);
        DeepYeastPredictionTransformer model = mlContext.Transforms.DeepYeastClassify(network, classNames: ["a", "b", "c"]).Fit(cells);
        Load(100);
        long before = WorkingSet();

        Load(Times);

        long growth = WorkingSet() - before;
        TestContext.WriteLine($"{growth / Times} bytes a load.");
        Assert.IsLessThan(Times * MostBytesEach, growth);

        void Load(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Tiny.Scores(model.Transform(cells));
                model.Dispose();   // the next Transform loads it anew
            }
        }
    }

    private static long WorkingSet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        DeepYeast.Torch.NativeHeap.Trim();
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    [TestMethod]
    [DataRow(ExplanationMethod.GradCam)]
    [DataRow(ExplanationMethod.ClippedSoftmax)]
    public void Explain_ManyTimes_LiveTensorsStayFlat(ExplanationMethod method)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 70);
        using DeepYeastExplanationTransformer model = mlContext.Transforms.DeepYeastExplain(Tiny.Fit(mlContext), new() { Method = method, OverlayColumnName = "Overlay" }).Fit(cells);

        AssertFlat(LongTests.Enabled ? 1000 : 50, () => Assert.HasCount(70, model.Transform(cells).GetColumn<float[]>("Explanation").ToArray()));
    }

    [TestMethod]
    public void WriteCellReport_ManyTimes_LiveTensorsStayFlat()
    {
        using var folder = new TemporaryFolder();
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 40);
        using DeepYeastPredictionTransformer model = Tiny.Fit(mlContext);

        AssertFlat(LongTests.Enabled ? 200 : 10, () => mlContext.MulticlassClassification.WriteCellReport(model, cells, folder.File("report.html")));
    }

    [TestMethod]
    public void Fit_Cancelled_LeavesNoTensor()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView cells = Tiny.Cells(mlContext, 40);

        AssertFlat(5, () => Assert.Throws<OperationCanceledException>(() => Tiny.Trainer(mlContext, options => options.ProgressCallback = report =>
        {
            if (report.Phase == TrainingPhase.Training)
                throw new OperationCanceledException();
        }).Fit(cells)));
    }

    private void AssertFlat(int times, Action action)
    {
        for (int i = 0; i < 3; i++)
            action();
        (long Tensors, long Managed, long WorkingSet) before = Measure();
        for (int i = 0; i < times; i++)
            action();
        (long Tensors, long Managed, long WorkingSet) after = Measure();

        TestContext.WriteLine(
            $"{times} times: live tensors {before.Tensors} -> {after.Tensors}, managed {before.Managed >> 10} -> {after.Managed >> 10} KiB, " +
            $"working set {before.WorkingSet >> 20} -> {after.WorkingSet >> 20} MiB");
        Assert.AreEqual(before.Tensors, after.Tensors);
        Assert.IsLessThan(before.Managed + MostGrowth, after.Managed);
    }

    private static (long, long, long) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (torch.Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }
}
