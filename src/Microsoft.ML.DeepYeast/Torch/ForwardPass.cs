namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>What a pass through the network is for; it decides what batch normalizations and dropouts do.</summary>
/// <param name="BatchStatistics">Whether norms use the batch's own mean and variance (and update the moving ones) or the moving ones.</param>
/// <param name="StatisticsShare">Share of the new batch in the moving statistics; null for what each layer says.</param>
/// <param name="Dropout">What dropouts draw from; null for no dropout.</param>
internal readonly record struct ForwardPass(bool BatchStatistics, double? StatisticsShare, TorchRandom? Dropout)
{
    /// <summary>Moving statistics, no dropout.</summary>
    public static ForwardPass Inference => default;

    /// <summary>Batch statistics and dropout.</summary>
    public static ForwardPass Training(TorchRandom dropout) => new(BatchStatistics: true, null, dropout);

    /// <summary>Batch statistics, of which the moving ones become the mean over all cells so far; no dropout.</summary>
    /// <param name="count">Cells of this batch.</param>
    /// <param name="countSoFar">Cells of this batch and those before it.</param>
    public static ForwardPass Reestimation(long count, long countSoFar) => new(BatchStatistics: true, (double)count / countSoFar, null);
}
