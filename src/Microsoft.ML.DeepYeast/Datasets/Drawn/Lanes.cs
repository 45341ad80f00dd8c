using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// Walks along a row of a plane by as many pixels as a vector of floats holds. Their coordinates and what is computed from them are
/// doubles, and so come in two halves.
/// </summary>
/// <remarks>Only operations on single lanes are used, which give the same bits whatever a vector's width: sums over lanes would not.</remarks>
internal static class Lanes
{
    private static readonly Vector<double> s_counting = new(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 });
    private static readonly Vector<int> s_lanes = new(new int[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 });

    /// <summary>The first pixel of the vector that holds a pixel. A plane's side is a multiple of every vector's width.</summary>
    public static int Start(int x) => x & -Vector<float>.Count;

    /// <summary>The coordinates of the first half of the pixels from one on.</summary>
    public static Vector<double> FirstHalf(int x) => new Vector<double>(x) + s_counting;

    /// <summary>The coordinates of the second half.</summary>
    public static Vector<double> SecondHalf(int x) => FirstHalf(x + Vector<double>.Count);

    /// <summary>The values of the pixels from one on, 0 for those that do not lie between the first and the last wanted.</summary>
    public static Vector<float> Between(int x, int first, int last, Vector<float> values)
    {
        Vector<int> at = new Vector<int>(x) + s_lanes;
        Vector<int> wanted = Vector.GreaterThanOrEqual(at, new Vector<int>(first)) & Vector.LessThanOrEqual(at, new Vector<int>(last));
        return Vector.ConditionalSelect(wanted, values, Vector<float>.Zero);
    }
}
