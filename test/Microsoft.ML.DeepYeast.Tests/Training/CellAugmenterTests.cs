using Microsoft.ML.DeepYeast.Training;
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
    public void Apply_None_GivesTheCellsAsTheyAre() => Assert.AreSequenceEqual([1.0], Shares(CellAugmentation.None, [Identity]));

    [TestMethod]
    public void Apply_HorizontalFlip_MirrorsHalfOfTheCellsLeftToRight()
        => AssertShares(Shares(new() { HorizontalFlip = true }, [Identity, (y, x) => (y, Side - 1 - x)]));

    [TestMethod]
    public void Apply_VerticalFlip_MirrorsHalfOfTheCellsTopToBottom()
        => AssertShares(Shares(new() { VerticalFlip = true }, [Identity, (y, x) => (Side - 1 - y, x)]));

    [TestMethod]
    public void Apply_QuarterTurns_TurnsByEachQuarterAsOften()
        => AssertShares(Shares(new() { QuarterTurns = true }, [Identity, (y, x) => (x, Side - 1 - y), (y, x) => (Side - 1 - y, Side - 1 - x), (y, x) => (Side - 1 - x, y)]));

    [TestMethod]
    public void Apply_FlipsAndTurns_GivesEachOfTheEightSymmetriesAsOften()
        => AssertShares(Shares(new() { HorizontalFlip = true, VerticalFlip = true, QuarterTurns = true },
            [.. from turned in (bool[])[false, true] from up in (bool[])[false, true] from left in (bool[])[false, true]
                select (Func<int, int, (int, int)>)((y, x) => turned ? (Mirror(x, up), Mirror(y, left)) : (Mirror(y, up), Mirror(x, left)))]));

    [TestMethod]
    public void Apply_Shift_MovesByEachDistanceAsOftenAndRepeatsTheEdge()
        => AssertShares(Shares(new() { MaximumShift = 2 },
            [.. from down in Enumerable.Range(-2, 5) from right in Enumerable.Range(-2, 5)
                select (Func<int, int, (int, int)>)((y, x) => (Math.Clamp(y - down, 0, Side - 1), Math.Clamp(x - right, 0, Side - 1)))]));

    [TestMethod]
    public void Apply_FlipOfCellsThatAreNotSquare_MirrorsThem()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);

        byte[] result = new CellAugmenter(new() { HorizontalFlip = true }, generator).Apply(tensor(new byte[] { 1, 2, 3 }).view(1, 1, 3, 1).expand(200, 1, 3, 1).contiguous()).data<byte>().ToArray();

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
        using var generator = new Generator(11, CPU);
        Tensor cells = tensor(s_source).view(1, Side, Side, 2).expand(Count, Side, Side, 2).contiguous();

        byte[] result = new CellAugmenter(augmentation, generator).Apply(cells).data<byte>().ToArray();

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
}
