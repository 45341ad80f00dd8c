namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The cells of one crop: the cell of interest in the middle and its neighbours, cut by the border.</summary>
internal static class Colony
{
    private const int MostNeighbors = 5;

    // Measured on 64 x 64 crops of real cells: mothers 22 to 48 pixels wide, most of them 30 to 40.
    private const double MeanRadius = 17.5, RadiusDeviation = 3.4, SmallestRadius = 10.5, LargestRadius = 25;

    /// <summary>Places the cells; the first one is the cell of interest.</summary>
    public static List<YeastCell> Grow(CellRandom random)
    {
        const double middle = (LightPlane.Side - 1) / 2.0;
        double radius = Math.Clamp(MeanRadius + RadiusDeviation * random.Normal(), SmallestRadius, LargestRadius);
        var offset = new Point3(random.Normal() * 1.8, random.Normal() * 1.8, random.Normal() * 0.12 * radius);
        var cells = new List<YeastCell>(MostNeighbors + 1)
        {
            new(random, offset + new Point3(middle, middle, 0), radius, budded: 0.33),
        };
        int neighbors = random.Count(0, MostNeighbors);
        for (int i = 0; i < neighbors; i++)
        {
            double size = Math.Clamp(radius + RadiusDeviation * 1.3 * random.Normal(), 0.6 * radius, LargestRadius);
            double gap = random.Chance(0.5) ? random.Range(-1, 2) : random.Range(1, 16);
            (double x, double y) = random.Direction();
            double distance = radius + size + gap;
            var place = new Point3(middle + x * distance, middle + y * distance, random.Normal() * 0.25 * radius);
            if (IsFree(cells, place, size))
                cells.Add(new(random, place, size, budded: 0.2));
        }
        return cells;
    }

    private static bool IsFree(List<YeastCell> cells, Point3 place, double radius)
    {
        foreach (YeastCell cell in cells)
        {
            foreach (Ellipsoid lobe in cell.Lobes)
            {
                double dx = lobe.Center.X - place.X, dy = lobe.Center.Y - place.Y;
                double least = lobe.Short + radius - 2.5;
                if (dx * dx + dy * dy < least * least)
                    return false;
            }
        }
        return true;
    }
}
