using BitMiracle.LibTiff.Classic;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Cells from TIFF files: every kind of file that is read, and every kind that is refused.</summary>
[TestClass]
public sealed class CellImageLoadingTests
{
    private const int Height = 40, Width = 21;

    private readonly MLContext _mlContext = new(seed: 1);

    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    [DataRow(8, Compression.NONE, null)]
    [DataRow(16, Compression.NONE, null)]
    [DataRow(32, Compression.NONE, null)]
    [DataRow(8, Compression.LZW, Predictor.HORIZONTAL)]
    [DataRow(16, Compression.LZW, Predictor.HORIZONTAL)]
    [DataRow(32, Compression.LZW, null)]
    [DataRow(16, Compression.ADOBE_DEFLATE, Predictor.HORIZONTAL)]
    [DataRow(32, Compression.ADOBE_DEFLATE, Predictor.FLOATINGPOINT)]
    [DataRow(16, Compression.DEFLATE, null)]
    [DataRow(8, Compression.PACKBITS, null)]
    [DataRow(16, Compression.PACKBITS, null)]
    public void Read_EveryDepthAndCompression_GivesTheValuesThatWereWritten(int bits, Compression compression, Predictor? predictor)
    {
        foreach (int tile in new[] { 0, 16, 48 })
        {
            foreach (string mode in predictor is null ? new[] { "w", "wb", "w8" } : ["w", "w8"])   // see HandMadeTiff
            {
                TiffPage[] pages = [.. new[] { 1, 2 }.Select(seed => Page(bits, seed) with { Compression = compression, Predictor = predictor, Tile = tile })];
                string path = TiffFile.Write(_folder.File($"{tile}{mode}.tif"), mode, pages);

                float[] values = Read(path);

                Assert.AreSequenceEqual(pages.SelectMany(page => page.ToFloats()), values, $"tile {tile}, mode {mode}");
            }
        }
    }

    [TestMethod]
    [DataRow(16)]
    [DataRow(32)]
    public void Read_DifferencesInTheOtherByteOrder_GivesTheValuesThatWereWritten(int bits)
    {
        TiffPage[] pages = [Page(bits, seed: 1), Page(bits, seed: 2)];

        Assert.AreSequenceEqual(pages.SelectMany(page => page.ToFloats()), Read(HandMadeTiff.Write(_folder.File("a.tif"), pages)));
    }

