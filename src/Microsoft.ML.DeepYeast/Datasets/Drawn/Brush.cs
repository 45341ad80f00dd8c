namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Paints the light of simple bodies into a plane: spots, filled bodies, shells and strands.</summary>
internal sealed class Brush
{
    private const int WidestSpot = 41;

    private readonly float[] _column = new float[WidestSpot];

    /// <summary>Where the light goes.</summary>
    public LightPlane Plane { get; } = new();

    /// <summary>How light from other depths arrives.</summary>
    public Focus Focus { get; set; }

    /// <summary>Factor on all light: how strongly the cell being painted makes the protein.</summary>
    public double Level { get; set; } = 1;

    /// <summary>A round spot.</summary>
    /// <param name="place">Its middle.</param>
    /// <param name="sigma">Standard deviation in pixels, before the optics.</param>
    /// <param name="level">Brightness in its middle, if it lies in focus.</param>
    public void Spot(Point3 place, double sigma, double level)
    {
        double width = Focus.Width(sigma, place.Z);
        double peak = level * Level * Focus.Share(place.Z) * sigma * sigma / (width * width);
        double reach = Math.Min(3 * width, (WidestSpot - 1) / 2);
        (int left, int right) = LightPlane.Cover(place.X, reach);
        (int top, int bottom) = LightPlane.Cover(place.Y, reach);
        double rate = -0.5 / (width * width);
        for (int x = left; x <= right; x++)
            _column[x - left] = (float)PortableMath.Exp((x - place.X) * (x - place.X) * rate);
        for (int y = top; y <= bottom; y++)
        {
            float row = (float)(peak * PortableMath.Exp((y - place.Y) * (y - place.Y) * rate));
            Span<float> light = Plane.Light.AsSpan(y * LightPlane.Side);
            for (int x = left; x <= right; x++)
                light[x] += row * _column[x - left];
        }
    }

    /// <summary>A filled body: brightest where it is thickest.</summary>
    /// <param name="body">The body.</param>
    /// <param name="level">Brightness in its middle.</param>
    public void Fill(Ellipsoid body, double level)
    {
        double scale = level * Level * Focus.Share(body.Center.Z);
        double reach = Math.Max(body.Long, body.Short) * 1.2;
        (int left, int right) = LightPlane.Cover(body.Center.X, reach);
        (int top, int bottom) = LightPlane.Cover(body.Center.Y, reach);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double square = body.Outline(x, y);
                if (square < 1)
                    Plane.Light[y * LightPlane.Side + x] += (float)(scale * Math.Sqrt(Math.Sqrt(1 - square)));
            }
        }
    }

    /// <summary>A membrane around a body: a rim where the focal plane cuts it, and a veil from the parts above and below.</summary>
    /// <param name="body">The body.</param>
    /// <param name="sigma">Half width of the rim in pixels, before the optics.</param>
    /// <param name="level">Brightness of the rim.</param>
    /// <param name="veil">Brightness inside it, as a share of the rim's.</param>
    public void Shell(Ellipsoid body, double sigma, double level, double veil)
    {
        double width = Focus.Width(sigma, 0.3 * body.Center.Z);
        double scale = level * Level * Focus.Share(body.Center.Z) * sigma / width;
        double reach = Math.Max(body.Long, body.Short) * 1.2 + 3 * width;
        (int left, int right) = LightPlane.Cover(body.Center.X, reach);
        (int top, int bottom) = LightPlane.Cover(body.Center.Y, reach);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                body.Outline(x, y, out double inward);
                Plane.Light[y * LightPlane.Side + x] += (float)(scale * (Rim(inward, width) + (inward > 0 ? veil : 0)));
            }
        }
    }

    /// <summary>A strand through the given points, as spots that overlap.</summary>
    /// <param name="points">The course, its points at most a few pixels apart.</param>
    /// <param name="sigma">Half width in pixels, before the optics.</param>
    /// <param name="level">Brightness along its middle.</param>
    public void Strand(ReadOnlySpan<Point3> points, double sigma, double level)
    {
        // Spots one sigma apart sum to 2.5 times one of them along a straight line.
        const double overlap = 2.5066;
        double left = 0;
        for (int i = 1; i < points.Length; i++)
        {
            Point3 step = points[i] - points[i - 1];
            double length = step.Length;
            for (; left < length; left += sigma)
                Spot(points[i - 1] + step * (left / length), sigma, level / overlap);
            left -= length;
        }
    }

    /// <summary>Brightness across a rim: 1 on it.</summary>
    public static double Rim(double inward, double sigma)
    {
        double q = inward * inward / (sigma * sigma);
        return q > 10 ? 0 : PortableMath.Exp(-0.5 * q);
    }
}
