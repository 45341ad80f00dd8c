namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>How light from outside the focal plane arrives: spread more, and weaker.</summary>
/// <param name="Spread">Pixels of blur (standard deviation) per pixel of distance.</param>
/// <param name="Depth">Distance in pixels at which a pinhole has cut the light to 61%.</param>
internal readonly record struct Focus(double Spread, double Depth)
{
    /// <summary>Width of a spot of light seen from a distance.</summary>
    public double Width(double sigma, double distance) => Math.Sqrt(sigma * sigma + Spread * Spread * distance * distance);

    /// <summary>The share of light that arrives.</summary>
    public double Share(double distance) => PortableMath.Exp(-0.5 * distance * distance / (Depth * Depth));
}
