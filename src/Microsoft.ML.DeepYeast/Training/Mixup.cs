using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Mixup (Zhang et al., arXiv:1710.09412): each training cell is a mixture of two, and so is its target. As in the reference, an epoch goes over
/// two orders of all cells at once, and each row has a share of its own.
/// </summary>
internal sealed class Mixup
{
    private readonly double _alpha;
    private readonly int[] _trainingRows;

    public Mixup(double alpha, int[] trainingRows)
    {
        _alpha = alpha;
        _trainingRows = trainingRows;
    }

    /// <summary>Draws an epoch's second order: row for row what the first is mixed with.</summary>
    public int[] DrawPartners(Random random)
    {
        int[] partners = [.. _trainingRows];
        random.Shuffle(partners);
        return partners;
    }

    /// <summary>A share in [0, 1] for each of the first cells of a batch; the partner has the rest.</summary>
    public IEnumerable<float> DrawShares(int count, Random random)
    {
        var shares = new BetaDistribution(_alpha, random);
        return Enumerable.Range(0, count).Select(_ => (float)shares.Next());
    }

    /// <summary>share * first + (1 - share) * second, row by row.</summary>
    public static Tensor Mix(Tensor first, Tensor second, Tensor shares)
    {
        long[] perRow = [-1, .. Enumerable.Repeat(1L, (int)first.dim() - 1)];
        return second.lerp(first, shares.view(perRow));
    }
}
