using System.Numerics;

namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Records light: texture of the marker, crosstalk between the channels, noise; then exports it as bytes.</summary>
/// <remarks>
/// Two kinds of images are drawn, as both are in use: raw crops, noisy, stretched between percentiles; and crops for display,
/// smoothed by resampling, brightened until structures saturate. All ranges below cover what was measured on real crops of
/// either kind, as shares of the light of the cell of interest.
/// </remarks>
internal sealed class Camera
{
    /// <summary>Pixels around the crop whose light reaches it when a crop for display is smoothed.</summary>
    public const int Around = 4;

    private const double DisplayShare = 0.55;

    // The blur's reach is three of it: it must not exceed Around.
    private const double LeastSmoothing = 0.6, MostSmoothing = 1.2;

    private readonly GaussianBlur _blur = new();
    private readonly LightPlane _noise = new();
    private readonly Exposure _exposure = new();

    /// <summary>Records both channels.</summary>
    /// <param name="marker">Red light; the brightest of the cell of interest is about 1.</param>
    /// <param name="tagged">Green light, likewise.</param>
    /// <param name="sight">Radius of the cell of interest in pixels.</param>
    /// <param name="random">The drawing's random numbers.</param>
    /// <param name="pixels">Receives the bytes, red then green.</param>
    public void Record(LightPlane marker, LightPlane tagged, double sight, CellRandom random, Span<byte> pixels)
    {
        if (random.Chance(DisplayShare))
            RecordForDisplay(marker, tagged, sight, random, pixels);
        else
            RecordRaw(marker, tagged, random, pixels);
    }

    private void RecordRaw(LightPlane marker, LightPlane tagged, CellRandom random, Span<byte> pixels)
    {
        AddGrain(marker, random);
        AddNoise(marker, random.LogRange(0.01, 0.09), random);
        AddNoise(tagged, random.LogRange(0.008, 0.13), random);
        _exposure.BetweenPercentiles(marker, pixels[..DrawnCell.ChannelLength]);
        _exposure.BetweenPercentiles(tagged, pixels[DrawnCell.ChannelLength..]);
    }

    private void RecordForDisplay(LightPlane marker, LightPlane tagged, double sight, CellRandom random, Span<byte> pixels)
    {
        if (random.Chance(0.75))
            LeakIntoRed(marker, tagged, (float)random.LogRange(0.04, 1.1));
        AddGrain(marker, random);
        AddNoise(marker, random.LogRange(0.01, 0.05), random);
        AddNoise(tagged, random.LogRange(0.008, 0.06), random);
        double smoothing = random.Range(LeastSmoothing, MostSmoothing);
        _blur.Apply(marker, smoothing, around: 0);
        _blur.Apply(tagged, smoothing, around: 0);

        double floor = random.Chance(0.5) ? random.Range(0, 12) : random.Range(5, 45);
        Exposure.BetweenLevels(marker, 0, random.LogRange(0.8, 4), floor + random.Range(0, 8), pixels[..DrawnCell.ChannelLength]);
        // As bright as it goes without the cell becoming one white patch.
        double leastWhite = Math.Clamp(1.4 * tagged.MeanAtCenter(sight), 0.35, 0.9);
        double black = random.Range(0, 0.04), white = random.LogRange(leastWhite, 1.15);
        Exposure.BetweenLevels(tagged, black, white, floor, pixels[DrawnCell.ChannelLength..]);
        if (random.Chance(0.75))
            FrameLines.Draw(random, pixels);
    }

    // Strong green light shows in the red channel too.
    private static void LeakIntoRed(LightPlane marker, LightPlane tagged, float share)
    {
        var saturated = new Vector<float>(1.2f);
        Span<Vector<float>> red = marker.Rows(Around), green = tagged.Rows(Around);
        for (int i = 0; i < red.Length; i++)
            red[i] += share * Vector.Min(green[i], saturated);
    }

    // Granules and vesicles too small to be seen one by one.
    private void AddGrain(LightPlane plane, CellRandom random)
    {
        random.Normal(_noise.Light);
        double amount = random.LogRange(0.01, 0.09), sigma = random.Range(1.2, 3);
        _blur.Apply(_noise, sigma, Around);
        // White noise blurred by sigma keeps a deviation of 1 / (2 sqrt(pi) sigma).
        float gain = (float)(amount * 3.5449 * sigma);
        Span<Vector<float>> light = plane.Rows(Around), grain = _noise.Rows(Around);
        for (int i = 0; i < light.Length; i++)
            light[i] *= Vector.Max(Vector<float>.Zero, Vector<float>.One + gain * grain[i]);
    }

    // Photons, whose variance grows with the light (many enough for Poisson's law to be normal), and the electronics.
    private void AddNoise(LightPlane plane, double deviation, CellRandom random)
    {
        double photons = random.Range(0.3, 0.8);
        var dark = new Vector<float>((float)(deviation * deviation * (1 - photons)));
        float slope = (float)(deviation * deviation * photons);
        random.Normal(_noise.Light);
        Span<Vector<float>> light = plane.Rows(Around), noise = _noise.Rows(Around);
        for (int i = 0; i < light.Length; i++)
            light[i] += noise[i] * Vector.SquareRoot(dark + slope * Vector.Max(Vector<float>.Zero, light[i]));
    }
}
