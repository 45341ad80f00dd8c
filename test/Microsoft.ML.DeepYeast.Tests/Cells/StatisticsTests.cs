using System.Collections.Immutable;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The statistics of cells: against their definitions, against closed forms, and as a column.</summary>
[TestClass]
public sealed class StatisticsTests
{
    private const int Side = 64, Pixels = Side * Side;

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(2, 64, 64)]
    [DataRow(3, 21, 40)]
    [DataRow(1, 9, 3)]
    [DataRow(2, 2, 17)]
    public void Measure_SpotsAndNoise_AreTheDefinitionsInFloat64(int channels, int height, int width)
    {
        float[][,] planes = [.. Enumerable.Range(0, channels).Select(i => Spot(height, width, seed: i))];
        string[] names = channels == 2 ? ["red", "green"] : [.. Enumerable.Range(1, channels).Select(i => $"channel {i}")];

        Dictionary<string, float> actual = Measure(planes);

        double[][,] exact = [.. planes.Select(plane => Map(height, width, (row, column) => (double)plane[row, column]))];
        var expected = new Dictionary<string, double>();
        for (int i = 0; i < channels; i++)
        {
            foreach (var (name, value) in NaiveStatistics.OfPlane(exact[i]))
                expected.Add($"{names[i]} {name}", value);
            for (int j = i + 1; j < channels; j++)
            {
                foreach (var (name, value) in NaiveStatistics.OfPair(exact[i], exact[j], names[i], names[j]))
                    expected.Add(name, value);
            }
        }
        Assert.AreSequenceEqual(expected.Keys, actual.Keys, SequenceOrder.InAnyOrder);
        foreach (var (name, value) in expected)
            Assert.AreEqual(value, actual[name], 1e-5 * Math.Max(1, Math.Abs(value)), name);
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(0.3f)]
    [DataRow(1f)]
    public void Measure_ConstantPlanes_SpreadNothing(float intensity)
    {
        // An odd number of pixels, so that the mean is rounded.
        Dictionary<string, float> actual = Measure(Map(63, 61, (_, _) => intensity), Map(63, 61, (_, _) => intensity));

        float stored = (intensity * 2 - 1) * 0.5f + 0.5f;
        foreach (var (name, value) in actual.Where(entry => entry.Key.StartsWith("green ", StringComparison.Ordinal)))
        {
            switch (name["green ".Length..])
            {
                case "mean" or "percentile 1" or "percentile 50" or "percentile 99":
                    Assert.AreEqual(stored, value, 1e-7, name);
                    break;
                case "share of the brightest 25%":
                    Assert.AreEqual(0.25, value, 1e-6, name);
                    break;
                case "standard deviation" or "skewness" or "entropy" or "gradient mean" or "gradient percentile 99" or "granularity at 1" or "granularity at 8":
                    Assert.AreEqual(0, value, 1e-7, name);
                    break;
                case "spread":   // the second moments of a row of n pixels are (n * n - 1) / 12
                    Assert.AreEqual(intensity == 0 ? 0 : Math.Sqrt((63 * 63 - 1 + 61 * 61 - 1) / 12.0) / 30.5, value, 1e-6, name);
                    break;
            }
        }
        Assert.AreEqual(intensity == 0 ? 0 : 1, actual["red-green overlap"], 1e-6);
        string[] nothing = ["red-green correlation", "slope of green over red", "slope of red over green", "share of green where red is above its mean", "red-green correlation of differences at 1"];
        foreach (string name in nothing)
            Assert.AreEqual(0f, actual[name], name);
    }

    [TestMethod]
    public void Measure_Ramp_HasOneGradientAndTheVarianceOfARamp()
    {
        Dictionary<string, float> actual = Measure(Map(Side, Side, (_, column) => column / 64f));

        const double variance = (Side * Side - 1) / 12.0 / (64 * 64);
        AssertAll(actual, new()
        {
            ["mean"] = 31.5 / 64, ["standard deviation"] = Math.Sqrt(variance), ["skewness"] = 0, ["percentile 50"] = 31.5 / 64, ["percentile 99"] = 63.0 / 64,
            ["entropy"] = 6,   // 64 grey levels, as often
            ["gradient mean"] = 1 / 64.0, ["gradient standard deviation"] = 0, ["gradient percentile 99"] = 1 / 64.0,
            // The pairs in a row differ by the distance, and those in a column, as many, not at all.
            ["granularity at 1"] = 0.5 / (64 * 64) / (2 * variance), ["granularity at 8"] = 0.5 * 64 / (64 * 64) / (2 * variance),
            // The brightest quarter are the columns 48 to 63.
            ["share of the brightest 25%"] = (48 + 63) / 2.0 * 16 / (31.5 * 64),
        });
    }

    [TestMethod]
    public void Measure_OneBrightPixel_IsAllInOnePlace()
    {
        Dictionary<string, float> actual = Measure(Map(Side, Side, (row, column) => row == 10 && column == 50 ? 1f : 0f));

        const double p = 1.0 / Pixels;
        AssertAll(actual, new()
        {
            ["mean"] = p, ["standard deviation"] = Math.Sqrt(p * (1 - p)), ["skewness"] = (1 - 2 * p) / Math.Sqrt(p * (1 - p)),
            ["entropy"] = -p * Math.Log2(p) - (1 - p) * Math.Log2(1 - p), ["percentile 99"] = 0, ["share of the brightest 1%"] = 1,
            ["gradient mean"] = 4 * 0.5 * p, ["spread"] = 0, ["elongation"] = 0, ["share of ring 1"] = 1, ["share of ring 4"] = 0,
            // It is in four pairs.
            ["granularity at 1"] = 4.0 / (2 * 64 * 63) / (2 * p * (1 - p)), ["granularity at 8"] = 4.0 / (2 * 64 * 56) / (2 * p * (1 - p)),
        });
    }

    [TestMethod]
    public void Measure_Disc_HasItsMomentsAndItsAreasInRings()
    {
        const double radius = 20;
        Dictionary<string, float> actual = Measure(Map(Side, Side, (row, column) => Math.Pow(row - 31.5, 2) + Math.Pow(column - 31.5, 2) <= radius * radius ? 1f : 0f));

        Assert.AreEqual(radius / Math.Sqrt(2) / 32, actual["channel 1 spread"], 0.005);
        Assert.AreEqual(0, actual["channel 1 elongation"], 1e-6);
        double[] areas = [.. new[] { 6.4, 12.8, 19.2, radius }.Select(outer => outer * outer / (radius * radius))];
        for (int ring = 1; ring <= 4; ring++)
            Assert.AreEqual(areas[ring - 1] - (ring > 1 ? areas[ring - 2] : 0), actual[$"channel 1 share of ring {ring}"], 0.01, $"ring {ring}");
    }

    [TestMethod]
    public void Measure_Line_IsElongated()
    {
        Dictionary<string, float> actual = Measure(Map(Side, Side, (row, column) => row == column ? 0.8f : 0f));

        Assert.AreEqual(1, actual["channel 1 elongation"], 1e-6);
        Assert.AreEqual(Math.Sqrt(2 * (Side * Side - 1) / 12.0) / 32, actual["channel 1 spread"], 1e-6);
    }

    [TestMethod]
    public void Measure_KnownHistogram_GivesItsFigures()
    {
        // A quarter black, a quarter of grey level 51, half white.
        Dictionary<string, float> actual = Measure(Map(Side, Side, (row, _) => (row % 4) switch { 0 => 0f, 1 => 0.2f, _ => 1f }));

        AssertAll(actual, new()
        {
            ["mean"] = 0.55, ["standard deviation"] = Math.Sqrt(0.25 * 0.55 * 0.55 + 0.25 * 0.35 * 0.35 + 0.5 * 0.45 * 0.45), ["entropy"] = 1.5, ["percentile 1"] = 0, ["percentile 10"] = 0,
            ["percentile 25"] = 0.75 * 0.2,   // between the values of rank 1023 and 1024
            ["percentile 50"] = 0.2 + 0.5 * 0.8, ["percentile 75"] = 1, ["share of the brightest 1%"] = 0.01 / 0.55, ["share of the brightest 25%"] = 0.25 / 0.55,
        });
    }

    [TestMethod]
    public void Measure_HalfAsBrightAndInverted_FollowTheFirst()
    {
        float[,] red = Spot(Side, Side, seed: 3);
        Dictionary<string, float> half = Measure(red, Map(Side, Side, (row, column) => red[row, column] / 2));
        Dictionary<string, float> inverted = Measure(red, Map(Side, Side, (row, column) => 1 - red[row, column]));

        AssertAll(half, new()
        {
            ["red-green correlation"] = 1, ["red-green overlap"] = 1, ["slope of green over red"] = 0.5, ["slope of red over green"] = 2, ["red-green distance of centres"] = 0,
            ["red-green correlation of differences at 1"] = 1, ["red-green correlation of differences at 8"] = 1,
        }, prefix: "");
        AssertAll(inverted, new()
        {
            ["red-green correlation"] = -1, ["slope of green over red"] = -1, ["slope of red over green"] = -1, ["red-green correlation of differences at 1"] = -1,
        }, prefix: "");
    }

    [TestMethod]
    public void Measure_TwoPixelsApart_TellsHowFar()
    {
        Dictionary<string, float> actual = Measure(Point(20, 30), Point(23, 34));

        AssertAll(actual, new()
        {
            ["red-green distance of centres"] = 5 / 32.0, ["red-green overlap"] = 0, ["share of green where red is above its mean"] = 0, ["share of red where green is above its mean"] = 0,
        }, prefix: "");

        static float[,] Point(int atRow, int atColumn) => Map(Side, Side, (row, column) => row == atRow && column == atColumn ? 1f : 0f);
    }

    [TestMethod]
    [DataRow(64, 64)]
    [DataRow(10, 10)]
    [DataRow(7, 12)]
    public void Measure_TurnedOrMirrored_StaysTheSame(int height, int width)
    {
        float[][,] planes = [Spot(height, width, seed: 1), Spot(height, width, seed: 2), Map(height, width, (row, column) => row == height / 2 || column == 3 ? 1f : 0f)];
        Dictionary<string, float> expected = Measure(planes);

        Func<float[,], float[,]> turn = plane => Map(plane.GetLength(1), plane.GetLength(0), (row, column) => plane[column, plane.GetLength(1) - 1 - row]);
        Func<float[,], float[,]> mirror = plane => Map(plane.GetLength(0), plane.GetLength(1), (row, column) => plane[row, plane.GetLength(1) - 1 - column]);
        for (int turns = 1; turns < 8; turns++)
        {
            planes = [.. planes.Select(turns == 4 ? mirror : turn)];
            Dictionary<string, float> actual = Measure(planes);
            foreach (var (name, value) in expected)
                Assert.AreEqual(value, actual[name], 1e-5, $"{name}, {turns} turns");
        }
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 5)]
    [DataRow(3, 1)]
    [DataRow(64, 64)]
    public void Measure_AnyFiniteCell_IsFinite(int height, int width)
    {
        float[] extremes = [0, 1, -1, 1e-30f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1e-7f, 0.5f, MathF.BitIncrement(0.5f)];
        var shape = new CellShape(2, height, width);
        var random = new Random(1);
        foreach (float most in extremes)
        {
            foreach (float other in extremes)
            {
                float[] cell = [.. Enumerable.Range(0, shape.Size).Select(_ => random.Next(50) == 0 ? other : most)];
                Dictionary<string, float> actual = Measure(shape, cell);
                Assert.IsTrue(actual.Values.All(float.IsFinite), $"{most} and {other}: {string.Join(", ", actual.Where(entry => !float.IsFinite(entry.Value)))}");
            }
        }
    }

    [TestMethod]
    public void Measure_BeyondTheRange_CountsAsItsEnds()
    {
        var shape = new CellShape(2, 6, 6);
        var random = new Random(1);
        float[] cell = [.. Enumerable.Range(0, shape.Size).Select(_ => random.NextSingle() * 8 - 4)];

        Assert.AreSequenceEqual(Measure(shape, [.. cell.Select(value => Math.Clamp(value, -1, 1))]), Measure(shape, cell));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Measure_AValueIsNotFinite_GivesNaNAndTheNextCellIsRight(float value)
    {
        var shape = new CellShape(1, 4, 4);
        float[] good = [.. Enumerable.Range(0, 16).Select(i => i / 16f)];
        var statistics = new CellStatistics(shape);
        float[] expected = new float[CellStatistics.Names(1).Count], bad = [.. expected], after = [.. expected];
        statistics.Measure(good, expected);

        statistics.Measure([.. good[..^1], value], bad);
        statistics.Measure(good, after);

        Assert.IsTrue(bad.All(float.IsNaN));
        Assert.AreSequenceEqual(expected, after);
    }

    [TestMethod]
    public void RankedValues_CrowdedOrSpread_AreThoseOfASort()
    {
        var random = new Random(2);
        Func<float>[] kinds = [() => random.NextSingle(), () => random.Next(4) / 4f, () => random.Next(500) == 0 ? 1e6f : random.NextSingle() * 1e-3f, () => MathF.Exp(40 * random.NextSingle())];
        foreach (Func<float> kind in kinds)
        {
            foreach (int size in new[] { 1, 2, 37, Pixels })
            {
                float[] values = [.. Enumerable.Range(0, size).Select(_ => kind())], sorted = [.. values.Order()];
                var ranked = new RankedValues(size);
                ranked.Deal(values);
                foreach (double percentile in new[] { 50, 0, 3.7, 99.9, 100, 12.5 })
                    Assert.AreEqual(ContrastStretch.Percentile(sorted, percentile), ranked.Percentile(percentile));
                foreach (int count in new[] { 0, 1, size / 3, size })
                    Assert.AreEqual(sorted[^count..].Sum(value => (double)value), ranked.SumOfHighest(count), 1e-9 * sorted.Sum(value => (double)value));
            }
        }
    }

    [TestMethod]
    public void Schema_YeastCells_NamesEveryValue()
    {
        IDataView cells = Cells(8);

        DataViewSchema.Column column = _mlContext.Transforms.DeepYeastStatistics("Statistics").Fit(cells).GetOutputSchema(cells.Schema)["Statistics"];

        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        string[] texts = [.. names.DenseValues().Select(name => name.ToString())];
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 69), column.Type);
        Assert.HasCount(69, texts.Distinct());
        string[] some = ["red mean", "green mean", "green percentile 99", "green share of ring 1", "red-green correlation", "slope of green over red", "red-green correlation of differences at 4"];
        CollectionAssert.IsSubsetOf(some, texts);
    }

    [TestMethod]
    public void Transform_APlainVectorOf8192_IsRead()
    {
        float[][] features = [.. Cells(4).GetColumn<float[]>("Features")];
        IDataView plain = _mlContext.Data.LoadFromEnumerable(features.Select(values => new PlainRow { Features = values }));

        float[][] fromPlain = [.. _mlContext.Transforms.DeepYeastStatistics().Fit(plain).Transform(plain).GetColumn<float[]>("Features")];

        float[][] expected = [.. _mlContext.Transforms.DeepYeastStatistics().Fit(Cells(4)).Transform(Cells(4)).GetColumn<float[]>("Features")];
        Assert.AreSequenceEqual(expected.SelectMany(values => values), fromPlain.SelectMany(values => values));
    }

    [TestMethod]
    public void Load_InANewContext_GivesTheSameStatisticsFromImages()
    {
        using var folder = new TemporaryFolder();
        IDataView cells = _mlContext.Data.CreateSyntheticYeastCells(6);
        var model = _mlContext.Transforms.DeepYeastPreprocess().Append(_mlContext.Transforms.DeepYeastStatistics("Statistics")).Fit(cells);
        _mlContext.Model.SaveAtomically(model, cells.Schema, folder.File("model.zip"));

        IDataView loaded = new MLContext().Model.Load(folder.File("model.zip"), out _).Transform(cells);

        Assert.AreSequenceEqual(
            model.Transform(cells).GetColumn<float[]>("Statistics").SelectMany(values => values), loaded.GetColumn<float[]>("Statistics").SelectMany(values => values));
    }

    [TestMethod]
    public void PermutationFeatureImportance_CellsThatDifferInGreen_NamesAStatisticOfGreen()
    {
        // Red is bright in both classes, green in one of them.
        IDataView cells = Tiny.Cells(_mlContext, Tiny.Rows(120).Where(row => row.Label != "green"));
        var model = _mlContext.Transforms.DeepYeastStatistics().Append(_mlContext.Transforms.NormalizeMinMax("Features"))
            .Append(_mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(cells);

        ImmutableDictionary<string, MulticlassClassificationMetricsStatistics> importance =
            _mlContext.MulticlassClassification.PermutationFeatureImportance((ITransformer)model.LastTransformer, model.Transform(cells));

        Assert.HasCount(69, importance);
        StringAssert.Contains(importance.MaxBy(entry => entry.Value.LogLoss.Mean).Key, "green");
    }

    [TestMethod]
    public void Fit_NoFeatureColumn_ThrowsNamingTheColumnsThereAre()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.DeepYeastStatistics(inputColumnName: "Pixels").Fit(Cells(2)));

        StringAssert.StartsWith(error.Message, "There is no feature column 'Pixels'. The columns are: ");
        StringAssert.Contains(error.Message, "'Features'");
    }

    [TestMethod]
    public void Fit_AVectorOfUnknownShape_ThrowsNamingBothSizes()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(new[] { new ShortRow() });

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.DeepYeastStatistics().Fit(rows));

        StringAssert.Contains(error.Message, "Feature column 'Features' is Vector<Single, 100> but must be a vector of 8192 floats in (channel, row, column) order");
    }

    [TestMethod]
    public void Transform_ARowWithoutValues_ThrowsNamingTheRow()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(new[] { new PlainRow { Features = new float[8192] }, new PlainRow() });
        IDataView transformed = _mlContext.Transforms.DeepYeastStatistics().Fit(rows).Transform(rows);

        Exception error = Assert.Throws<Exception>(() => transformed.GetColumn<float[]>("Features").ToArray());

        StringAssert.Contains((error.InnerException ?? error).Message, "Column 'Features' has 0 values at row 1, but its type says 8192.");
    }

    [TestMethod]
    [DataRow("", "Features")]
    [DataRow("Features", " ")]
    public void DeepYeastStatistics_EmptyName_Throws(string output, string input)
        => Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.DeepYeastStatistics(output, input));

    private IDataView Cells(int count)
    {
        IDataView images = _mlContext.Data.CreateSyntheticYeastCells(count);
        return _mlContext.Transforms.DeepYeastPreprocess().Fit(images).Transform(images);
    }

    /// <summary>A round spot on noise, of intensities of 12 bits, which features hold exactly.</summary>
    private static float[,] Spot(int height, int width, int seed)
    {
        var random = new Random(seed);
        double atRow = height * (0.3 + 0.4 * random.NextDouble()), atColumn = width * (0.3 + 0.4 * random.NextDouble()), radius = 0.2 * (height + width) / 2;
        return Map(height, width, (row, column) =>
        {
            double light = Math.Exp(-(Math.Pow(row - atRow, 2) + Math.Pow(column - atColumn, 2)) / (2 * radius * radius));
            return (float)Math.Round(3000 * light + 800 * random.NextDouble()) / 4096;
        });
    }

    private static T[,] Map<T>(int height, int width, Func<int, int, T> value)
    {
        var plane = new T[height, width];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
                plane[row, column] = value(row, column);
        }
        return plane;
    }

    private static Dictionary<string, float> Measure(params float[][,] planes)
        => Measure(new(planes.Length, planes[0].GetLength(0), planes[0].GetLength(1)), [.. planes.SelectMany(plane => plane.Cast<float>()).Select(intensity => intensity * 2 - 1)]);

    private static Dictionary<string, float> Measure(CellShape shape, float[] cell)
    {
        IReadOnlyList<string> names = CellStatistics.Names(shape.Channels);
        float[] values = [.. Enumerable.Repeat(float.NaN, names.Count)];
        new CellStatistics(shape).Measure(cell, values);
        return names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void AssertAll(Dictionary<string, float> actual, Dictionary<string, double> expected, string prefix = "channel 1 ")
    {
        foreach (var (name, value) in expected)
            Assert.AreEqual(value, actual[prefix + name], 1e-6 * Math.Max(1, Math.Abs(value)), name);
    }

    public sealed class PlainRow
    {
        [VectorType(8192)]
        public float[]? Features { get; set; }
    }

    public sealed class ShortRow
    {
        [VectorType(100)]
        public float[] Features { get; set; } = new float[100];
    }
}
