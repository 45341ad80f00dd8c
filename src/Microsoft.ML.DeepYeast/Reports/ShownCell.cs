namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>A cell that is shown.</summary>
/// <param name="Row">Number of its row, from 1.</param>
/// <param name="FileName">Name of its image's file; null where it is not known.</param>
/// <param name="TrueClass">From 0, in the order of the scores.</param>
/// <param name="PredictedClass">From 0, in the order of the scores.</param>
/// <param name="Confidence">The highest score.</param>
/// <param name="Features">What the network read: values in [-1, 1], (channel, row, column).</param>
internal sealed record ShownCell(long Row, string? FileName, int TrueClass, int PredictedClass, double Confidence, float[] Features);
