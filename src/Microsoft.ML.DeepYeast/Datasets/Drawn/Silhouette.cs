using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// One cell seen from above, mother and bud together: for each pixel how far inside the wall it is, how thick the cell is there,
/// and what share of it vacuoles and nucleus take.
/// </summary>
internal sealed class Silhouette
{
    private const double FarOutside = -1e6;

    /// <summary>Distance from the wall in pixels, row by row; negative outside. Valid within the bounds.</summary>
    public float[] Inward { get; } = new float[LightPlane.Side * LightPlane.Side];

    /// <summary>Thickness of the cell as a share of its thickest lobe: 0 outside, 1 in the middle.</summary>
    public float[] Thickness { get; } = new float[LightPlane.Side * LightPlane.Side];

    /// <summary>Share of the collected light that comes from vacuoles, 0 to 1.</summary>
    public float[] Vacuole { get; } = new float[LightPlane.Side * LightPlane.Side];

    /// <summary>Share of the collected light that comes from the nucleus, 0 to 1.</summary>
    public float[] Nucleus { get; } = new float[LightPlane.Side * LightPlane.Side];

    public int Left { get; private set; }

    public int Right { get; private set; }

    public int Top { get; private set; }

    public int Bottom { get; private set; }

    /// <summary>Takes the outline of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="reach">Pixels outside the wall that are still needed.</param>
    public void Trace(YeastCell cell, double reach)
    {
        (Left, Right, Top, Bottom) = (LightPlane.Side, -1, LightPlane.Side, -1);
        foreach (Ellipsoid lobe in cell.Lobes)
        {
            double radius = Math.Max(lobe.Long, lobe.Short) * 1.15 + reach;
            (int first, int last) = LightPlane.Cover(lobe.Center.X, radius);
            (Left, Right) = (Math.Min(Left, first), Math.Max(Right, last));
            (first, last) = LightPlane.Cover(lobe.Center.Y, radius);
            (Top, Bottom) = (Math.Min(Top, first), Math.Max(Bottom, last));
        }
        for (int y = Top; y <= Bottom; y++)
        {
            for (int x = Lanes.Start(Left); x <= Right; x += Vector<float>.Count)
                Measure(cell, x, y);
        }
        Trace(cell.Vacuoles, Vacuole);
        Trace(cell.Nuclei, Nucleus);
    }

    private void Trace(IReadOnlyList<Ellipsoid> bodies, float[] share)
    {
        for (int y = Top; y <= Bottom; y++)
            share.AsSpan(y * LightPlane.Side + Left, Math.Max(0, Right - Left + 1)).Clear();
        for (int b = 0; b < bodies.Count; b++)
        {
            Ellipsoid body = bodies[b];
            // A body off the focal plane takes less of the light that is collected.
            double off = body.Center.Z / body.Short, most = 1 / (1 + off * off);
            (int left, int right) = LightPlane.Cover(body.Center.X, body.Long);
            (int top, int bottom) = LightPlane.Cover(body.Center.Y, body.Long);
            for (int y = Math.Max(top, Top); y <= Math.Min(bottom, Bottom); y++)
            {
                for (int x = Lanes.Start(Math.Max(left, Left)); x <= Math.Min(right, Right); x += Vector<float>.Count)
                {
                    Span<float> pixels = share.AsSpan(y * LightPlane.Side + x);
                    Vector<float> taken = Vector.Narrow(Taken(body.Outline(Lanes.FirstHalf(x), y), most), Taken(body.Outline(Lanes.SecondHalf(x), y), most));
                    Vector.Max(new Vector<float>(pixels), taken).CopyTo(pixels);
                }
            }
        }
    }

    // Negative outside the body.
    private static Vector<double> Taken(Vector<double> square, double most)
        => most * Vector.Min(Vector<double>.One, 2 * (Vector<double>.One - square));

    private void Measure(YeastCell cell, int x, int y)
    {
        Vector<double> first = Measure(cell, Lanes.FirstHalf(x), y, out Vector<double> firstThickness);
        Vector<double> second = Measure(cell, Lanes.SecondHalf(x), y, out Vector<double> secondThickness);
        Vector.Narrow(first, second).CopyTo(Inward, y * LightPlane.Side + x);
        Vector.Narrow(firstThickness, secondThickness).CopyTo(Thickness, y * LightPlane.Side + x);
    }

    private static Vector<double> Measure(YeastCell cell, Vector<double> x, int y, out Vector<double> thickness)
    {
        Vector<double> deepest = new(FarOutside), thickest = Vector<double>.Zero;
        for (int i = 0; i < cell.Lobes.Count; i++)
        {
            Vector<double> square = cell.Lobes[i].Outline(x, y, out Vector<double> inward);
            deepest = Vector.Max(deepest, inward);
            thickest = Vector.Max(thickest, Vector<double>.One - square);
        }
        thickness = Vector.SquareRoot(thickest);
        return deepest;
    }
}
