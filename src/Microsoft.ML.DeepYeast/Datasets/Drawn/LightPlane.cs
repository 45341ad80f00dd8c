using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Light in an area somewhat larger than the crop, so that blur brings in what lies just outside its border.</summary>
internal sealed class LightPlane
{
    /// <summary>Pixels kept on each side of the crop.</summary>
    public const int Margin = 16;

    /// <summary>Width and height: the crop and its margins.</summary>
    public const int Side = DrawnCell.Side + 2 * Margin;

    // Of the crop, as a coordinate in either direction.
    private const double Center = (Side - 1) / 2.0;

    /// <summary>The light, row by row.</summary>
    public float[] Light { get; } = new float[Side * Side];

    public void Clear() => Array.Clear(Light);

    /// <summary>One row of the crop, without the margins.</summary>
    public ReadOnlySpan<float> CropRow(int y) => Light.AsSpan((y + Margin) * Side + Margin, DrawnCell.Side);

    /// <summary>The rows of the crop and some above and below, as vectors.</summary>
    public Span<Vector<float>> Rows(int around = Margin)
        => MemoryMarshal.Cast<float, Vector<float>>(Light.AsSpan((Margin - around) * Side, (DrawnCell.Side + 2 * around) * Side));

    /// <summary>The first and last whole pixel within the reach of a coordinate, cut to the plane; an empty range if outside.</summary>
    public static (int First, int Last) Cover(double center, double reach)
        => (Math.Max(0, (int)Math.Ceiling(center - reach)), Math.Min(Side - 1, (int)Math.Floor(center + reach)));

    /// <summary>Adds another plane's light times a factor.</summary>
    public void Add(LightPlane other, float factor)
    {
        Span<Vector<float>> mine = Rows(), theirs = other.Rows();
        for (int i = 0; i < mine.Length; i++)
            mine[i] += theirs[i] * factor;
    }

    /// <summary>Multiplies all light by a factor.</summary>
    public void Scale(float factor)
    {
        foreach (ref Vector<float> light in Rows())
            light *= factor;
    }

    /// <summary>The brightest pixel of the circle around the crop's centre, at least 0.</summary>
    public float PeakAtCenter(double radius)
    {
        float peak = 0;
        (int first, int last) = Cover(Center, radius);
        for (int y = first; y <= last; y++)
        {
            foreach (float light in CircleRow(radius, y))
                peak = light > peak ? light : peak;
        }
        return peak;
    }

    /// <summary>The mean of the circle around the crop's centre.</summary>
    public float MeanAtCenter(double radius)
    {
        float sum = 0;
        int count = 0;
        (int first, int last) = Cover(Center, radius);
        for (int y = first; y <= last; y++)
        {
            ReadOnlySpan<float> row = CircleRow(radius, y);
            count += row.Length;
            foreach (float light in row)
                sum += light;
        }
        return sum / count;
    }

    // The pixels of a row that lie in the circle: as many to the left of the centre as to the right.
    private ReadOnlySpan<float> CircleRow(double radius, int y)
    {
        (int first, int last) = Cover(Center, radius);
        while (first <= last && (first - Center) * (first - Center) + (y - Center) * (y - Center) > radius * radius)
            (first, last) = (first + 1, last - 1);
        return Light.AsSpan(y * Side + first, Math.Max(0, last - first + 1));
    }
}
