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
    private int[] _partners;

    public Mixup(double alpha, int[] trainingRows)
    {
        _alpha = alpha;
        _trainingRows = trainingRows;
        _partners = trainingRows;
    }

    /// <summary>Draws the epoch's second order.</summary>
    public void BeginEpoch(Random random)
    {
        _partners = [.. _trainingRows];
        random.Shuffle(_partners);
    }

    /// <summary>The rows that a batch is mixed with.</summary>
    public ReadOnlySpan<int> Partners(int start, int count) => _partners.AsSpan(start, count);

    /// <summary>A share in [0, 1] for each of the first cells of a batch; the partner has the rest.</summary>
    public Tensor DrawShares(int count, Random random, Device device)
    {
        var shares = new BetaDistribution(_alpha, random);
        return tensor([.. Enumerable.Range(0, count).Select(_ => (float)shares.Next())], dtype: float32).to(device);
    }

    /// <summary>share * first + (1 - share) * second, row by row.</summary>
    public static Tensor Mix(Tensor first, Tensor second, Tensor shares)
    {
        long[] perRow = [-1, .. Enumerable.Repeat(1L, (int)first.dim() - 1)];
        return second.lerp(first, shares.view(perRow));
    }
}
