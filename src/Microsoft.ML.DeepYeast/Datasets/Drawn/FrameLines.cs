namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Thin grey lines at the border, left over where crops were cut out of a figure with frames.</summary>
internal static class FrameLines
{
    // Measured on crops of a published figure: one pixel wide, 10 to 60 grey levels above the background.
    private const int Faintest = 8, Brightest = 75;

    /// <summary>Brightens some of the four borders, the same in both channels.</summary>
    public static void Draw(CellRandom random, Span<byte> pixels)
    {
        for (int border = 0; border < 4; border++)
        {
            if (!random.Chance(0.4))
                continue;
            int level = random.Count(Faintest, Brightest);
            int at = border % 2 == 0 ? 0 : DrawnCell.Side - 1;
            for (int i = 0; i < DrawnCell.Side; i++)
            {
                int pixel = border < 2 ? at * DrawnCell.Side + i : i * DrawnCell.Side + at;
                Brighten(ref pixels[pixel], level);
                Brighten(ref pixels[DrawnCell.ChannelLength + pixel], level);
            }
        }
    }

    private static void Brighten(ref byte pixel, int level) => pixel = (byte)Math.Min(255, pixel + level);
}
