using Microsoft.ML.DeepYeast.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The parts of a training, each by itself.</summary>
[TestClass]
public sealed class TrainingPartsTests
{
    [TestMethod]
    [DataRow(64, 64, "64")]
    [DataRow(65, 64, "65")]
    [DataRow(66, 64, "64 2")]
    [DataRow(130, 64, "64 64 2")]
    [DataRow(129, 64, "64 65")]
    [DataRow(3, 2, "3")]
    [DataRow(5, 2, "2 3")]
    [DataRow(10, 64, "10")]
    [DataRow(1, 64, "1")]
    [DataRow(0, 64, "")]
    public void Cut_Rows_LeavesNoneAlone(int rows, int size, string expected)
    {
        IReadOnlyList<(int Start, int Count)> batches = Batches.Cut(rows, size);

        Assert.AreEqual(expected, string.Join(' ', batches.Select(batch => batch.Count)));
        Assert.IsTrue(batches.All(batch => batch.Start == batches.TakeWhile(other => other.Start < batch.Start).Sum(other => other.Count)));
    }

    [TestMethod]
    public void Split_ThreeClasses_TakesTheShareOfEach()
    {
        long[] classes = [.. Enumerable.Repeat(0L, 40), .. Enumerable.Repeat(1L, 10), .. Enumerable.Repeat(2L, 6)];

        (int[] training, int[] held) = ValidationSplit.Split(classes, 0.25, new Random(1));

        // A quarter of 40, of 10 (2.5, rounded away from zero) and of 6 (1.5).
        Assert.AreSequenceEqual([10, 3, 2], Enumerable.Range(0, 3).Select(c => held.Count(row => classes[row] == c)).ToArray());
        Assert.AreSequenceEqual(Enumerable.Range(0, 56).ToArray(), training.Concat(held).Order().ToArray());
    }

    [TestMethod]
    public void Split_AnotherSeed_HoldsOtherRows()
    {
        long[] classes = new long[100];

        int[] first = ValidationSplit.Split(classes, 0.2, new Random(1)).Held, second = ValidationSplit.Split(classes, 0.2, new Random(2)).Held;

        Assert.IsFalse(first.Order().SequenceEqual(second.Order()));
    }

    [TestMethod]
    public void CellStore_GreyLevels_KeepsBytesInChannelsLastOrder()
    {
        var store = new CellStore(new(2, 1, 3));
        store.Add([.. new[] { 0, 1, 2, 128, 254, 255 }.Select(grey => GreyLevels.ToFeature(grey))]);

        using Tensor cells = store.TakeTensor(CPU);

        Assert.AreEqual(ScalarType.Byte, cells.dtype);
        Assert.AreSequenceEqual(new byte[] { 0, 128, 1, 254, 2, 255 }, cells.data<byte>().ToArray());
    }

    [TestMethod]
    public void CellStore_AllGreyLevels_AreBytes()
    {
        var store = new CellStore(new(1, 16, 16));
        store.Add([.. Enumerable.Range(0, 256).Select(grey => GreyLevels.ToFeature(grey))]);

        using Tensor cells = store.TakeTensor(CPU);

        Assert.AreSequenceEqual(Enumerable.Range(0, 256).Select(grey => (byte)grey).ToArray(), cells.data<byte>().ToArray());
    }

    [TestMethod]
    public void CellStore_GreysThenAnyFloat_TurnsToFloatsWithoutLoss()
    {
        float[][] added = [[GreyLevels.ToFeature(7), GreyLevels.ToFeature(250)], [GreyLevels.ToFeature(0), GreyLevels.ToFeature(33)], [0.123f, -7.5f], [GreyLevels.ToFeature(9), 3e30f]];
        var store = new CellStore(new(1, 1, 2));
        foreach (float[] cell in added)
            store.Add(cell);

        using Tensor cells = store.TakeTensor(CPU);

        Assert.AreEqual(ScalarType.Float32, cells.dtype);
        Assert.AreSequenceEqual(added.SelectMany(cell => cell).ToArray(), cells.data<float>().ToArray());
    }

    [TestMethod]
    public void CellStore_MoreThanOneBlock_KeepsTheOrder()
    {
        // Cells of 16 MB as floats: a block of 64 MB holds four.
        var shape = new CellShape(1, 2048, 2048);
        var store = new CellStore(shape);
        for (int i = 0; i < 6; i++)
            store.Add([.. Enumerable.Repeat(GreyLevels.ToFeature(10 * i), shape.Size)]);

        using Tensor cells = store.TakeTensor(CPU);

        Assert.AreSequenceEqual([6L, 2048, 2048, 1], cells.shape);
        Assert.AreSequenceEqual(new byte[] { 0, 10, 20, 30, 40, 50 }, Enumerable.Range(0, 6).Select(i => cells[i, 2047, 2047, 0].item<byte>()).ToArray());
    }
}
