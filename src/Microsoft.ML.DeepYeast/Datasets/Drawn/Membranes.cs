namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Proteins of membranes: cell periphery, reticulum, nuclear envelope, vacuole; and the ring of the bud neck.</summary>
internal static class Membranes
{
    /// <summary>The plasma membrane: a ring around mother and bud.</summary>
    public static void PaintPeriphery(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double width = random.Range(0.9, 1.4) * protein.Size;
        PaintWall(subject, depth: 0.5, width, level: 1, veil: 0.05 + 0.25 * protein.Stray, uneven: 0.5 * protein.Patchy);
        // Eisosomes: furrows that cover part of the membrane of the mother (Walther et al., Nature 439, 2006).
        int patches = protein.Patchy > 0.75 ? random.Count(8, 20) : 0;
        for (int i = 0; i < patches; i++)
            brush.Spot(cell.Mother.At(Equator(random)), 1.2 * width, 0.5);
    }

    /// <summary>The endoplasmic reticulum: a ring at the nucleus, patches under the wall, tubes between.</summary>
    /// <remarks>Cortical reticulum lines 20 to 45% of the plasma membrane (West et al., J. Cell Biol. 193, 2011).</remarks>
    public static void PaintReticulum(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double width = random.Range(0.9, 1.5) * protein.Size;
        foreach (Ellipsoid nucleus in cell.Nuclei)
            brush.Shell(nucleus, width * random.Range(1, 1.5), 1, random.Range(0.1, 0.5));
        double cortical = random.Range(0.35, 1.1);
        PaintWall(subject, depth: 2.2, width, cortical * 0.6, veil: 0.15, uneven: 0.9);
        int patches = random.Count(2, 9);
        for (int i = 0; i < patches; i++)
            PaintPatch(subject, width, cortical);
        int tubes = random.Count(0, 3);
        for (int i = 0; i < tubes; i++)
        {
            Ellipsoid nucleus = cell.Nuclei[0];
            Point3 wall = cell.PickLobe(random).At(Equator(random) * 0.88);
            Point3 root = nucleus.Center + (wall - nucleus.Center).Unit * nucleus.Radius;
            Span<Point3> course = [root, (root + wall) * 0.5 + random.OnSphere() * 2, wall];
            brush.Strand(course, width * 0.9, random.Range(0.3, 0.7));
        }
    }

    /// <summary>The nuclear envelope: a small ring, dotted with pores, drawn out into the bud during division.</summary>
    /// <remarks>About 100 pore complexes in haploid cells (Winey et al., Mol. Biol. Cell 8, 1997): the optics merge them.</remarks>
    public static void PaintNuclearPeriphery(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double width = random.Range(1.1, 2.1) * protein.Size;
        foreach (Ellipsoid nucleus in cell.Nuclei)
        {
            brush.Shell(nucleus, width, 0.8, random.Range(0.1, 0.7));
            int dots = random.Count(4, 12);
            for (int i = 0; i < dots; i++)
                brush.Spot(nucleus.At(Equator(random)), width * 1.1, random.Range(0.1, 0.2 + 0.6 * protein.Patchy));
        }
        if (cell.Nuclei.Count == 2)
            Compartments.PaintBridge(subject, random.Range(0.2, 0.6));
        else if (cell.BudSize > 0.3 && random.Chance(0.3))
            PaintNeck(subject, width);
    }

    /// <summary>Vacuoles: filled, or rims that are brighter where two lobes touch.</summary>
    public static void PaintVacuoles(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double width = random.Range(0.8, 1.3) * protein.Size;
        // A single vacuole is drawn with a rim: evenly filled, nothing but its size would tell it from a nucleus.
        double rim = Math.Max(protein.Hollow, cell.Vacuoles.Count == 1 ? 0.5 : 0);
        foreach (Ellipsoid vacuole in cell.Vacuoles)
        {
            double level = random.Range(0.65, 1);
            if (rim > 0.4)
                brush.Shell(vacuole, width, level, random.Range(0.05, 0.8) * (1.3 - rim));
            else
                brush.Fill(vacuole, level);
        }
    }

    /// <summary>Septins: a bar or two across the neck, or a ring where the next bud will grow.</summary>
    public static void PaintBudNeck(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double half = (cell.BudSize > 0 ? 0.28 : 0.2) * cell.Mother.Radius * random.Range(0.7, 1.2);
        double width = random.Range(0.8, 1.5) * protein.Size;
        var across = new Point3(-cell.NeckAxis.Y, cell.NeckAxis.X, 0);
        int bars = cell.BudSize > 0.4 && random.Chance(0.5) ? 2 : 1;
        for (int bar = 0; bar < bars; bar++)
        {
            Point3 middle = cell.Neck + cell.NeckAxis * (bars == 2 ? 3.6 * width * (bar - 0.5) : 0);
            Span<Point3> course = [middle - across * half, middle + across * half];
            brush.Strand(course, width, 0.7);
            brush.Spot(course[0], width, 0.5);
            brush.Spot(course[1], width, 0.5);
        }
    }

    // The envelope of a nucleus that begins to move through the neck.
    private static void PaintNeck(Subject subject, double width)
    {
        YeastCell cell = subject.Cell;
        Span<Point3> course = [cell.Nuclei[0].Center, cell.Neck, cell.Lobes[1].Center];
        subject.Brush.Strand(course, 1.2 * width, subject.Random.Range(0.3, 0.7));
        subject.Brush.Spot(cell.Lobes[1].Center, 1.8 * width, 0.7);
    }

    private static void PaintPatch(Subject subject, double width, double level)
    {
        Ellipsoid lobe = subject.Cell.PickLobe(subject.Random);
        Point3 start = Equator(subject.Random);
        double turn = subject.Random.Range(-0.3, 0.3);
        Span<Point3> course = stackalloc Point3[4];
        for (int i = 0; i < course.Length; i++)
            course[i] = lobe.At(new Point3(start.X - i * turn * start.Y, start.Y + i * turn * start.X, start.Z).Unit * 0.87);
        subject.Brush.Strand(course, width, level * subject.Random.Range(0.4, 0.9));
    }

    // A rim under the wall, brighter to one side.
    private static void PaintWall(Subject subject, double depth, double width, double level, double veil, double uneven)
    {
        var (cell, outline, _, brush, random) = subject;
        double scale = level * brush.Level * brush.Focus.Share(0.5 * cell.Mother.Center.Z);
        (double x, double y) = random.Direction();
        brush.Wall(outline, depth, brush.Focus.Width(width, 0.5 * cell.Mother.Center.Z), scale, veil,
            new Slant(cell.Mother.Center, uneven * x / (1.5 * cell.Mother.Radius), uneven * y / (1.5 * cell.Mother.Radius)));
    }

    // A point of the unit sphere near the focal plane.
    private static Point3 Equator(CellRandom random)
    {
        (double x, double y) = random.Direction();
        return new Point3(x, y, random.Range(-0.35, 0.35)).Unit;
    }
}
