namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Proteins that fill a space: cytoplasm, nucleus, nucleolus.</summary>
internal static class Compartments
{
    /// <summary>Everywhere but in the vacuoles, a little less or more in the nucleus.</summary>
    public static void PaintCytoplasm(Subject subject)
    {
        double vacuole = subject.Random.Range(0.45, 0.95), nucleus = 0.4 - 0.5 * subject.Protein.Stray;
        Cytosol.Paint(subject.Brush.Plane, subject.Outline, subject.Brush.Level, vacuole, nucleus);
    }

    /// <summary>A filled disc; during division dumb-bells and two discs.</summary>
    public static void PaintNucleus(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        foreach (Ellipsoid nucleus in cell.Nuclei)
        {
            brush.Fill(nucleus, random.Range(0.8, 1));
            // Some proteins avoid the nucleolus, a third of the nucleus at one side.
            if (protein.Patchy > 0.7)
                brush.Spot(nucleus.At(random.OnSphere() * 0.7), 0.35 * nucleus.Radius, -0.35);
        }
        if (cell.Nuclei.Count == 2 && random.Chance(0.3))
            PaintBridge(subject, 0.35);
    }

    /// <summary>A crescent at one side of the nucleus, opposite the spindle pole.</summary>
    /// <remarks>One third of the nucleus (Taddei and Gasser, Genetics 192, 2012).</remarks>
    public static void PaintNucleolus(Subject subject)
    {
        var (cell, _, protein, brush, random) = subject;
        foreach (Ellipsoid nucleus in cell.Nuclei)
        {
            (double x, double y) = random.Direction();
            var side = new Point3(x, y, random.Range(-0.4, 0.4));
            double across = nucleus.Radius * random.Range(0.4, 0.6) * protein.Size;
            double along = Math.Min(0.95 * nucleus.Radius, across * random.Range(1.35, 2.2));
            Point3 middle = nucleus.Center + side * (nucleus.Radius * random.Range(0.35, 0.65));
            var body = new Ellipsoid(middle, along, across, -y, x);
            brush.Fill(body, 1);
            // Its ends follow the envelope of the nucleus.
            double bend = random.Range(0, 0.35) * along;
            for (int end = -1; end <= 1; end += 2)
                brush.Spot(body.At(new(0.75 * end, 0, 0)) - side * bend, 0.6 * across, 0.5);
            brush.Fill(nucleus, 0.22 * protein.Stray * protein.Stray);
        }
        if (cell.Nuclei.Count == 2 && random.Chance(0.2))
            PaintBridge(subject, 0.25);
    }

    /// <summary>The strand between two nuclei that part.</summary>
    internal static void PaintBridge(Subject subject, double level)
    {
        Ellipsoid first = subject.Cell.Nuclei[0], second = subject.Cell.Nuclei[1];
        Span<Point3> course = [first.Center, subject.Cell.Neck, second.Center];
        subject.Brush.Strand(course, 1.3 * subject.Protein.Size, level);
    }
}