    [TestMethod]
    public void Transform_OneFileOfTwoPages_IsRedThenGreenInTheFilesRange()
    {
        TiffPage red = Page(16, seed: 1), green = Page(16, seed: 2);
        IDataView rows = Rows(new TiffRow { ImagePath = TiffFile.Write(_folder.File("a.tif"), red, green) });

        IDataView loaded = Load(rows, new());

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, Height, Width), loaded.Schema["Image"].Type);
        Assert.AreSequenceEqual([.. red.ToFloats(), .. green.ToFloats()], loaded.GetColumn<float[]>("Image").Single());
        Assert.IsGreaterThan(1000, red.ToFloats().Min());
    }

    [TestMethod]
    public void Transform_AFileAChannel_MayHaveTheirOwnDepths()
    {
        TiffPage red = Page(8, seed: 1), green = Page(32, seed: 2);
        IDataView rows = Rows(new TiffRow { ImagePath = TiffFile.Write(_folder.File("red.tif"), red), GreenPath = TiffFile.Write(_folder.File("green.tif"), green) });

        IDataView loaded = Load(rows, new() { InputColumnNames = ["ImagePath", "GreenPath"], OutputColumnName = "Raw" });

        Assert.AreSequenceEqual([.. red.ToFloats(), .. green.ToFloats()], loaded.GetColumn<float[]>("Raw").Single());
    }

    [TestMethod]
    public void Transform_RelativePaths_BeginInTheFolder()
    {
        TiffPage red = Page(16, seed: 1), green = Page(16, seed: 2);
        TiffFile.Write(_folder.File("a.tif"), red, green);

        IDataView loaded = Load(Rows(new TiffRow { ImagePath = "a.tif" }), new() { ImageFolder = _folder.Path });

        Assert.AreSequenceEqual([.. red.ToFloats(), .. green.ToFloats()], loaded.GetColumn<float[]>("Image").Single());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("_u16")]
    public void Transform_RealCells_AreThePngsWithinOneGreyLevel(string suffix)
    {
        string[] tiffs = [.. Directory.GetFiles(TestData.Path("yeast-cells/tiff"), "*.tif").Where(path => path.EndsWith("_u16.tif", StringComparison.Ordinal) == (suffix != "")).Order(StringComparer.Ordinal)];
        string[] pngs = [.. tiffs.Select(path => Path.GetFileNameWithoutExtension(path)[..^suffix.Length]).Select(name => TestData.Path($"yeast-cells/png/{name.Split('_')[0]}/{name}.png"))];
        IDataView deep = Rows([.. tiffs.Select(path => new TiffRow { ImagePath = path })]), shallow = Rows([.. pngs.Select(path => new TiffRow { ImagePath = path })]);

        var fromTiff = _mlContext.Transforms.LoadCellImages().Append(_mlContext.Transforms.DeepYeastPreprocess(new() { Contrast = CellContrast.Percentiles })).Fit(deep).Transform(deep);
        var fromPng = _mlContext.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(_mlContext.Transforms.DeepYeastPreprocess()).Fit(shallow).Transform(shallow);

        double[] differences = [.. fromTiff.GetColumn<float[]>("Features").Zip(fromPng.GetColumn<float[]>("Features"), (tiff, png) => tiff.Zip(png).Max(pair => Math.Abs(pair.First - pair.Second)) * 127.5)];
        TestContext.WriteLine($"{differences.Length} cells: {differences.Max():F3} grey levels at most.");
        Assert.HasCount(86, differences);
        Assert.IsLessThanOrEqualTo(1, differences.Max());
    }

    [TestMethod]
    public void Predict_EngineOverALoadedPipeline_ReadsTheFiles()
    {
        TiffFile.Write(_folder.File("a.tif"), Page(16, seed: 1), Page(16, seed: 2));
        IDataView rows = Rows(new TiffRow { ImagePath = "a.tif" });
        var options = new CellImageLoadingEstimator.Options { Shape = new(2, Height, Width), ImageFolder = _folder.Path };
        var model = _mlContext.Transforms.LoadCellImages(options).Append(_mlContext.Transforms.DeepYeastPreprocess(new() { Contrast = CellContrast.Percentiles })).Fit(rows);
        _mlContext.Model.Save(model, rows.Schema, _folder.File("model.zip"));

        using var engine = new MLContext().Model.CreatePredictionEngine<TiffRow, Features>(new MLContext().Model.Load(_folder.File("model.zip"), out _));

        Assert.AreSequenceEqual(model.Transform(rows).GetColumn<float[]>("Features").Single(), engine.Predict(new TiffRow { ImagePath = "a.tif" }).Values);
    }

    [TestMethod]
    [DataRow(1, "has 1 page but must have 2, one for each channel")]
    [DataRow(3, "has 3 pages but must have 2, one for each channel")]
    public void Read_AnotherNumberOfPages_ThrowsNamingBoth(int pages, string message)
        => AssertRefuses(message, [.. Enumerable.Range(0, pages).Select(i => Page(16, seed: i))]);

    [TestMethod]
    public void Transform_AFileAChannelWithTwoPages_ThrowsNamingBoth()
    {
        string path = TiffFile.Write(_folder.File("a.tif"), Page(16, seed: 1), Page(16, seed: 2));
        IDataView loaded = Load(Rows(new TiffRow { ImagePath = path, GreenPath = path }), new() { InputColumnNames = ["ImagePath", "GreenPath"] });

        StringAssert.Contains(ErrorOf<InvalidDataException>(loaded).Message, $"'{path}' has 2 pages but must have 1, one for each channel that is read from it.");
    }

    [TestMethod]
    public void Read_PagesOfTwoSizes_ThrowsNamingThePageAndBothSizes()
        => AssertRefuses($"has 40 x 22 pixels in page 2 but must have {Height} x {Width}, as all pages of all cells.", [Page(16, seed: 1), TiffPage.Random<ushort>(Height, Width + 1, seed: 2)]);

    [TestMethod]
    public void Transform_RowsOfTwoSizes_ThrowsNamingTheFileAndBothSizes()
    {
        TiffPage[] small = [TiffPage.Random<ushort>(8, 8, seed: 1), TiffPage.Random<ushort>(8, 8, seed: 2)];
        IDataView loaded = Load(Rows(
            new TiffRow { ImagePath = TiffFile.Write(_folder.File("a.tif"), Page(16, seed: 1), Page(16, seed: 2)) },
            new TiffRow { ImagePath = TiffFile.Write(_folder.File("b.tif"), small) }), new());

        StringAssert.StartsWith(ErrorOf<InvalidDataException>(loaded).Message, $"'{_folder.File("b.tif")}' has 8 x 8 pixels in page 1 but must have {Height} x {Width}");
    }

    [TestMethod]
    public void Read_DepthsThatAreNoGreyLevels_ThrowsNamingThem()
    {
        int count = Height * Width;
        AssertRefuses("has values of 16 bits (INT) in page 1 but must have 8 or 16 bits without a sign (UINT), or floats of 32 bits (IEEEFP).", [TiffPage.Of(Height, Width, new short[count])]);
        AssertRefuses("has values of 8 bits (INT) in page 1", [TiffPage.Of(Height, Width, new sbyte[count])]);
        AssertRefuses("has values of 32 bits (UINT) in page 1", [TiffPage.Of(Height, Width, new uint[count])]);
        AssertRefuses("has values of 64 bits (IEEEFP) in page 1", [TiffPage.Of(Height, Width, new double[count])]);
        AssertRefuses("has values of 1 bits (UINT) in page 1", [new TiffPage(Height, Width, new byte[Height * ((Width + 7) / 8)], Bits: 1, SampleFormat.UINT)]);
        AssertRefuses("has values of 16 bits (IEEEFP) in page 1", [new TiffPage(Height, Width, new byte[2 * count], Bits: 16, SampleFormat.IEEEFP)]);
    }

    [TestMethod]
    public void Read_Colours_ThrowsNamingThem()
    {
        int count = Height * Width;
        AssertRefuses("has 3 values a pixel in page 1 but must have one, a grey level.", [TiffPage.Of(Height, Width, new byte[3 * count]) with { Photometric = Photometric.RGB }]);
        AssertRefuses("has pixels of kind PALETTE in page 1 but must have grey levels, of which 0 is black (MINISBLACK).", [TiffPage.Of(Height, Width, new byte[count]) with { Photometric = Photometric.PALETTE }]);
        AssertRefuses("has pixels of kind MINISWHITE in page 1", [TiffPage.Of(Height, Width, new byte[count]) with { Photometric = Photometric.MINISWHITE }]);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Read_ValueThatIsNotFinite_ThrowsNamingThePage(float value)
    {
        TiffPage second = TiffPage.Of(Height, Width, [.. new float[Height * Width - 1], value]);
        string path = TiffFile.Write(_folder.File("a.tif"), Page(32, seed: 1), second);

        Assert.AreEqual($"'{path}' has a value in page 2 that is not finite. Convert the file, or leave the cell out.", Assert.ThrowsExactly<InvalidDataException>(() => Read(path)).Message);
    }

    [TestMethod]
    public void Read_NoTiff_ThrowsSayingWhatItIsFor()
    {
        string png = PngFile.Write(_folder.File("a.png"), Width, Height, seed: 1), empty = _folder.File("empty.tif"), text = _folder.File("text.tif");
        File.WriteAllText(empty, "");
        File.WriteAllText(text, "path,protein\n");

        foreach (string path in new[] { png, empty, text })
        {
            string message = Assert.ThrowsExactly<InvalidDataException>(() => Read(path)).Message;
            StringAssert.StartsWith(message, $"'{path}' is no TIFF file, or it is damaged: ");
            StringAssert.EndsWith(message, "Copy it again from where it came; PNG and JPEG are for LoadImages.");
        }
    }

    [TestMethod]
    [DataRow(0, Compression.NONE)]
    [DataRow(16, Compression.NONE)]
    [DataRow(0, Compression.LZW)]
    [DataRow(16, Compression.ADOBE_DEFLATE)]
    public void Read_CutShortAnywhere_ThrowsNamingTheFileAndWritesNothingToTheConsole(int tile, Compression compression)
    {
        byte[] whole = File.ReadAllBytes(TiffFile.Write(_folder.File("whole.tif"), [.. new[] { 1, 2 }.Select(seed => Page(16, seed) with { Tile = tile, Compression = compression })]));
        string path = _folder.File("cut.tif");

        string console = ConsoleOf(() =>
        {
            for (int length = 0; length < whole.Length; length += 13)
            {
                File.WriteAllBytes(path, whole[..length]);
                StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() => Read(path), $"{length} of {whole.Length} bytes").Message, $"'{path}' ");
            }
        });

        Assert.AreEqual("", console);
    }

    [TestMethod]
    [DataRow(0, Compression.NONE)]
    [DataRow(16, Compression.LZW)]
    public void Read_AnyByteChanged_GivesValuesOrNamesTheFileAndWritesNothingToTheConsole(int tile, Compression compression)
    {
        byte[] whole = File.ReadAllBytes(TiffFile.Write(_folder.File("whole.tif"), [.. new[] { 1, 2 }.Select(seed => TiffPage.Random<ushort>(16, 16, seed) with { Tile = tile, Compression = compression })]));
        string path = _folder.File("changed.tif");
        float[] planes = new float[2 * 16 * 16];

        string console = ConsoleOf(() =>
        {
            for (int i = 0; i < 2 * whole.Length; i++)
            {
                byte[] changed = [.. whole];
                changed[i / 2] = i % 2 == 0 ? byte.MaxValue : (byte)(changed[i / 2] ^ (1 << (i / 2 % 8)));
                File.WriteAllBytes(path, changed);
                try
                {
                    new TiffReader(16, 16).Read(path, 2, planes);
                }
                catch (InvalidDataException e)
                {
                    StringAssert.StartsWith(e.Message, $"'{path}' ", $"byte {i / 2}");
                }
            }
        });

        Assert.AreEqual("", console);
    }

    [TestMethod]
    public void Read_OtherUsersOfLibTiff_KeepTheirErrors()
    {
        Read(TiffFile.Write(_folder.File("a.tif"), Page(16, seed: 1), Page(16, seed: 2)));

        string console = ConsoleOf(() => Assert.IsNull(Tiff.Open(_folder.File("missing.tif"), "r")));

        StringAssert.Contains(console, "missing.tif");
    }

    [TestMethod]
    public void Transform_FileMissing_ThrowsNamingFileColumnAndRow()
    {
        IDataView loaded = Load(Rows(new TiffRow { ImagePath = "no such.tif" }), new() { ImageFolder = _folder.Path });

        Assert.AreEqual(
            $"There is no file '{_folder.File("no such.tif")}', which column 'ImagePath' names in row 0. Check the path, or set option ImageFolder of LoadCellImages.",
            ErrorOf<FileNotFoundException>(loaded).Message);
    }

    [TestMethod]
    public void Transform_NoPath_ThrowsNamingColumnAndRow()
        => StringAssert.StartsWith(ErrorOf<FileNotFoundException>(Load(Rows(new TiffRow()), new())).Message, "Column 'ImagePath' names no file in row 0.");

    [TestMethod]
    public void Transform_ThenPreprocess_ErrorsNameRowAndFile()
    {
        string path = TiffFile.Write(_folder.File("a.tif"), Page(16, seed: 1));
        IDataView loaded = Load(Rows(new TiffRow { ImagePath = path }), new());

        string message = ErrorOf<InvalidOperationException>(_mlContext.Transforms.DeepYeastPreprocess().Fit(loaded).Transform(loaded), "Features").ToString();

        StringAssert.Contains(message, $"The cell of row 0 ('{path}') in column 'Image' cannot be read: '{path}' has 1 page but must have 2");
    }

    [TestMethod]
    public void Fit_ColumnMissing_ThrowsNamingTheColumnsThereAre()
        => Assert.AreEqual("There is no path column 'RedPath'. The columns are: 'ImagePath', 'GreenPath'.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.LoadCellImages("Image", "RedPath").Fit(Rows(new TiffRow()))).Message);

    [TestMethod]
    public void Fit_ColumnIsNotText_ThrowsNamingItsType()
        => StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.LoadCellImages("Image", "Id").Fit(Tiny.Cells(_mlContext, 3))).Message,
            "Path column 'Id' is Int32 but must be text, the names of TIFF files.");

    [TestMethod]
    public void LoadCellImages_ColumnsThatAreNeitherOneNorAsManyAsChannels_ThrowsNamingBoth()
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.LoadCellImages(new CellImageLoadingEstimator.Options { InputColumnNames = ["A", "B", "C"] })).Message,
            "Option InputColumnNames has 3 names (A, B, C) and option Shape 2 channels.");

    [TestMethod]
    public void LoadCellImages_NameEmpty_Throws()
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.LoadCellImages(new CellImageLoadingEstimator.Options { InputColumnNames = ["A", ""] })).Message,
            "Option InputColumnNames has a name that is empty.");

    [TestMethod]
    public void LoadCellImages_ShapeOfNothing_Throws()
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.LoadCellImages(new CellImageLoadingEstimator.Options { Shape = new(2, 0, 64) })).Message,
            "Option Shape is 2 channels x 0 rows x 64 columns but each must be at least 1");

    private static TiffPage Page(int bits, int seed) => bits switch
    {
        8 => TiffPage.Random<byte>(Height, Width, seed),
        16 => TiffPage.Random<ushort>(Height, Width, seed),
        _ => TiffPage.Random<float>(Height, Width, seed),
    };

    private static float[] Read(string path)
    {
        float[] planes = new float[2 * Height * Width];
        new TiffReader(Height, Width).Read(path, 2, planes);
        return planes;
    }

    private void AssertRefuses(string message, TiffPage[] pages)
    {
        // What is wrong with one page is said of the first, so the second is the same.
        string path = TiffFile.Write(_folder.File("bad.tif"), pages is [TiffPage single] && !message.Contains("has 1 page") ? [single, single] : pages);

        StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() => Read(path)).Message, $"'{path}' {message}");
    }

    private IDataView Rows(params TiffRow[] rows) => _mlContext.Data.LoadFromEnumerable(rows);

    private IDataView Load(IDataView rows, CellImageLoadingEstimator.Options options)
    {
        options.Shape = new(2, Height, Width);
        return _mlContext.Transforms.LoadCellImages(options).Fit(rows).Transform(rows);
    }

    /// <summary>The error of that type which reading a column ends with; ML.NET may wrap what it reads on a thread of its own.</summary>
    private static T ErrorOf<T>(IDataView view, string column = "Image") where T : Exception
    {
        Exception? error = Assert.Throws<Exception>(() => view.GetColumn<float[]>(column).ToArray());
        while (error is not (T or null))
            error = error.InnerException;
        return (T)(error ?? throw new AssertFailedException($"There is no {typeof(T).Name}."));
    }

    /// <summary>What is written to the console meanwhile.</summary>
    private static string ConsoleOf(Action action)
    {
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        Console.SetOut(written);
        Console.SetError(written);
        try
        {
            action();
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
        return written.ToString();
    }

    private sealed class Features
    {
        [ColumnName("Features")]
        public float[] Values { get; set; } = [];
    }
}
