namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class PreprocessingTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Transform_EveryGreyLevel_IsScaledAsTheReferenceDoes()
    {
        byte[] cell = [.. Enumerable.Range(0, 512).Select(i => (byte)(i / 2))];

        float[] features = Features(Vector(cell, 2, 16, 16), new() { Height = 16, Width = 16 });

        for (int i = 0; i < 512; i++)
            Assert.AreEqual((cell[i] / 255.0 - 0.5) * 2, features[i], 1e-7);
    }

    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32)]
    [DataRow(MLPixelFormat.Bgra32)]
    public void Transform_Image_TakesRedThenGreenInEitherPixelOrder(MLPixelFormat format)
    {
        bool blueFirst = format == MLPixelFormat.Bgra32;
        byte[] pixels = [.. Enumerable.Range(0, 6).SelectMany(i => (byte[])[blueFirst ? (byte)200 : (byte)i, (byte)(100 + i), blueFirst ? (byte)i : (byte)200, 255])];

        float[] features = Features(Image(format, pixels), new() { Height = 2, Width = 3 });

        Assert.AreSequenceEqual([0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105], Greys(features));
    }

    [TestMethod]
    public void Transform_ChannelChoice_TakesThemInThatOrder()
    {
        byte[] pixels = [.. Enumerable.Range(0, 6).SelectMany(_ => (byte[])[10, 20, 30, 255])];

        float[] features = Features(Image(MLPixelFormat.Rgba32, pixels),
            new() { Height = 1, Width = 1, Sizing = CellSizing.CropOrPad, Channels = [ImageChannel.Blue, ImageChannel.Green, ImageChannel.Red] });

        Assert.AreSequenceEqual([30, 20, 10], Greys(features));
    }

    [TestMethod]
    public void Transform_VectorWithChannelsLast_GivesWhatChannelsFirstGives()
    {
        byte[] first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19];
        byte[] last = [1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17, 8, 18, 9, 19];
        DeepYeastPreprocessingEstimator.Options options = new() { Height = 3, Width = 3 };

        Assert.AreSequenceEqual(Features(Vector(first, 2, 3, 3), options), Features(Vector(last, 3, 3, 2), options));
    }

    [TestMethod]
    [DataRow(CellLayout.ChannelsFirst, 1, 2, 3, 4, 5, 6, 7, 8)]
    [DataRow(CellLayout.ChannelsLast, 1, 3, 5, 7, 2, 4, 6, 8)]
    public void Transform_PlainVectorWithALayout_IsReadInIt(CellLayout layout, params int[] expected)
    {
        float[] features = Features(Vector<byte>([1, 2, 3, 4, 5, 6, 7, 8], 8), new() { Height = 2, Width = 2, Layout = layout });

        Assert.AreSequenceEqual(expected, Greys(features));
    }

    [TestMethod]
    public void Transform_FloatVector_KeepsFractionsOfGreyLevels()
    {
        float[] features = Features(Vector([0.5f, 100.25f], 2, 1, 1), new() { Height = 1, Width = 1, Layout = CellLayout.ChannelsFirst });

        Assert.AreEqual((0.5 / 255 - 0.5) * 2, features[0], 1e-7);
        Assert.AreEqual((100.25 / 255 - 0.5) * 2, features[1], 1e-7);
    }

    [TestMethod]
    [DataRow(5, 7, 13, 16)]
    [DataRow(13, 16, 5, 7)]
    [DataRow(10, 6, 6, 10)]
    [DataRow(1, 1, 4, 4)]
    public void Transform_OtherSize_IsScaledBilinearly(int height, int width, int toHeight, int toWidth)
    {
        float[] source = [.. Enumerable.Range(0, height * width).Select(i => (float)new Random(i).Next(256))];

        float[] features = Features(Vector(source, 1, height, width), new() { Channels = [ImageChannel.Red], Height = toHeight, Width = toWidth, Layout = CellLayout.ChannelsFirst });

        for (int y = 0; y < toHeight; y++)
        {
            for (int x = 0; x < toWidth; x++)
                Assert.AreEqual(Tiny.ToFeature(Bilinear(source, height, width, toHeight, toWidth, y, x)), features[y * toWidth + x], 1e-5, $"{y}, {x}");
        }
    }

    [TestMethod]
    public void Transform_HalfTheSize_WeighsPixelsOneThreeThreeOne()
    {
        // Distances of 0.5 and 1.5 pixels under a triangle of radius 2: 0.75 and 0.25, over their sum of 2.
        float[] features = Features(Vector([8f, 16f, 32f, 64f, 128f, 0f], 1, 1, 6), new() { Channels = [ImageChannel.Red], Height = 1, Width = 3, Layout = CellLayout.ChannelsFirst });

        Assert.AreEqual(Tiny.ToFeature((16 + 3 * 32 + 3 * 64 + 128) / 8.0), features[1], 1e-6);
    }

    [TestMethod]
    public void Transform_LargerCellCropped_IsItsCentre()
    {
        float[] source = [.. Enumerable.Range(0, 25).Select(i => (float)i)];

        float[] features = Features(Vector(source, 1, 5, 5), new() { Channels = [ImageChannel.Red], Height = 2, Width = 3, Sizing = CellSizing.CropOrPad, Layout = CellLayout.ChannelsFirst });

        // Of the three rows too many one is cut above and two below.
        Assert.AreSequenceEqual([6, 7, 8, 11, 12, 13], Greys(features));
    }

    [TestMethod]
    public void Transform_SmallerCellPadded_LiesInTheMiddleOfBlack()
    {
        float[] features = Features(Vector([9f, 8f], 1, 1, 2), new() { Channels = [ImageChannel.Red], Height = 2, Width = 4, Sizing = CellSizing.CropOrPad, Layout = CellLayout.ChannelsFirst });

        Assert.AreSequenceEqual([0, 9, 8, 0, 0, 0, 0, 0], Greys(features));
    }

    [TestMethod]
    public void Transform_OtherSizeRefused_ThrowsNamingBothSizes()
    {
        IDataView view = Transform(Vector(new byte[32], 2, 4, 4), new() { Sizing = CellSizing.Refuse });

        // ML.NET may read on a thread of its own and wrap what it throws there.
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => view.GetColumn<float[]>("Features").ToArray());

        StringAssert.Contains(error.ToString(), "The cell of row 0 in column 'Image' cannot be read: it has 4 x 4 pixels, not 64 x 64, and option Sizing is Refuse.");
    }

    [TestMethod]
    public void Transform_Percentiles_SpreadsBetweenThem()
    {
        // NumPy: np.percentile([0, 10, 20, 30, 40], [10, 90]) is [4, 36].
        float[] features = Features(Vector([40f, 0f, 20f, 10f, 30f], 1, 1, 5), new()
        {
            Channels = [ImageChannel.Red],
            Height = 1,
            Width = 5,
            Contrast = CellContrast.Percentiles,
            LowPercentile = 10,
            HighPercentile = 90,
            Layout = CellLayout.ChannelsFirst,
        });

        double[] expected = [1, -1, 0, (6 / 32.0 - 0.5) * 2, (26 / 32.0 - 0.5) * 2];
        for (int i = 0; i < 5; i++)
            Assert.AreEqual(expected[i], features[i], 1e-6);
    }

    [TestMethod]
    public void Transform_PercentilesOfAnyRange_TreatChannelsByThemselves()
    {
        float[] features = Features(Vector([1000f, 3000f, 0.001f, 0.002f], 2, 1, 2), new()
        {
            Height = 1,
            Width = 2,
            Contrast = CellContrast.Percentiles,
            LowPercentile = 0,
            HighPercentile = 100,
            Layout = CellLayout.ChannelsFirst,
        });

        for (int i = 0; i < 4; i++)
            Assert.AreEqual(i % 2 == 0 ? -1 : 1, features[i], 1e-6);
    }

    [TestMethod]
    public void Transform_PercentilesOfAFlatChannel_GivesMinusOne()
        => Assert.IsTrue(Features(Vector([77f, 77f, 77f, 77f], 1, 2, 2), new() { Channels = [ImageChannel.Red], Height = 2, Width = 2, Contrast = CellContrast.Percentiles, Layout = CellLayout.ChannelsFirst })
            .All(value => value == -1));

    [TestMethod]
    [DataRow(30.0, 1.9)]
    [DataRow(0.0, 1.0)]
    [DataRow(100.0, 4.0)]
    [DataRow(50.0, 2.5)]
    public void Percentile_OneToFour_IsNumPys(double percentile, double expected)
        => Assert.AreEqual(expected, ContrastStretch.Percentile([1, 2, 3, 4], percentile), 1e-6);

    [TestMethod]
    public void Transform_NullImage_ThrowsNamingTheRow()
    {
        ImageRow[] rows = [new() { Image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]) }, new()];
        IDataView view = _mlContext.Transforms.DeepYeastPreprocess().Fit(_mlContext.Data.LoadFromEnumerable(rows)).Transform(_mlContext.Data.LoadFromEnumerable(rows));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => view.GetColumn<float[]>("Features").ToArray());

        StringAssert.Contains(error.Message, "The cell of row 1 in column 'Image' cannot be read: there is no image.");
    }

    [TestMethod]
    [DataRow("missing.png")]
    [DataRow("broken.png")]
    public void Transform_UnreadableFile_ThrowsNamingItsPath(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("broken.png"), "not a picture");
        IDataView paths = _mlContext.Data.LoadFromEnumerable([new PathRow { ImagePath = folder.File(name) }]);
        IDataView view = _mlContext.Transforms.LoadImages("Image", "", "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess()).Fit(paths).Transform(paths);

        Exception error = Assert.Throws<Exception>(() => view.GetColumn<float[]>("Features").ToArray());

        StringAssert.Contains(error.ToString(), $"The cell of row 0 ('{folder.File(name)}') in column 'Image' cannot be read: ");
    }

    [TestMethod]
    public void Fit_UnreadableFile_SaysItsPathFirst()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("broken.png"), "not a picture");
        PathRow[] rows = [new() { ImagePath = PngFile.Write(folder.File("good.png"), 64, 64, 1) }, new() { ImagePath = folder.File("broken.png") }];
        IDataView paths = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = _mlContext.Transforms.LoadImages("Image", "", "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess(new() { Height = 8, Width = 8 }))
            .Append(_mlContext.Transforms.Conversion.MapValueToKey("Label", "ImagePath")).Append(Tiny.Trainer(_mlContext));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(paths));

        StringAssert.StartsWith(error.Message, $"The cell of row 1 ('{folder.File("broken.png")}') in column 'Image' cannot be read: ");
    }

    [TestMethod]
    public void Transform_ImagesOfDifferentSizes_AllBecomeTheOneAskedFor()
    {
        using var folder = new TemporaryFolder();
        PathRow[] rows = [.. Enumerable.Range(1, 4).Select(i => new PathRow { ImagePath = PngFile.Write(folder.File($"{i}.png"), 40 * i, 30 * i, i) })];
        IDataView paths = _mlContext.Data.LoadFromEnumerable(rows);

        IDataView view = _mlContext.Transforms.LoadImages("Image", "", "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess()).Fit(paths).Transform(paths);

        Assert.IsTrue(view.GetColumn<float[]>("Features").All(features => features.Length == 2 * 64 * 64 && features.All(value => value is >= -1 and <= 1)));
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 64, 64), view.Schema["Features"].Type);
    }

    [TestMethod]
    public void Transform_RealCells_AreTheirRedAndGreenPixels()
    {
        string folder = TestData.Path("yeast-cells");
        PathRow[] rows = [.. File.ReadLines(Path.Combine(folder, "cells.csv")).Skip(1).Take(20).Select(line => new PathRow { ImagePath = line.Split(',')[0] })];
        IDataView paths = _mlContext.Data.LoadFromEnumerable(rows);
        IDataView view = _mlContext.Transforms.LoadImages("Image", folder, "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess()).Fit(paths).Transform(paths);

        foreach ((float[] features, PathRow row) in view.GetColumn<float[]>("Features").Zip(rows))
        {
            using MLImage image = MLImage.CreateFromFile(Path.Combine(folder, row.ImagePath!));
            ReadOnlySpan<byte> pixels = image.Pixels;
            int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
            int[] expected = new int[2 * 64 * 64];
            for (int i = 0; i < 64 * 64; i++)
                (expected[i], expected[64 * 64 + i]) = (pixels[4 * i + red], pixels[4 * i + 1]);
            Assert.AreSequenceEqual(expected, Greys(features));
        }
    }

    [TestMethod]
    public void Transform_VectorsAfterWarmUp_AllocatesNothingPerRow()
    {
        DataViewSchema schema = Vector(new byte[2 * 80 * 80], 2, 80, 80).Schema;
        var row = new ConstantRow(schema, new byte[2 * 80 * 80]);
        DeepYeastPreprocessingTransformer transformer = _mlContext.Transforms.DeepYeastPreprocess(new DeepYeastPreprocessingEstimator.Options { Contrast = CellContrast.Percentiles })
            .Fit(Vector(new byte[2 * 80 * 80], 2, 80, 80));
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(schema);
        using DataViewRow output = mapper.GetRow(row, mapper.OutputSchema.Where(column => column.Name == "Features"));
        ValueGetter<VBuffer<float>> get = output.GetGetter<VBuffer<float>>(mapper.OutputSchema["Features"]);
        VBuffer<float> value = default;
        for (int i = 0; i < 5; i++)
            Next();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Next();

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Next()
        {
            row.Move();
            get(ref value);
        }
    }

    [TestMethod]
    public void Fit_PlainVectorWithoutLayout_ThrowsSayingWhatToSet()
        => AssertRefused(Vector(new byte[8192], 8192), new(), "Column 'Image' is Vector<Byte, 8192>, which does not tell channels from rows and columns. Set option Layout of DeepYeastPreprocess");

    [TestMethod]
    public void Fit_PlainVectorOfAnotherLength_ThrowsNamingTheSize()
        => AssertRefused(Vector(new byte[100], 100), new() { Layout = CellLayout.ChannelsFirst }, "whose 100 values are not a whole number of channels of 64 x 64");

    [TestMethod]
    public void Fit_TooFewChannels_ThrowsNamingTheOneAskedFor()
        => AssertRefused(Vector(new byte[8192], 2, 64, 64), new() { Channels = [ImageChannel.Red, ImageChannel.Blue] }, "with 2 channels, but option Channels of DeepYeastPreprocess asks for channel 3 (Blue)");

    [TestMethod]
    public void Fit_VectorOfDoubles_ThrowsNamingTheType()
        => AssertRefused(Vector(new double[8192], 2, 64, 64), new(), "Column 'Image' is Vector<Double, 2, 64, 64> but must be an image, or a vector of bytes or floats of known size.");

    [TestMethod]
    public void Fit_MissingColumn_ThrowsListingTheColumns()
        => AssertRefused(Tiny.Cells(_mlContext, 2), new(), "There is no image column 'Image'. The columns are: 'Id', 'Features', 'Label'.");

    [TestMethod]
    public void Constructor_NoChannels_Throws()
        => AssertOption(new() { Channels = [] }, "Option Channels is [] but must name at least one of Red, Green, Blue, Alpha.");

    [TestMethod]
    public void Constructor_NoRows_Throws()
        => AssertOption(new() { Height = 0 }, "Options Height and Width are 0 and 64 but must be at least 1.");

    [TestMethod]
    [DataRow(-1.0, 50.0)]
    [DataRow(50.0, 50.0)]
    [DataRow(1.0, 101.0)]
    [DataRow(double.NaN, 50.0)]
    public void Constructor_PercentilesOutOfRange_Throws(double low, double high)
        => AssertOption(new() { LowPercentile = low, HighPercentile = high }, "must rise within [0, 100].");

    [TestMethod]
    public void Constructor_UnknownSizing_Throws() => AssertOption(new() { Sizing = (CellSizing)9 }, "Sizing (9)");

    private void AssertRefused(IDataView data, DeepYeastPreprocessingEstimator.Options options, string message)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.DeepYeastPreprocess(options).Fit(data));
        StringAssert.Contains(error.Message, message);
    }

    private void AssertOption(DeepYeastPreprocessingEstimator.Options options, string message)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.DeepYeastPreprocess(options));
        StringAssert.Contains(error.Message, message);
    }

    // Each target pixel's centre falls on the source; pixels count by a triangle around it, as wide as the scale where that shrinks.
    private static double Bilinear(float[] source, int height, int width, int toHeight, int toWidth, int y, int x)
    {
        double scaleY = (double)height / toHeight, scaleX = (double)width / toWidth, sum = 0, weights = 0;
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                double weight = Math.Max(0, 1 - Math.Abs(i + 0.5 - (y + 0.5) * scaleY) / Math.Max(1, scaleY)) * Math.Max(0, 1 - Math.Abs(j + 0.5 - (x + 0.5) * scaleX) / Math.Max(1, scaleX));
                sum += weight * source[i * width + j];
                weights += weight;
            }
        }
        return sum / weights;
    }

    private float[] Features(IDataView data, DeepYeastPreprocessingEstimator.Options options) => Transform(data, options).GetColumn<float[]>("Features").Single();

    private IDataView Transform(IDataView data, DeepYeastPreprocessingEstimator.Options options) => _mlContext.Transforms.DeepYeastPreprocess(options).Fit(data).Transform(data);

    private static int[] Greys(float[] features) => [.. features.Select(value => (int)Math.Round((value / 2.0 + 0.5) * 255))];

    private IDataView Vector<T>(T[] values, params int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow<T>));
        var item = (PrimitiveDataViewType)((VectorDataViewType)schema["Image"].ColumnType).ItemType;
        schema["Image"].ColumnType = new VectorDataViewType(item, dimensions);
        return _mlContext.Data.LoadFromEnumerable([new VectorRow<T> { Image = values }], schema);
    }

    private IDataView Image(MLPixelFormat format, byte[] pixels)
        => _mlContext.Data.LoadFromEnumerable([new PixelRow { Image = MLImage.CreateFromPixels(3, 2, format, pixels) }]);

    public sealed class VectorRow<T>
    {
        public T[] Image { get; set; } = [];
    }

    public sealed class PixelRow
    {
        [Transforms.Image.ImageType(2, 3)]
        public MLImage? Image { get; set; }
    }

    public sealed class ImageRow
    {
        [Transforms.Image.ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    /// <summary>A row that always has the same vector, and allocates nothing to give it.</summary>
    private sealed class ConstantRow(DataViewSchema schema, byte[] values) : DataViewRow
    {
        private long _position;

        public override DataViewSchema Schema => schema;

        public override long Position => _position;

        public override long Batch => 0;

        public void Move() => _position++;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => (ValueGetter<TValue>)(Delegate)(ValueGetter<VBuffer<byte>>)((ref VBuffer<byte> value) => new VBuffer<byte>(values.Length, values).CopyTo(ref value));

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;
    }
}
