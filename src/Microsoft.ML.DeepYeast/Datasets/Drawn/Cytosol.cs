namespace Microsoft.ML.DeepYeast.Datasets;

/// <summary>Light that fills the cell except where a vacuole or the nucleus displaces it.</summary>
internal static class Cytosol
{
    // How steeply light falls towards the wall: a confocal slice shows an even disc (0), a wide field the thickness (1).
    private const float Steepness = 0.45f;

    /// <summary>Adds the cytosol of one cell.</summary>
    /// <param name="plane">Where the light goes.</param>
    /// <param name="outline">The cell.</param>
    /// <param name="level">Brightness in the middle of the cell.</param>
    /// <param name="vacuole">The share of light that a vacuole displaces.</param>
    /// <param name="nucleus">The share of light that the nucleus displaces; negative if it is brighter than the cytosol.</param>
    public static void Paint(LightPlane plane, Silhouette outline, double level, double vacuole, double nucleus)
    {
        (float inVacuole, float inNucleus) = ((float)vacuole, (float)nucleus);
        for (int y = outline.Top; y <= outline.Bottom; y++)
        {
            for (int i = y * LightPlane.Side + outline.Left; i <= y * LightPlane.Side + outline.Right; i++)
            {
                float thickness = outline.Thickness[i];
                if (thickness == 0)
                    continue;
                float light = (float)level * (1 - Steepness + Steepness * thickness);
                plane.Light[i] += light * (1 - inVacuole * outline.Vacuole[i]) * (1 - inNucleus * outline.Nucleus[i]);
            }
        }
    }
}
