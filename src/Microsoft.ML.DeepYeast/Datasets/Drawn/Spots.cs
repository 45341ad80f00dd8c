namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Proteins of small bodies: endosomes, Golgi, peroxisomes, spindle poles, lipid particles.</summary>
internal static class Spots
{
    /// <summary>Three to five large spots, most of them at a vacuole, often longer than wide.</summary>
    /// <remarks>Late endosomes are few and lie at the vacuole (Day et al., Dev. Cell 44, 2018).</remarks>
    public static void PaintEndosomes(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        int count = protein.Count(random, 3, 5);
        double level = random.Range(0.8, 1);
        if (protein.Stray > 0.6)
        {
            foreach (Ellipsoid vacuole in cell.Vacuoles)
                brush.Shell(vacuole, 1.2, 0.18, 0.4);
        }
        for (int i = 0; i < count; i++)
        {
            Point3 place = cell.Vacuoles.Count > 0 && random.Chance(0.85)
                ? cell.Vacuoles[random.Count(0, cell.Vacuoles.Count - 1)].At(Near(random.OnSphere()) * 1.1)
                : InCytosol(cell, random, 0.75);
            double sigma = random.Range(1.6, 2.6) * protein.Size;
            brush.Spot(place, sigma, level * random.Range(0.5, 1));
            if (random.Chance(0.5))
                brush.Spot(place + random.OnSphere() * (1.8 * sigma), sigma * random.Range(0.7, 1), level * random.Range(0.4, 1));
        }
    }

    /// <summary>Six to thirteen fuzzy spots of unlike brightness all over the cytosol.</summary>
    /// <remarks>Single cisternae, not stacked in this yeast (Preuss et al., Mol. Biol. Cell 3, 1992; Losev et al., Nature 441, 2006).</remarks>
    public static void PaintGolgi(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        int count = protein.Count(random, 6, 13);
        for (int i = 0; i < count; i++)
        {
            Point3 place = InCytosol(cell, random, 0.85);
            double sigma = random.Range(1.7, 2.8) * protein.Size;
            double level = random.Range(0.35, 1);
            brush.Spot(place, sigma, level);
            if (random.Chance(0.35))
                brush.Spot(place + random.OnSphere() * (1.7 * sigma), sigma * 0.9, level * random.Range(0.4, 0.9));
        }
    }

    /// <summary>Four to twelve small, clear spots, more of them under the wall than inside.</summary>
    /// <remarks>They hold on to the wall, and divide with the cell (Motley and Hettema, J. Cell Biol. 178, 2007; Knoblach et al., EMBO J. 32, 2013).</remarks>
    public static void PaintPeroxisomes(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        int count = protein.Count(random, 4, 12);
        double sigma = random.Range(0.6, 1.15) * protein.Size;
        for (int i = 0; i < count; i++)
        {
            Point3 place = random.Chance(0.7)
                ? cell.PickLobe(random).At(Near(random.OnSphere()).Unit * random.Range(0.78, 0.95))
                : InCytosol(cell, random, 0.8);
            brush.Spot(place, sigma * random.Range(0.85, 1.15), random.Range(0.45, 1));
        }
    }

    /// <summary>One spot at the edge of the nucleus, two close together before division, one in mother and bud after it.</summary>
    /// <remarks>About 0.1 um wide (Jaspersen and Winey, Annu. Rev. Cell Dev. Biol. 20, 2004): the optics give it its size.</remarks>
    public static void PaintSpindlePoles(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        double sigma = random.Range(0.9, 1.8) * protein.Size;
        bool pair = cell.Nuclei.Count == 1 && random.Chance(cell.BudSize > 0 ? 0.6 : 0.25);
        foreach (Ellipsoid nucleus in cell.Nuclei)
        {
            (double x, double y) = random.Direction();
            Point3 pole = nucleus.At(new Point3(x, y, random.Range(-0.5, 0.5)).Unit * 0.9);
            brush.Spot(pole, sigma, 1);
            if (pair)
                brush.Spot(pole + random.OnSphere() * (sigma * random.Range(1, 3.2)), sigma, random.Range(0.6, 1));
            if (protein.Stray > 0.8)
                brush.Fill(nucleus, 0.15);
        }
    }

    /// <summary>Two to ten small spots, many of them at the nucleus and in clusters.</summary>
    /// <remarks>They grow from the reticulum and gather in clusters (Szymanski et al., PNAS 104, 2007).</remarks>
    public static void PaintLipidParticles(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        int count = protein.Count(random, 2, 10);
        double sigma = random.Range(0.9, 1.5) * protein.Size;
        double envelope = 0.25 * protein.Stray * protein.Stray;
        brush.Shell(cell.Nuclei[0], 1.2, envelope, 0.3);
        Point3 last = InCytosol(cell, random, 0.8);
        for (int i = 0; i < count; i++)
        {
            last = random.Chance(0.4) ? last + random.OnSphere() * (2.4 * sigma)
                : random.Chance(0.5) ? cell.Nuclei[0].At(random.OnSphere() * 1.15)
                : InCytosol(cell, random, 0.85);
            brush.Spot(last, sigma * random.Range(0.8, 1.2), random.Range(0.5, 1));
        }
    }

    // Moved towards the focal plane: what is far above or below it is hardly seen.
    private static Point3 Near(Point3 unit) => unit with { Z = 0.5 * unit.Z };

    // A place in mother or bud that no vacuole or nucleus takes; after eight tries any place.
    private static Point3 InCytosol(YeastCell cell, CellRandom random, double reach)
    {
        Point3 place = default;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            place = cell.PickLobe(random).At(Near(random.InBall() * reach));
            if (!cell.InLumen(place))
                break;
        }
        return place;
    }
}
