using Microsoft.ML.DeepYeast.Training;
using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Every augmented cell must be the source moved by one of the allowed moves, and each of these must come as often as it should.</summary>
[TestClass]
public sealed class CellAugmenterTests
{
    private const int Side = 6;
    private const int Count = 4000;

    // Every pixel has a value of its own, so that a result tells how it was made.
    private static readonly byte[] s_source = [.. Enumerable.Range(0, Side * Side * 2).Select(i => (byte)(i + 1))];

    [TestMethod]
    public void Move_None_GivesTheCellsAsTheyAre() => Assert.AreSequenceEqual([1.0], Shares(CellAugmentation.None, [Identity]));

    [TestMethod]
    public void Move_HorizontalFlip_MirrorsHalfOfTheCellsLeftToRight()
        => AssertShares(Shares(new() { HorizontalFlip = true }, [Identity, (y, x) => (y, Side - 1 - x)]));

    [TestMethod]
    public void Move_VerticalFlip_MirrorsHalfOfTheCellsTopToBottom()
        => AssertShares(Shares(new() { VerticalFlip = true }, [Identity, (y, x) => (Side - 1 - y, x)]));

    [TestMethod]
    public void Move_QuarterTurns_TurnsByEachQuarterAsOften()
        => AssertShares(Shares(new() { QuarterTurns = true }, [Identity, (y, x) => (x, Side - 1 - y), (y, x) => (Side - 1 - y, Side - 1 - x), (y, x) => (Side - 1 - x, y)]));

    [TestMethod]
    public void Move_FlipsAndTurns_GivesEachOfTheEightSymmetriesAsOften()
        => AssertShares(Shares(new() { HorizontalFlip = true, VerticalFlip = true, QuarterTurns = true },
            [.. from turned in (bool[])[false, true] from up in (bool[])[false, true] from left in (bool[])[false, true]
                select (Func<int, int, (int, int)>)((y, x) => turned ? (Mirror(x, up), Mirror(y, left)) : (Mirror(y, up), Mirror(x, left)))]));

    [TestMethod]
    public void Move_Shift_MovesByEachDistanceAsOftenAndRepeatsTheEdge()
        => AssertShares(Shares(new() { MaximumShift = 2 },
            [.. from down in Enumerable.Range(-2, 5) from right in Enumerable.Range(-2, 5)
                select (Func<int, int, (int, int)>)((y, x) => (Math.Clamp(y - down, 0, Side - 1), Math.Clamp(x - right, 0, Side - 1)))]));

    [TestMethod]
    public void Move_FlipOfCellsThatAreNotSquare_MirrorsThem()
    {
        using var scope = NewDisposeScope();
        using var random = new TorchRandom(CPU, seed: 1);

        byte[] result = new CellAugmenter(new() { HorizontalFlip = true }, random).Move(tensor(new byte[] { 1, 2, 3 }).view(1, 1, 3, 1).expand(200, 1, 3, 1).contiguous()).data<byte>().ToArray();

        Assert.IsTrue(result.Chunk(3).All(row => row.SequenceEqual(new byte[] { 1, 2, 3 }) || row.SequenceEqual(new byte[] { 3, 2, 1 })));
    }

    private static (int, int) Identity(int y, int x) => (y, x);

    private static int Mirror(int index, bool mirrored) => mirrored ? Side - 1 - index : index;

    /// <summary>How large a share of the cells came from each move, which says where each pixel of the result was. Fails if some came from none.</summary>
    private static double[] Shares(CellAugmentation augmentation, Func<int, int, (int Y, int X)>[] moves)
    {
        string[] expected = [.. moves.Select(move => Convert.ToHexString([.. from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) from c in Enumerable.Range(0, 2)
            select s_source[(move(y, x).Y * Side + move(y, x).X) * 2 + c]]))];
        using var scope = NewDisposeScope();
        using var random = new TorchRandom(CPU, seed: 11);
        Tensor cells = tensor(s_source).view(1, Side, Side, 2).expand(Count, Side, Side, 2).contiguous();

