using System.Text;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast;

/// <summary>One step of a learning-rate range test.</summary>
/// <param name="LearningRate">The step size that the step took.</param>
/// <param name="Loss">Mean cross-entropy of its batch, before it.</param>
/// <param name="SmoothedLoss">The moving average of the losses up to this one, corrected for its short beginning.</param>
public readonly record struct LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);

/// <summary>What a <see cref="LearningRateFinder"/> found.</summary>
public sealed class LearningRateRange
{
    internal LearningRateRange(IReadOnlyList<LearningRatePoint> points, double? suggestion) => (Points, Suggestion) = (points, suggestion);

    /// <summary>The steps, from the smallest rate up to where the loss rose too far.</summary>
    public IReadOnlyList<LearningRatePoint> Points { get; }

    /// <summary>The rate about which the loss fell fastest, over the logarithm of the rate; null where it never fell.</summary>
    public double? Suggestion { get; }

    /// <summary>Draws the loss over the rate; the file is the old one or the whole new one.</summary>
    /// <param name="path">The SVG file.</param>
    /// <exception cref="InvalidOperationException">There is no point: the loss was no number at the first step.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void SaveSvg(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Points.Count == 0)
            throw new InvalidOperationException("The loss was no number at the first step, so there is no curve to draw. Check that the features lie in [-1, 1].");
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(TrainingPlots.DrawRange(this))));
    }
}
