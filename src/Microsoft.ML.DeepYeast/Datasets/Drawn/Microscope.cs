namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>The optics of one image.</summary>
/// <param name="Blur">Standard deviation of the point-spread function in pixels, green channel.</param>
/// <param name="MarkerBlur">The same in the red channel.</param>
/// <param name="Haze">Share of the light that arrives far from where it should.</param>
internal readonly record struct Optics(double Blur, double MarkerBlur, double Haze)
{
    /// <summary>Optics at random: in focus or somewhat out of it.</summary>
    public static Optics Choose(CellRandom random)
    {
        // Edges of real cells: the walls' slope corresponds to standard deviations of 1.2 to 2.3 pixels.
        double blur = random.Range(1, 2.2);
        // Red light is longer: 610 nm against 510 nm.
        return new(blur, blur * random.Range(0.95, 1.3), random.Chance(0.3) ? 0 : random.Range(0, 0.3));
    }
}

/// <summary>Blurs light as a microscope does.</summary>
internal sealed class Microscope
{
    private const double HazeBlur = 8;

    private readonly GaussianBlur _blur = new();
    private readonly LightPlane _haze = new();

    /// <summary>Blurs by the point-spread function.</summary>
    public void Blur(LightPlane plane, double sigma) => _blur.Apply(plane, sigma);

    /// <summary>Lays a share of the light, widely spread, over the rest; right as far around the crop as the camera looks.</summary>
    public void AddHaze(LightPlane plane, double share)
    {
        if (share == 0)
            return;
        plane.Light.CopyTo(_haze.Light, 0);
        _blur.Apply(_haze, HazeBlur, Camera.Around);
        plane.Scale((float)(1 - share));
        plane.Add(_haze, (float)share);
    }
}