        byte[] result = new CellAugmenter(augmentation, random).Move(cells).data<byte>().ToArray();

        string[] actual = [.. result.Chunk(s_source.Length).Select(Convert.ToHexString)];
        Assert.IsTrue(actual.All(expected.Contains), "A cell is none of the allowed ones.");
        return [.. expected.Select(each => actual.Count(cell => cell == each) / (double)Count)];
    }

    // Six standard deviations of a share.
    private static void AssertShares(double[] shares)
    {
        double share = 1.0 / shares.Length, tolerance = 6 * Math.Sqrt(share * (1 - share) / Count);
        foreach (double actual in shares)
            Assert.AreEqual(share, actual, tolerance, string.Join(", ", shares));
    }

    // Bilinear interpolation is exact where the picture rises in a straight line: the value at a place is that of where it came from.
    [TestMethod]
    [DataRow(8, 8)]
    [DataRow(6, 10)]
    public void Rotate_Ramp_GivesTheValueOfThePlaceThatWasTurnedThere(int height, int width)
    {
        using var scope = NewDisposeScope();
        const double angle = 0.3;
        static double Ramp(double y, double x) => 0.03 * y - 0.02 * x;
        float[] ramp = [.. from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) select (float)Ramp(y, x)];

        float[] turned = CellAugmenter.Rotate(tensor(ramp, [1, height, width, 1]), tensor(new[] { (float)angle })).contiguous().data<float>().ToArray();

        double centreY = (height - 1) / 2.0, centreX = (width - 1) / 2.0;
        int inside = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double fromX = centreX + Math.Cos(angle) * (x - centreX) + Math.Sin(angle) * (y - centreY), fromY = centreY - Math.Sin(angle) * (x - centreX) + Math.Cos(angle) * (y - centreY);
                if (fromX < 0 || fromY < 0 || fromX > width - 1 || fromY > height - 1)
                    continue;
                Assert.AreEqual(Ramp(fromY, fromX), turned[y * width + x], 1e-5, $"({y}, {x})");
                inside++;
            }
        }
        Assert.IsGreaterThan(height * width / 2, inside);
    }

    [TestMethod]
    public void Brighten_HalfMore_MultipliesTheGreyLevels()
    {
        using var scope = NewDisposeScope();
        float[] greys = [0, 10, 100, 160];

        float[] brighter = CellAugmenter.Brighten(tensor([.. greys.Select(grey => GreyLevels.ToFeature(grey))], [1, 1, 4, 1]), tensor(new[] { 0.5f }, [1, 1, 1, 1])).data<float>().ToArray();

        for (int i = 0; i < greys.Length; i++)
            Assert.AreEqual(GreyLevels.ToFeature(1.5f * greys[i]), brighter[i], 1e-6);
    }

    // A uniform factor from 1 - b to 1 + b has the mean 1 and the variance b^2 / 3.
    [TestMethod]
    public void ChangeValues_Brightness_HasTheMomentsOfAUniformFactor()
    {
        double[] factors = [.. Changed(new() { Brightness = 0.3 }, grey: 100).Select(value => value / 100)];

        Assert.IsTrue(factors.All(factor => factor is > 0.699 and < 1.301));
        Assert.AreEqual(1, factors.Average(), 5 * 0.3 / Math.Sqrt(3 * factors.Length));
        Assert.AreEqual(0.03, factors.Average(factor => Math.Pow(factor - 1, 2)), 0.001);
    }

    [TestMethod]
    public void ChangeValues_Noise_HasTheStandardDeviationInGreyLevels()
    {
        double[] values = Changed(new() { Noise = 6 }, grey: 120);

        Assert.AreEqual(120, values.Average(), 5 * 6 / Math.Sqrt(values.Length));
        Assert.AreEqual(6, Math.Sqrt(values.Average(value => Math.Pow(value - 120, 2))), 0.1);
    }

    // Of cells of one pixel nothing but the angle can be seen on a slope through the centre: its value there is the sine of the angle.
    [TestMethod]
    public void ChangeValues_Rotation_DrawsAnglesEvenlyUpToTheLargest()
    {
        using var scope = NewDisposeScope();
        using var random = new TorchRandom(CPU, seed: 3);
        float[] slope = [.. Enumerable.Range(0, 9).Select(i => 0.1f * (i / 3 - 1))];   // rises by 0.1 a row

        Tensor turned = new CellAugmenter(new() { MaximumRotation = 30 }, random).ChangeValues(tensor(slope, [1, 3, 3, 1]).expand(Count, 3, 3, 1).contiguous());

        double[] degrees = [.. turned[TensorIndex.Colon, 1, 0, 0].contiguous().data<float>().Select(value => Math.Asin(value / 0.1) * 180 / Math.PI)];
        Assert.IsTrue(degrees.All(angle => Math.Abs(angle) < 30.01));
        Assert.AreEqual(0, degrees.Average(), 5 * 30 / Math.Sqrt(3 * Count));
        Assert.AreEqual(300, degrees.Average(angle => angle * angle), 15);   // (2 * 30)^2 / 12
    }

    [TestMethod]
    public void ChangeValues_StrongNoise_StaysBetweenBlackAndWhite()
        => Assert.IsTrue(Changed(new() { Noise = 200 }, grey: 120).All(value => value is >= -1e-4 and <= 255.0001));

    [TestMethod]
    public void Apply_NoChange_GivesTheCell()
    {
        float[] cell = [.. Enumerable.Range(0, Tiny.Shape.Size).Select(i => i / 100f - 1)];

        Assert.AreSequenceEqual(cell, CellAugmentation.None.Apply(cell, Tiny.Shape, seed: 1));
    }

    [TestMethod]
    public void Apply_SameSeed_GivesTheSameCellAndAnotherSeedAnother()
    {
        float[] cell = [.. Enumerable.Range(0, Tiny.Shape.Size).Select(i => i / 100f - 1)];
        CellAugmentation augmentation = CellAugmentation.RoundCells with { MaximumShift = 2, MaximumRotation = 20, Noise = 2, Brightness = 0.2 };

        float[] first = augmentation.Apply(cell, Tiny.Shape, seed: 1);

        Assert.AreSequenceEqual(first, augmentation.Apply(cell, Tiny.Shape, seed: 1));
        Assert.IsFalse(first.SequenceEqual(augmentation.Apply(cell, Tiny.Shape, seed: 2)));
    }

    [TestMethod]
    public void Apply_OtherNumberOfFeatures_ThrowsNamingBoth()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => CellAugmentation.None.Apply(new float[5], Tiny.Shape, seed: 1));

        StringAssert.StartsWith(error.Message, $"There are 5 features, but cells of {Tiny.Shape} have 128.");
    }

    [TestMethod]
    [DataRow("MaximumRotation", "Option Augmentation.MaximumRotation is 181 but must be in [0, 180].")]
    [DataRow("Brightness", "Option Augmentation.Brightness is 1 but must be in [0, 1).")]
    [DataRow("Noise", "Option Augmentation.Noise is -1 but must be in [0, 255].")]
    public void Constructor_SettingOutOfRange_ThrowsNamingIt(string setting, string expected)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(new MLContext(), options => options.Augmentation = setting switch
        {
            "MaximumRotation" => new() { MaximumRotation = 181 },
            "Brightness" => new() { Brightness = 1 },
            _ => new() { Noise = -1 },
        }));

        StringAssert.StartsWith(error.Message, expected);
    }

    /// <summary>The grey levels that many cells of one pixel have afterwards.</summary>
    private static double[] Changed(CellAugmentation augmentation, float grey)
    {
        using var scope = NewDisposeScope();
        using var random = new TorchRandom(CPU, seed: 7);
        Tensor cells = full([5 * Count, 1, 1, 1], GreyLevels.ToFeature(grey));
        return [.. new CellAugmenter(augmentation, random).ChangeValues(cells).data<float>().Select(feature => (feature / 2.0 + 0.5) * 255)];
    }
}
