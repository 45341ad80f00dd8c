using System.Numerics;

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
        Vector<float> one = Vector<float>.One;
        for (int y = outline.Top; y <= outline.Bottom; y++)
        {
            for (int x = Lanes.Start(outline.Left); x <= outline.Right; x += Vector<float>.Count)
            {
                int at = y * LightPlane.Side + x;
                var thickness = new Vector<float>(outline.Thickness, at);
                Vector<float> light = (float)level * (new Vector<float>(1 - Steepness) + Steepness * thickness);
                light = light * (one - inVacuole * new Vector<float>(outline.Vacuole, at)) * (one - inNucleus * new Vector<float>(outline.Nucleus, at));
                light = Vector.ConditionalSelect(Vector.GreaterThan(thickness, Vector<float>.Zero), light, Vector<float>.Zero);
                (new Vector<float>(plane.Light, at) + Lanes.Between(x, outline.Left, outline.Right, light)).CopyTo(plane.Light, at);
            }
        }
    }
}
