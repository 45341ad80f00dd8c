using System.Diagnostics;
using System.Text;
using Microsoft.ML.DeepYeast.Weights;
using PureHDF;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class KerasWeightsDamageTests
{
    [TestMethod]
    [DataRow("")]
    [DataRow("HDF")]
    [DataRow("Dear customer, your download has failed.")]
    public void LoadKerasWeights_NotHdf5_ThrowsSayingSo(string content)
        => AssertRefused(Encoding.ASCII.GetBytes(content), "'w.h5' is not an HDF5 file.");

    [TestMethod]
    public void LoadKerasWeights_NoSuchFile_ThrowsFileNotFound()
        => Assert.ThrowsExactly<FileNotFoundException>(() => Network.LoadKerasWeights(KerasTestFile.Dense(), Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.h5")));

    [TestMethod]
    public void LoadKerasWeights_CutShort_ThrowsWithBothLengths()
        => AssertRefused(KerasTestFile.Fixture("soft-link.h5")[..5000], "'w.h5' is damaged: it is cut short at 5000 of 8216 bytes. Copy or download it again.");

    [TestMethod]
    public void LoadKerasWeights_CutShortAnywhere_ThrowsFormatException()
    {
        byte[] whole = KerasTestFile.Bytes(KerasTestFile.OfDense());

        for (int length = 0; length < whole.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => Load(whole[..length]), $"{length} of {whole.Length} bytes");
    }

    [TestMethod]
    public void LoadKerasWeights_NoLayerNames_ThrowsSayingHowToSave()
        => AssertRefused(KerasTestFile.Bytes(new H5File { ["layers"] = new H5Group() }), "'w.h5' cannot be used: it has no attribute 'layer_names', as weights saved by legacy Keras have.");

    [TestMethod]
    public void LoadKerasWeights_LayerIsMissing_ThrowsNamingIt()
    {
        H5File file = KerasTestFile.OfDense();
        file.Attributes["layer_names"] = new[] { "ip", "gone" };

        AssertRefused(KerasTestFile.Bytes(file), "'/' lacks its 'gone'");
    }

    [TestMethod]
    public void LoadKerasWeights_WrittenOnTheano_Throws()
    {
        H5File file = KerasTestFile.OfDense();
        file.Attributes["backend"] = "theano";

        AssertRefused(KerasTestFile.Bytes(file), "it was written by Keras on Theano, whose kernels are mirrored");
    }

    [TestMethod]
    [DataRow("external-link.h5", "'/ip' is a link to another file, which is not followed")]
    [DataRow("soft-link.h5", "'/ip/ip/bias:0' is a symbolic link, which is not followed")]
    [DataRow("external-storage.h5", "'/ip/ip/bias:0' is stored in another file, which is not opened")]
    [DataRow("virtual.h5", "'/ip/ip/bias:0' is a view of other datasets, which is not followed")]
    public void LoadKerasWeights_PointsElsewhere_ThrowsNamingIt(string fixture, string message) => AssertRefused(KerasTestFile.Fixture(fixture), message);

    [TestMethod]
    public void LoadKerasWeights_Chunked_ThrowsNamingIt()
    {
        H5File file = KerasTestFile.Of(("ip", [new(new float[6], chunks: [3], fileDims: [6]), KerasTestFile.Zeros(3)]));
        NetworkGraph graph = new NetworkBuilder("N", new(2, 1, 1)).Flatten("flatten").Append(new Odd("ip", ["flatten"])).Softmax("p").ToGraph();

        var error = Assert.ThrowsExactly<FormatException>(() => KerasWeightReader.Read(graph, new MemoryStream(KerasTestFile.Bytes(file)), "w.h5"));

        StringAssert.Contains(error.Message, "'/ip/w0' is stored in chunks");
    }

    [TestMethod]
    public void LoadKerasWeights_Integers_ThrowsNamingTheType()
        => AssertRefused(KerasTestFile.Bytes(KerasTestFile.OfDense(new int[3])), "'/ip/w1' is an integer of 4 bytes; weights are little-endian floating-point numbers");

    [TestMethod]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.PositiveInfinity, "Infinity")]
    public void LoadKerasWeights_NotFinite_ThrowsSayingWhere(float value, string text)
        => AssertRefused(KerasTestFile.Bytes(KerasTestFile.OfDense(new[] { 0, value, 0 })), $"'/ip/w1' has the value {text} at index 1");

    [TestMethod]
    public void LoadKerasWeights_DoubleTooLargeForSingle_ThrowsSayingWhere()
        => AssertRefused(KerasTestFile.Bytes(KerasTestFile.OfDense(new[] { 0, 0, 1e39 })), "'/ip/w1' has the value Infinity at index 2");

    [TestMethod]
    public void LoadKerasWeights_HugeWeightDeclared_ThrowsWithoutAllocatingIt()
    {
        byte[] file = KerasTestFile.Fixture("legacy.h5");
        Replace(file, [3, 3, 2, 4], [3, 3, 2, 1L << 40]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<ArgumentException>(() => KerasWeightReader.Read(Tiny.Network(Tiny.Shape, 3), new MemoryStream(file), "w.h5"));

        StringAssert.Contains(error.Message, "conv (3, 3, 2, 1099511627776) (4)");
        Assert.IsLessThan(1L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void LoadKerasWeights_HugeAttributeDeclared_ThrowsWithoutAllocatingIt()
    {
        byte[] file = KerasTestFile.Fixture("legacy.h5");
        Replace(file, [7, 7], [1L << 27, 1L << 27]);   // layer_names, and the most it may grow to
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => KerasWeightReader.Read(Tiny.Network(Tiny.Shape, 3), new MemoryStream(file), "w.h5"));

        StringAssert.Contains(error.Message, "the attribute 'layer_names' of '/' declares the shape (134217728) but has 112 bytes");
        Assert.IsLessThan(1L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void LoadKerasWeights_AnyBytesChanged_ThrowsOnlyWhatIsDocumented(bool writtenByH5py)
    {
        NetworkGraph graph = Tiny.Network(Tiny.Shape, 3);
        byte[] whole = writtenByH5py ? KerasTestFile.Fixture("legacy.h5") : WrittenByUs(graph);
        var random = new Random(20170501);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. whole];
            for (int changes = random.Next(1, 5); changes > 0; changes--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (i % 5 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            long before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                KerasWeightReader.Read(graph, new MemoryStream(damaged), "w.h5");
            }
            catch (Exception e) when (e is FormatException or ArgumentException and not ArgumentOutOfRangeException and not ArgumentNullException)
            {
                refused++;
            }
            Assert.IsLessThan(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"case {i}");
            Assert.IsLessThan(TimeSpan.FromSeconds(5), watch.Elapsed, $"case {i}");
        }
        Assert.IsGreaterThan(500, refused);
    }

    private static byte[] WrittenByUs(NetworkGraph graph)
    {
        using var stream = new MemoryStream();
        KerasWeightWriter.Write(Network.Initialize(graph, new Random(1)), stream);
        return stream.ToArray();
    }

    private static void AssertRefused(byte[] file, string message)
        => StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Load(file)).Message, message);

    private static Network Load(byte[] file) => KerasWeightReader.Read(KerasTestFile.Dense(), new MemoryStream(file), "w.h5");

    // Where the file has these 64-bit numbers in a row.
    private static void Replace(byte[] file, long[] numbers, long[] by)
    {
        byte[] Bytes(long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
        int position = file.AsSpan().IndexOf(Bytes(numbers));
        Assert.IsGreaterThanOrEqualTo(0, position);
        Bytes(by).CopyTo(file.AsSpan(position));
    }

    // A layer whose kernel is a vector, as PureHDF writes one in chunks most simply.
    private sealed record Odd(string Name, IReadOnlyList<string> Inputs) : Layers.Layer(Name, Inputs)
    {
        public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs) => LayerShape.Vector(3);

        public override IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs)
            => [new("kernel", [6], true, WeightInitializer.Zeros), new("bias", [3], true, WeightInitializer.Zeros)];
    }
}
