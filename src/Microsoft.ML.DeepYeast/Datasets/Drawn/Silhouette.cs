namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>
/// One cell seen from above, mother and bud together: for each pixel how far inside the wall it is, how thick the cell is there,
/// and what share of it vacuoles and nucleus take.
/// </summary>
internal sealed class Silhouette
{
    private const float FarOutside = -1e6f;

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
            for (int x = Left; x <= Right; x++)
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
                for (int x = Math.Max(left, Left); x <= Math.Min(right, Right); x++)
                {
                    double inside = 1 - body.Outline(x, y);
                    if (inside > 0)
                        share[y * LightPlane.Side + x] = Math.Max(share[y * LightPlane.Side + x], (float)(most * Math.Min(1, 2 * inside)));
                }
            }
        }
    }

    private void Measure(YeastCell cell, int x, int y)
    {
        float deepest = FarOutside;
        double thickest = 0;
        for (int i = 0; i < cell.Lobes.Count; i++)
        {
            double square = cell.Lobes[i].Outline(x, y, out double inward);
            deepest = Math.Max(deepest, (float)inward);
            thickest = Math.Max(thickest, 1 - square);
        }
        Inward[y * LightPlane.Side + x] = deepest;
        Thickness[y * LightPlane.Side + x] = (float)Math.Sqrt(thickest);
    }
}
