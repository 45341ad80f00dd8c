namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>A point or direction: x to the right, y down, z away from the focal plane.</summary>
internal readonly record struct Point3(double X, double Y, double Z)
{
    public double Square => X * X + Y * Y + Z * Z;

    public double Length => Math.Sqrt(Square);

    /// <summary>The same direction with length 1; the vector must not be zero.</summary>
    public Point3 Unit => this * (1 / Length);

    public static Point3 operator +(Point3 a, Point3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Point3 operator -(Point3 a, Point3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Point3 operator *(Point3 a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);
}
