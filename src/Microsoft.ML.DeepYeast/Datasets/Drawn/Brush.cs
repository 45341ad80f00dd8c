using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Paints the light of simple bodies into a plane: spots, filled bodies, shells and strands.</summary>
internal sealed class Brush
{
    private const int WidestSpot = 41;

    // The light of a spot as the product of its course along the row and down the column.
    private readonly float[] _across = new float[LightPlane.Side];
    private readonly float[] _down = new float[LightPlane.Side];

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
        Curve(place.X, width, 1, left, right, _across);
        Curve(place.Y, width, peak, top, bottom, _down);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = Lanes.Start(left); x <= right; x += Vector<float>.Count)
                Add(x, y, _down[y] * new Vector<float>(_across, x));
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
            for (int x = Lanes.Start(left); x <= right; x += Vector<float>.Count)
                Add(x, y, Vector.Narrow(scale * Depth(body.Outline(Lanes.FirstHalf(x), y)), scale * Depth(body.Outline(Lanes.SecondHalf(x), y))));
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
        var veils = new Vector<double>(veil);
        double reach = Math.Max(body.Long, body.Short) * 1.2 + 3 * width;
        (int left, int right) = LightPlane.Cover(body.Center.X, reach);
        (int top, int bottom) = LightPlane.Cover(body.Center.Y, reach);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = Lanes.Start(left); x <= right; x += Vector<float>.Count)
            {
                body.Outline(Lanes.FirstHalf(x), y, out Vector<double> first);
                body.Outline(Lanes.SecondHalf(x), y, out Vector<double> second);
                Vector<float> light = Vector.Narrow(scale * Rim(first, width, veils), scale * Rim(second, width, veils));
                Add(x, y, Lanes.Between(x, left, right, light));
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

    /// <summary>A rim along the inside of a cell's wall, brighter to one side, and a veil from the parts above and below.</summary>
    /// <param name="outline">The cell.</param>
    /// <param name="depth">How far inside the wall the rim lies, in pixels.</param>
    /// <param name="width">Half width of the rim in pixels, before the optics.</param>
    /// <param name="level">Brightness of the rim.</param>
    /// <param name="veil">Brightness inside it where the cell is thickest, half of that at the wall.</param>
    /// <param name="side">How bright the sides are.</param>
    public void Wall(Silhouette outline, double depth, double width, double level, double veil, Slant side)
    {
        for (int y = outline.Top; y <= outline.Bottom; y++)
        {
            for (int x = Lanes.Start(outline.Left); x <= outline.Right; x += Vector<float>.Count)
            {
                int at = y * LightPlane.Side + x;
                Vector.Widen(new Vector<float>(outline.Inward, at), out Vector<double> first, out Vector<double> second);
                Vector.Widen(new Vector<float>(2) - new Vector<float>(outline.Thickness, at), out Vector<double> firstVeil, out Vector<double> secondVeil);
                var offset = new Vector<double>(depth);
                first = level * Rim(first - offset, width, veil * firstVeil / new Vector<double>(2)) * side.At(Lanes.FirstHalf(x), y);
                second = level * Rim(second - offset, width, veil * secondVeil / new Vector<double>(2)) * side.At(Lanes.SecondHalf(x), y);
                Add(x, y, Lanes.Between(x, outline.Left, outline.Right, Vector.Narrow(first, second)));
            }
        }
    }

    // Brightness across a rim, 1 on it, with a veil on its inner side.
    private static Vector<double> Rim(Vector<double> inward, double sigma, Vector<double> veil)
    {
        Vector<double> q = inward * inward / new Vector<double>(sigma * sigma), end = new(10);
        Vector<double> light = Vector.GreaterThanAll(q, end) ? Vector<double>.Zero
            : Vector.ConditionalSelect(Vector.GreaterThan(q, end), Vector<double>.Zero, PortableMath.Exp(-0.5 * q));
        return light + Vector.ConditionalSelect(Vector.GreaterThan(inward, Vector<double>.Zero), veil, Vector<double>.Zero);
    }

    // How deep an ellipsoid is, as light shows it, and 0 outside.
    private static Vector<double> Depth(Vector<double> square)
        => Vector.SquareRoot(Vector.SquareRoot(Vector.Max(Vector<double>.Zero, Vector<double>.One - square)));

    // A Gaussian at the pixels from first to last; 0 at those that share a vector with them.
    private static void Curve(double middle, double sigma, double peak, int first, int last, float[] values)
    {
        double rate = -0.5 / (sigma * sigma);
        for (int x = Lanes.Start(first); x <= last; x += Vector<float>.Count)
        {
            Vector<double> low = Lanes.FirstHalf(x) - new Vector<double>(middle), high = Lanes.SecondHalf(x) - new Vector<double>(middle);
            Vector<float> curve = Vector.Narrow(peak * PortableMath.Exp(low * low * rate), peak * PortableMath.Exp(high * high * rate));
            Lanes.Between(x, first, last, curve).CopyTo(values, x);
        }
    }

    private void Add(int x, int y, Vector<float> light)
    {
        Span<float> pixels = Plane.Light.AsSpan(y * LightPlane.Side + x);
        (new Vector<float>(pixels) + light).CopyTo(pixels);
    }
}
