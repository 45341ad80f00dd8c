using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// The one copy of the reference's scaling: grey levels 0..255 to features -1..1. A feature that is exactly the image of a whole grey level
/// can be kept as a byte without loss.
/// </summary>
internal static class GreyLevels
{
    public const float White = 255;

    private static readonly float[] s_features = [.. Enumerable.Range(0, 256).Select(grey => ToFeature(grey))];

    /// <summary>tanelp/deepyeast, preprocess_input: (x / 255 - 0.5) * 2.</summary>
    public static float ToFeature(float grey) => (grey / White - 0.5f) * 2f;

    /// <summary>The same for a tensor of grey levels, in place, with the same rounding.</summary>
    public static torch.Tensor ToFeatures(torch.Tensor greys)
    {
        // Held until the call is over: a scalar that TorchSharp makes of a number could be collected during it.
        using Scalar white = White, half = 0.5f, two = 2f;
        return greys.div_(white).sub_(half).mul_(two);
    }

    /// <summary>The nearest grey level; black for NaN.</summary>
    public static byte Nearest(float feature)
    {
        float grey = MathF.Round((feature / 2f + 0.5f) * White);
        return grey >= White ? byte.MaxValue : grey > 0 ? (byte)grey : (byte)0;
    }

    /// <summary>The grey level whose feature this is exactly, if there is one.</summary>
    public static bool TryFromFeature(float feature, out byte grey)
    {
        grey = Nearest(feature);
        return s_features[grey] == feature;
    }
}
