using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Points in the plane of their first two principal components, from the singular values of the centred points in float64.</summary>
/// <param name="Points">First and second component of each point; both are 0 in the mean.</param>
/// <param name="FirstShare">Share of the variance along the first component, in [0, 1]; 0 where all points are the same.</param>
/// <param name="SecondShare">The same for the second one.</param>
internal sealed record PrincipalPlane(IReadOnlyList<(double First, double Second)> Points, double FirstShare, double SecondShare)
{
    /// <param name="values">The points, one after the other; at least one.</param>
    /// <param name="dimensions">Values of a point.</param>
    public static PrincipalPlane Of(float[] values, int dimensions)
    {
        using ComputeThreads.Scope threads = ComputeThreads.Share(null);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor points = tensor(values, [values.Length / dimensions, dimensions]).to(float64);
        (Tensor u, Tensor s, _) = linalg.svd(points.sub(points.mean([0], keepdim: true)), fullMatrices: false);   // (N, r), (r)
        double[] components = [.. u.mul(s).t().contiguous().data<double>()], lengths = [.. s.data<double>()];
        double variance = lengths.Sum(length => length * length);
        double[] first = Component(0), second = Component(1);
        return new([.. first.Zip(second)], Share(0), Share(1));

        // A component's direction is defined but for its sign: the point that is farthest out has a positive value.
        double[] Component(int index)
        {
            int count = values.Length / dimensions;
            if (index >= lengths.Length)
                return new double[count];
            double[] component = components[(index * count)..((index + 1) * count)];
            return component.MaxBy(Math.Abs) < 0 ? [.. component.Select(value => -value)] : component;
        }

        double Share(int index) => index < lengths.Length && variance > 0 ? lengths[index] * lengths[index] / variance : 0;
    }
}
