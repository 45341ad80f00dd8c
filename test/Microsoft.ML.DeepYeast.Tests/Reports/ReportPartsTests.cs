using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Reports;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>What a report is made of, against closed forms.</summary>
[TestClass]
public sealed class ReportPartsTests
{
    // Ends of two perpendicular axes through (1, 2, 3, 4, 5): half lengths 4 and 2, so the variances are as 16 to 4.
    [TestMethod]
    public void PrincipalPlane_EndsOfTwoAxes_AreFoundWithTheirVariances()
    {
        float[] first = [0.6f, 0.8f, 0, 0, 0], second = [0, 0, 0, 0.8f, -0.6f];
        (int A, int B)[] ends = [(4, 0), (-4, 0), (0, 2), (0, -2)];
        float[] values = [.. ends.SelectMany(end => Enumerable.Range(0, 5).Select(i => i + 1 + end.A * first[i] + end.B * second[i]))];

        PrincipalPlane plane = PrincipalPlane.Of(values, 5);

        Assert.AreEqual(0.8, plane.FirstShare, 1e-6);
        Assert.AreEqual(0.2, plane.SecondShare, 1e-6);
        for (int i = 0; i < 4; i++)
        {
            // The farthest end is positive; which of the two ends that is hangs on the last bit.
            Assert.AreEqual(Math.Abs(ends[i].A), Math.Abs(plane.Points[i].First), 1e-5);
            Assert.AreEqual(Math.Abs(ends[i].B), Math.Abs(plane.Points[i].Second), 1e-5);
        }
        Assert.AreEqual(0, plane.Points.Sum(point => point.First), 1e-5);
        Assert.AreEqual(0, plane.Points.Sum(point => point.Second), 1e-5);
    }

    [TestMethod]
    public void PrincipalPlane_FarthestPoint_IsPositive()
    {
        PrincipalPlane plane = PrincipalPlane.Of([-3, 1, 1, 1], 1);

        // The mean is 0.
        Assert.AreEqual(3, plane.Points[0].First, 1e-12);
        Assert.AreEqual(-1, plane.Points[1].First, 1e-12);
        Assert.AreEqual(0, plane.Points[0].Second, "One dimension has one component.");
        Assert.AreEqual((1.0, 0.0), (plane.FirstShare, plane.SecondShare));
    }

    [TestMethod]
    public void PrincipalPlane_EqualPoints_LieAtZeroWithNoVariance()
    {
        PrincipalPlane plane = PrincipalPlane.Of([1, 2, 1, 2, 1, 2], 2);

        Assert.AreSequenceEqual(new[] { (0.0, 0.0), (0.0, 0.0), (0.0, 0.0) }, plane.Points);
        Assert.AreEqual((0.0, 0.0), (plane.FirstShare, plane.SecondShare));
    }

    [TestMethod]
    public void PrincipalPlane_OnePoint_LiesAtZero()
        => Assert.AreSequenceEqual(new[] { (0.0, 0.0) }, PrincipalPlane.Of([1, 2, 3], 3).Points);

    // Each of 10 is kept with probability 0.3: its standard deviation over 20,000 runs is 0.0032.
    [TestMethod]
    public void Reservoir_LongStream_KeepsEachWithTheSameProbability()
    {
        const int Runs = 20_000;
        var random = new CellRandom(1);
        int[] kept = new int[10];

        for (int run = 0; run < Runs; run++)
        {
            var reservoir = new Reservoir<int>(3, random);
            for (int i = 0; i < 10; i++)
            {
                int item = i;
                reservoir.Offer(() => item);
            }
            foreach (int item in reservoir.Items)
                kept[item]++;
        }

        Assert.AreEqual(3 * Runs, kept.Sum());
        foreach (int count in kept)
            Assert.AreEqual(0.3, (double)count / Runs, 5 * 0.0032);
    }

    [TestMethod]
    [DataRow(0, 0)]
    [DataRow(5, 4)]
    public void Reservoir_ShortStream_KeepsWhatHasRoom(int capacity, int expected)
    {
        var reservoir = new Reservoir<int>(capacity, new CellRandom(1));

        for (int i = 0; i < 4; i++)
            reservoir.Offer(() => 7);

        Assert.HasCount(expected, reservoir.Items);
    }

    [TestMethod]
    [DataRow(nameof(Networks.DeepYeast), "relu5")]
    [DataRow(nameof(Networks.DeepYeastPooled), "pool4")]
    [DataRow(nameof(Networks.ResNet50), "final_global_pool")]
    [DataRow(nameof(Networks.MobileNet), "final_global_pool")]
    [DataRow(nameof(Networks.DenseNet40_BC), "final_global_pool")]
    public void HiddenLayer_OfEachNetwork_IsTheLastVectorBeforeTheHead(string name, string expected)
    {
        Func<CellShape, int, NetworkGraph> build = name switch
        {
            nameof(Networks.DeepYeast) => Networks.DeepYeast,
            nameof(Networks.DeepYeastPooled) => Networks.DeepYeastPooled,
            nameof(Networks.ResNet50) => Networks.ResNet50,
            nameof(Networks.MobileNet) => Networks.MobileNet,
            _ => Networks.DenseNet40_BC,
        };

        Assert.AreEqual(expected, ShownNetwork.HiddenLayer(build(CellShape.DeepYeast, 12)));
    }

    [TestMethod]
    public void HiddenLayer_ConvolutionsOnly_IsWhatTheSoftmaxReads()
        => Assert.AreEqual("pool", ShownNetwork.HiddenLayer(new NetworkBuilder("Convolutions", Tiny.Shape).Conv2D("conv", 3, size: 3).GlobalAveragePooling2D("pool").Softmax("predictions").ToGraph()));

    // More than a colour tells classes apart: the first 42 all differ, and neighbours differ in both.
    [TestMethod]
    public void MarkName_FirstClasses_Differ()
    {
        string[] names = [.. Enumerable.Range(0, 42).Select(ReportPlots.MarkName)];

        Assert.HasCount(42, names.Distinct().ToArray());
        Assert.HasCount(6, names.Take(6).Select(name => name.Split(' ')[^1]).Distinct().ToArray());
    }
}
