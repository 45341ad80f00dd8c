namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The planes and tools of one thread, used for one drawing after the other.</summary>
internal sealed class DrawingDesk
{
    // Light reaches this many pixels past a wall before the optics.
    private const double WallReach = 3;

    private readonly LightPlane _marker = new();
    private readonly LightPlane _freeProtein = new();
    private readonly Brush _tagged = new();
    private readonly Silhouette _outline = new();
    private readonly Microscope _microscope = new();
    private readonly Camera _camera = new();

    /// <summary>Draws one cell of a class.</summary>
    public void Draw(Localization localization, CellRandom random, Span<byte> pixels)
    {
        _marker.Clear();
        _freeProtein.Clear();
        _tagged.Plane.Clear();
        List<YeastCell> cells = Colony.Grow(random);
        PaintCells(localization, cells, random);
        var optics = Optics.Choose(random);
        _microscope.Blur(_marker, optics.MarkerBlur);
        _microscope.Blur(_tagged.Plane, optics.Blur);

        double sight = cells[0].Mother.Radius;
        Normalize(_tagged.Plane, sight);
        Normalize(_marker, sight);
        if (localization.MostCytosol > 0)
        {
            _microscope.Blur(_freeProtein, optics.Blur);
            _tagged.Plane.Add(_freeProtein, (float)random.LogRange(localization.LeastCytosol, localization.MostCytosol));
        }
        _microscope.AddHaze(_marker, optics.Haze);
        _microscope.AddHaze(_tagged.Plane, optics.Haze);
        _camera.Record(_marker, _tagged.Plane, sight, random, pixels);
    }

    private void PaintCells(Localization localization, List<YeastCell> cells, CellRandom random)
    {
        Protein protein = Protein.Choose(random);
        double radius = cells[0].Mother.Radius;
        _tagged.Focus = new Focus(random.Range(0.05, 0.25), radius * random.Range(0.45, 1.1));
        double vacuole = random.Range(0.25, 0.8), nucleus = random.Chance(0.5) ? 0 : random.Range(-0.15, 0.25);
        double contrast = random.LogRange(1.1, 3);
        for (int i = 0; i < cells.Count; i++)
        {
            _outline.Trace(cells[i], WallReach);
            double redLevel = i == 0 ? 1 : random.LogRange(1 / contrast, contrast);
            _tagged.Level = i == 0 ? 1 : redLevel * random.LogRange(0.5, 2);
            Cytosol.Paint(_marker, _outline, redLevel, vacuole, nucleus);
            Cytosol.Paint(_freeProtein, _outline, _tagged.Level, vacuole * 0.8, nucleus);
            localization.Paint(new Subject(cells[i], _outline, protein, _tagged, random));
        }
    }

    // Makes 1 the brightest light of the cell of interest.
    private static void Normalize(LightPlane plane, double sight) => plane.Scale(1 / Math.Max(1e-3f, plane.PeakAtCenter(sight)));
}
