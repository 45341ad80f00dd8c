namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>What ML.NET may know of the trainer; its constructor is internal.</summary>
internal static class TrainerTraits
{
    public static TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: false, supportValid: true);
}
