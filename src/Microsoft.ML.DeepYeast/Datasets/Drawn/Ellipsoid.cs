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

    /// <summary>How far out a pixel lies in the outline, squared: 0 in the middle, 1 on the outline.</summary>
    public double Outline(double x, double y)
    {
        Local(x, y, out double along, out double across, out _);
        return along * along + across * across;
    }

    /// <summary>The same, and about how far inside the outline the pixel is, in pixels.</summary>
    public double Outline(double x, double y, out double inward)
    {
        Local(x, y, out double along, out double across, out double width);
        double square = along * along + across * across;
        double slopeAlong = along / Long, slopeAcross = across / width;
        double slope = slopeAlong * slopeAlong + slopeAcross * slopeAcross;
        inward = slope < 1e-9 ? Short : (1 - Math.Sqrt(square)) * Math.Sqrt(square / slope);
        return square;
    }

    /// <summary>Whether a point lies inside the body grown by a factor.</summary>
    public bool Contains(Point3 point, double grown = 1) => ToUnit(point).Square < grown * grown;

    private void Local(double x, double y, out double along, out double across, out double width)
    {
        double dx = x - Center.X, dy = y - Center.Y;
        along = (dx * AxisX + dy * AxisY) / Long;
        // Far out the egg's sides would cross.
        width = Short * (1 + Egg * Math.Clamp(along, -1.2, 1.2));
        across = (dy * AxisX - dx * AxisY) / width;
    }
}
