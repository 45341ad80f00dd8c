namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Draws synthetic two-channel fluorescence images of budding yeast cells whose tagged protein has a known localization.</summary>
/// <remarks>
/// A drawing goes through the stages of a microscopy screen: a colony grows (<see cref="Colony"/>), the protein lights up
/// (<see cref="Localization"/>), the optics blur it (<see cref="Microscope"/>), the camera and the export turn it into bytes (<see cref="Camera"/>).
/// </remarks>
internal static class DrawnCell
{
    /// <summary>Width and height of a drawing in pixels.</summary>
    public const int Side = 64;

    /// <summary>Bytes of one channel.</summary>
    public const int ChannelLength = Side * Side;

    /// <summary>Bytes of a drawing: two channels.</summary>
    public const int Length = 2 * ChannelLength;

    [ThreadStatic]
    private static DrawingDesk? t_desk;

    /// <summary>The classes that can be drawn: the twelve main ones in the order of their indices, then the four transfer ones.</summary>
    public static IReadOnlyList<string> Localizations { get; } = Localization.All.Select(localization => localization.Name).ToArray();

    /// <summary>Draws one cell. The same class and seed give the same bytes; any thread may call.</summary>
    /// <param name="localization">Where the tagged protein sits: one of <see cref="Localizations"/>.</param>
    /// <param name="seed">Any number; another one draws another cell.</param>
    /// <param name="pixels">Receives channel 0, red (mCherry, the cytosolic marker), row by row, then channel 1, green (GFP, the tagged protein).</param>
    /// <exception cref="ArgumentException">The class is unknown, or the span does not hold <see cref="Length"/> bytes.</exception>
    public static void Draw(string localization, ulong seed, Span<byte> pixels)
    {
        Localization found = Localization.Find(localization);
        if (pixels.Length != Length)
            throw new ArgumentException($"A drawing takes {Length} bytes (2 channels x {Side} rows x {Side} columns), not {pixels.Length}.", nameof(pixels));
        (t_desk ??= new DrawingDesk()).Draw(found, new CellRandom(seed ^ found.Salt), pixels);
    }
}
