namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Proteins of long, thin structures: mitochondria, actin, microtubules.</summary>
internal static class Strands
{
    private const int MostPoints = 24;

    /// <summary>A network of a few tubes under the wall, reaching into the bud; short pieces in some cells.</summary>
    /// <remarks>Tubes 0.3 to 0.4 um wide under the wall (Egner et al., PNAS 99, 2002; Nunnari et al., Mol. Biol. Cell 8, 1997).</remarks>
    public static void PaintMitochondria(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        bool fragmented = random.Chance(0.1);
        int tubes = fragmented ? random.Count(4, 8) : random.Count(2, 4);
        double sigma = random.Range(0.9, 1.5) * protein.Size;
        for (int i = 0; i < tubes; i++)
        {
            Ellipsoid lobe = cell.PickLobe(random);
            int points = fragmented ? random.Count(4, 6) : random.Count(8, MostPoints);
            PaintUnderWall(subject, lobe, points, sigma, random.Range(0.45, 1));
        }
        if (cell.BudSize > 0 && random.Chance(0.7))
        {
            Ellipsoid bud = cell.Lobes[1];
            Span<Point3> course = [cell.Mother.At(random.OnSphere() * 0.8), cell.Neck, bud.Center, bud.At(random.OnSphere() * 0.75)];
            brush.Strand(course, sigma, random.Range(0.5, 1));
        }
    }

    /// <summary>Patches under the wall, crowded in the bud, and faint cables along the cell.</summary>
    /// <remarks>Patches gather where the cell grows (Adams and Pringle, J. Cell Biol. 98, 1984).</remarks>
    public static void PaintActin(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double sigma = random.Range(0.9, 1.4) * protein.Size;
        int patches = protein.Count(random, 8, 24);
        for (int i = 0; i < patches; i++)
        {
            bool growing = cell.BudSize > 0 && random.Chance(0.65);
            Point3 place = (growing ? cell.Lobes[1] : cell.Mother).At(random.OnSphere() * random.Range(0.85, 1));
            brush.Spot(place, sigma, random.Range(0.35, 1));
        }
        int cables = random.Count(0, 4);
        for (int i = 0; i < cables; i++)
        {
            Point3 far = cell.Mother.At(random.OnSphere() * 0.85);
            Span<Point3> course = [cell.Neck, (cell.Neck + far) * 0.5 + random.OnSphere() * 2, far];
            brush.Strand(course, 0.8 * sigma, random.Range(0.1, 0.35));
        }
    }

    /// <summary>The spindle: a bar in the nucleus, long through the neck during division; and a few thin threads from its poles.</summary>
    /// <remarks>Spindles of 1.5 to 8 um (Winey and Bloom, Genetics 190, 2012).</remarks>
    public static void PaintMicrotubules(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double sigma = random.Range(0.8, 1.3) * protein.Size;
        Ellipsoid nucleus = cell.Nuclei[0];
        Point3 axis = cell.BudSize > 0 ? cell.NeckAxis : Flat(random);
        Point3 first = nucleus.Center - axis * (0.8 * nucleus.Radius), second = nucleus.Center + axis * (0.8 * nucleus.Radius);
        if (cell.Nuclei.Count == 2)
            (first, second) = (nucleus.Center - axis * (0.5 * nucleus.Radius), cell.Nuclei[1].Center + axis * (0.5 * cell.Nuclei[1].Radius));
        Span<Point3> spindle = [first, cell.Nuclei.Count == 2 ? cell.Neck : nucleus.Center, second];
        brush.Strand(spindle, sigma * 1.1, cell.BudSize > 0 ? 1 : random.Range(0.3, 1));
        for (int i = random.Count(1, 4); i > 0; i--)
        {
            Point3 root = random.Chance(0.5) ? first : second;
            Point3 end = root + Flat(random) * (cell.Mother.Radius * random.Range(0.4, 1.1));
            for (int cut = 0; cut < 4 && !cell.Mother.Contains(end, 0.95); cut++)
                end = (end + cell.Mother.Center) * 0.5;
            Span<Point3> thread = [root, end];
            brush.Strand(thread, sigma * 0.8, random.Range(0.2, 0.6));
        }
    }

    // A walk over the inside of the wall that keeps its heading and bends at random.
    private static void PaintUnderWall(Subject subject, Ellipsoid lobe, int points, double sigma, double level)
    {
        CellRandom random = subject.Random;
        Span<Point3> course = stackalloc Point3[MostPoints];
        Point3 place = random.OnSphere();
        // Start near the focal plane: what lies far above or below is hardly seen.
        place = (place with { Z = 0.4 * place.Z }).Unit;
        Point3 heading = random.OnSphere();
        heading = heading with { Z = 0.5 * heading.Z };
        double depth = random.Range(0.7, 0.9), stride = 0.2;
        for (int i = 0; i < points; i++)
        {
            course[i] = lobe.At(place * depth);
            heading = (heading + random.OnSphere() * 0.45 - place * Along(heading, place)).Unit;
            place = (place + heading * stride).Unit;
        }
        subject.Brush.Strand(course[..points], sigma, level);
        // Thicker here and there.
        for (int i = random.Count(0, 4); i < points; i += random.Count(3, 8))
            subject.Brush.Spot(course[i], sigma, level * random.Range(0, 0.8));
    }

    private static double Along(Point3 a, Point3 b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    private static Point3 Flat(CellRandom random)
    {
        (double x, double y) = random.Direction();
        return new(x, y, random.Range(-0.2, 0.2));
    }
}
