namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The anatomy of one budding cell: mother, bud, nuclei and vacuoles, in pixels of the plane.</summary>
/// <remarks>
/// Proportions: a haploid cell holds 42 fl, so it is some 4.3 um wide (Jorgensen et al., Science 297, 2002); its nucleus takes 7% of the
/// volume in all stages (Jorgensen et al., Mol. Biol. Cell 18, 2007); it has one to five vacuole lobes (Weisman, Annu. Rev. Genet. 37, 2003).
/// At the usual crop scale a mother is 24 to 46 pixels wide.
/// </remarks>
internal sealed class YeastCell
{
    private readonly List<Ellipsoid> _lobes = new(2);
    private readonly List<Ellipsoid> _nuclei = new(2);
    private readonly List<Ellipsoid> _vacuoles = new(6);

    /// <summary>Grows a cell around a place; its bud, if any, points in a random direction.</summary>
    /// <param name="random">The drawing's random numbers.</param>
    /// <param name="center">Middle of the mother; z is how far it lies off the focal plane.</param>
    /// <param name="radius">Mean radius of the mother in pixels.</param>
    /// <param name="budded">Chance of a bud.</param>
    public YeastCell(CellRandom random, Point3 center, double radius, double budded)
    {
        double aspect = random.Chance(0.5) ? random.Range(1, 1.12) : random.Range(1.05, 1.4);
        double stretch = Math.Sqrt(aspect);
        (double x, double y) = random.Direction();
        _lobes.Add(new(center, radius * stretch, radius / stretch, x, y, random.Range(-0.12, 0.12)));
        if (random.Chance(budded))
            AddBud(random);
        else
            MarkBudSite(random);
        Point3 side = random.OnSphere();
        side = side with { Z = 0.5 * side.Z };
        AddVacuoles(random, side);
        AddNuclei(random, side * -1);
    }

    /// <summary>The mother, then the bud if there is one.</summary>
    public IReadOnlyList<Ellipsoid> Lobes => _lobes;

    public Ellipsoid Mother => _lobes[0];

    /// <summary>One, or two when a large-budded cell has divided its nucleus.</summary>
    public IReadOnlyList<Ellipsoid> Nuclei => _nuclei;

    public IReadOnlyList<Ellipsoid> Vacuoles => _vacuoles;

    /// <summary>Where mother and bud meet, or where the next bud will grow.</summary>
    public Point3 Neck { get; private set; }

    /// <summary>Unit vector from the mother's middle to the neck.</summary>
    public Point3 NeckAxis { get; private set; }

    /// <summary>Radius of the bud over that of the mother; 0 without a bud.</summary>
    public double BudSize { get; private set; }

    /// <summary>The mother, or now and then the bud, in proportion to their surface.</summary>
    public Ellipsoid PickLobe(CellRandom random)
        => random.Chance(BudSize * BudSize / (1 + BudSize * BudSize)) ? _lobes[1] : _lobes[0];

    /// <summary>Whether a point lies in a vacuole or nucleus.</summary>
    public bool InLumen(Point3 point)
    {
        foreach (Ellipsoid vacuole in _vacuoles)
        {
            if (vacuole.Contains(point))
                return true;
        }
        foreach (Ellipsoid nucleus in _nuclei)
        {
            if (nucleus.Contains(point))
                return true;
        }
        return false;
    }

    private void AddBud(CellRandom random)
    {
        Ellipsoid mother = Mother;
        // Buds prefer the poles of the long axis.
        (double x, double y) = random.Direction();
        Point3 unit = new Point3(x + (x > 0 ? 0.7 : -0.7), y, random.Range(-0.25, 0.25)).Unit;
        Neck = mother.At(unit);
        NeckAxis = (Neck - mother.Center).Unit;
        BudSize = random.Chance(0.45) ? random.Range(0.22, 0.5) : random.Range(0.5, 0.88);
        double radius = BudSize * mother.Radius;
        double stretch = random.Range(1, 1.12);
        double flat = Math.Sqrt(NeckAxis.X * NeckAxis.X + NeckAxis.Y * NeckAxis.Y);
        Point3 center = Neck + NeckAxis * (radius * random.Range(0.82, 1));
        _lobes.Add(new(center, radius * stretch, radius / stretch, NeckAxis.X / flat, NeckAxis.Y / flat));
    }

    private void MarkBudSite(CellRandom random)
    {
        (double x, double y) = random.Direction();
        Neck = Mother.At(new(x, y, 0));
        NeckAxis = (Neck - Mother.Center).Unit;
    }

    // The nucleus lies opposite the vacuoles; large vacuoles push it to the wall.
    private void AddNuclei(CellRandom random, Point3 side)
    {
        double share = random.Range(0.34, 0.47);
        bool divided = BudSize > 0.6 && random.Chance(0.5);
        AddNucleus(random, Mother, side * random.Range(0.25, 1), share * (divided ? 0.85 : 1));
        if (divided)
            AddNucleus(random, _lobes[1], random.InBall() * 0.4, Math.Min(0.6, 0.8 * share / BudSize));
    }

    private void AddNucleus(CellRandom random, Ellipsoid lobe, Point3 place, double share)
    {
        (double x, double y) = random.Direction();
        double stretch = random.Range(1, 1.14), radius = share * lobe.Radius;
        Point3 center = lobe.At(place * Math.Max(0, 0.94 - stretch * share));
        _nuclei.Add(new(center, radius * stretch, radius / stretch, x, y));
    }

    // One vacuole, or a cluster of lobes that touch.
    private void AddVacuoles(CellRandom random, Point3 side)
    {
        Ellipsoid mother = Mother;
        int wanted = random.Chance(0.4) ? 1 : random.Count(2, 5);
        double share = wanted == 1 ? random.Range(0.46, 0.68) : random.Range(0.3, 0.48);
        Point3 center = mother.At(side * ((0.95 - share) * random.Range(0.2, 1)));
        for (int attempt = 0; attempt < 8 * wanted && _vacuoles.Count < wanted; attempt++)
        {
            double radius = share * mother.Radius, stretch = random.Range(1, 1.2);
            (double x, double y) = random.Direction();
            bool inside = mother.ToUnit(center).Length + share < 1;
            if (inside && !Overlaps(center, radius))
                _vacuoles.Add(new(center, radius * stretch, radius / stretch, x, y));
            Point3 last = _vacuoles.Count > 0 ? _vacuoles[random.Count(0, _vacuoles.Count - 1)].Center : mother.Center;
            share = random.Range(0.24, 0.44);
            Point3 away = random.OnSphere();
            center = last + (away with { Z = 0.5 * away.Z }) * (0.95 * (radius + share * mother.Radius));
        }
        if (BudSize > 0.45 && random.Chance(0.7))
        {
            Ellipsoid bud = _lobes[1];
            double radius = random.Range(0.3, 0.55) * bud.Radius;
            _vacuoles.Add(new(bud.At(random.InBall() * 0.4), radius, radius, 1, 0));
        }
    }

    private bool Overlaps(Point3 center, double radius)
    {
        foreach (Ellipsoid vacuole in _vacuoles)
        {
            if ((vacuole.Center - center).Length < 0.8 * (vacuole.Radius + radius))
                return true;
        }
        return false;
    }
}
