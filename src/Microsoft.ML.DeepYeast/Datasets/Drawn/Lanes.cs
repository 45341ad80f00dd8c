using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// Walks along a row of a plane by as many pixels as a vector of floats holds. Their coordinates and what is computed from them are
/// doubles, and so come in two halves.
/// </summary>
/// <remarks>Only operations on single lanes are used, which give the same bits whatever a vector's width: sums over lanes would not.</remarks>
internal static class Lanes
{
    private static readonly Vector<double> s_counting = new([0, 1, 2, 3, 4, 5, 6, 7]);

    /// <summary>The first pixel of the vector that holds a pixel. A plane's side is a multiple of every vector's width.</summary>
    public static int Start(int x) => x & -Vector<float>.Count;

    /// <summary>The coordinates of the first half of the pixels from one on.</summary>
    public static Vector<double> FirstHalf(int x) => new Vector<double>(x) + s_counting;

    /// <summary>The coordinates of the second half.</summary>
    public static Vector<double> SecondHalf(int x) => FirstHalf(x + Vector<double>.Count);
}
