using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>A cell lobe, nucleus or vacuole: an egg around its long axis, as deep as it is wide.</summary>
/// <param name="Center">Middle, in pixels of the plane; z is the distance from the focal plane.</param>
/// <param name="Long">Semi-axis along the axis, in pixels.</param>
/// <param name="Short">Semi-axis across it and in depth, in pixels.</param>
/// <param name="AxisX">The axis: x of its unit vector.</param>
/// <param name="AxisY">The axis: y of its unit vector.</param>
/// <param name="Egg">How much wider the end the axis points to is than the middle, and the other end narrower.</param>
internal readonly record struct Ellipsoid(Point3 Center, double Long, double Short, double AxisX, double AxisY, double Egg = 0)
{
    /// <summary>The radius of the circle of the same area.</summary>
    public double Radius => Math.Sqrt(Long * Short);

    /// <summary>Maps the unit ball to the body: length 1 is its surface.</summary>
    public Point3 At(Point3 unit)
    {
        double along = unit.X * Long, across = unit.Y * Short * (1 + Egg * unit.X);
        return Center + new Point3(along * AxisX - across * AxisY, along * AxisY + across * AxisX, unit.Z * Short);
    }

    /// <summary>The point of the unit ball that <see cref="At"/> maps to the given one.</summary>
    public Point3 ToUnit(Point3 point)
    {
        Point3 d = point - Center;
        double along = (d.X * AxisX + d.Y * AxisY) / Long;
        double across = (d.Y * AxisX - d.X * AxisY) / (Short * (1 + Egg * along));
        return new(along, across, d.Z / Short);
    }

    /// <summary>How far out the pixels of a row lie in the outline, squared: 0 in the middle, 1 on the outline.</summary>
    public Vector<double> Outline(Vector<double> x, double y)
    {
        Local(x, y, out Vector<double> along, out Vector<double> across, out _);
        return along * along + across * across;
    }

    /// <summary>The same, and about how far inside the outline the pixels are, in pixels.</summary>
    public Vector<double> Outline(Vector<double> x, double y, out Vector<double> inward)
    {
        Local(x, y, out Vector<double> along, out Vector<double> across, out Vector<double> width);
        Vector<double> square = along * along + across * across;
        Vector<double> slopeAlong = along / new Vector<double>(Long), slopeAcross = across / width;
        Vector<double> slope = slopeAlong * slopeAlong + slopeAcross * slopeAcross;
        inward = (Vector<double>.One - Vector.SquareRoot(square)) * Vector.SquareRoot(square / slope);
        // In the very middle the above is 0 / 0.
        inward = Vector.ConditionalSelect(Vector.LessThan(slope, new Vector<double>(1e-9)), new Vector<double>(Short), inward);
        return square;
    }

    /// <summary>Whether a point lies inside the body grown by a factor.</summary>
    public bool Contains(Point3 point, double grown = 1) => ToUnit(point).Square < grown * grown;

    private void Local(Vector<double> x, double y, out Vector<double> along, out Vector<double> across, out Vector<double> width)
    {
        Vector<double> dx = x - new Vector<double>(Center.X);
        double dy = y - Center.Y;
        along = (dx * AxisX + new Vector<double>(dy * AxisY)) / new Vector<double>(Long);
        // Far out the egg's sides would cross.
        Vector<double> end = new(1.2), near = Vector.Min(Vector.Max(along, -end), end);
        width = Short * (Vector<double>.One + Egg * near);
        across = (new Vector<double>(dy * AxisX) - dx * AxisY) / width;
    }
}
