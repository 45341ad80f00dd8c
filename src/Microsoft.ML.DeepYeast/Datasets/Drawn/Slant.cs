using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Brightness that grows to one side of a cell, from 0.15 to 2, and is 1 in its middle.</summary>
/// <param name="Middle">The cell's middle.</param>
/// <param name="X">Growth per pixel to the right.</param>
/// <param name="Y">Growth per pixel down.</param>
internal readonly record struct Slant(Point3 Middle, double X, double Y)
{
    private const double Least = 0.15, Most = 2;

    /// <summary>The factor at the pixels of a row.</summary>
    public Vector<double> At(Vector<double> x, double y)
    {
        Vector<double> across = Vector<double>.One + (x - new Vector<double>(Middle.X)) * X;
        Vector<double> factor = across + new Vector<double>((y - Middle.Y) * Y);
        return Vector.Min(Vector.Max(factor, new Vector<double>(Least)), new Vector<double>(Most));
    }
}
