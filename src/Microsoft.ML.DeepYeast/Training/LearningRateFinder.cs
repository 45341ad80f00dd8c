namespace Microsoft.ML.DeepYeast;

/// <summary>
/// A learning-rate range test (Smith, arXiv:1506.01186, section 3.3): a short training in which each step is a little larger than the one before,
/// until the loss grows. It shows which rates a trainer can take. The trainer, and the network that it starts with, are left as they were.
/// </summary>
/// <remarks>
/// The reference's example stops once the loss exceeds a multiple of itself, that is never; here it is the smoothed loss that is compared with
/// its smallest value so far.
/// </remarks>
public sealed record LearningRateFinder
{
    // tanelp/deepyeast, examples/learning_rate_finder.py: the range and the number of steps.
    private const double ReferenceMinimum = 1e-5;
    private const double ReferenceMaximum = 10;
    private const int ReferenceSteps = 100;
    private const double DefaultDivergence = 4;
    // Share of the smoothed loss that a step keeps.
    private const double Smoothing = 0.9;
    // Steps on either side of a rate over which the fall is measured.
    private const int FittedSteps = 10;

    /// <summary>The first rate, above 0.</summary>
    public double Minimum { get; init; } = ReferenceMinimum;

    /// <summary>The last rate, above <see cref="Minimum"/>.</summary>
    public double Maximum { get; init; } = ReferenceMaximum;

    /// <summary>Gradient steps from the first to the last rate, each larger by the same factor; at least 2.</summary>
    public int StepCount { get; init; } = ReferenceSteps;

    /// <summary>The test ends once the smoothed loss is more than this many times its smallest value, above 1, or is no longer a number.</summary>
    public double Divergence { get; init; } = DefaultDivergence;

    /// <summary>Runs the test.</summary>
    /// <param name="trainer">Whose options are used: network, optimizer, batch size, augmentation, mixup, precision, device, seed, cancellation.</param>
    /// <param name="trainData">Rows with the label and the features, as for Fit; they are gone over as often as it takes.</param>
    /// <returns>Rates and losses, and a suggestion.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There are fewer than 2 usable rows.</exception>
    /// <exception cref="OperationCanceledException">The trainer's cancellation token was cancelled.</exception>
    public LearningRateRange Find(DeepYeastTrainer trainer, IDataView trainData)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(trainData);
        Validate();
        return trainer.FindLearningRate(trainData, this);
    }

    /// <summary>The rate of a step, from 0.</summary>
    internal double At(int step) => Minimum * Math.Pow(Maximum / Minimum, (double)step / (StepCount - 1));

    /// <summary>Takes steps until one diverges, and looks for where the loss fell fastest.</summary>
    /// <param name="takeStep">Takes a step of a rate and gives the loss before it.</param>
    internal LearningRateRange Run(Func<double, double> takeStep)
    {
        var points = new List<LearningRatePoint>();
        double average = 0, best = double.PositiveInfinity;
        for (int step = 0; step < StepCount; step++)
        {
            double rate = At(step), loss = takeStep(rate);
            average = Smoothing * average + (1 - Smoothing) * loss;
            double smoothed = average / (1 - Math.Pow(Smoothing, step + 1));
            if (!double.IsFinite(smoothed))
                break;
            points.Add(new(rate, loss, smoothed));
            best = Math.Min(best, smoothed);
            if (smoothed > Divergence * best)
                break;
        }
        return new(points, Steepest(points));
    }

    /// <summary>
    /// The rate about which the losses fall fastest: the middle of the steps whose straight line of best fit falls most. The moving average would lag
    /// behind, and its first values hang on single batches.
    /// </summary>
    private static double? Steepest(List<LearningRatePoint> points)
    {
        // The rates are evenly spaced in logarithms, so the number of a step stands for the logarithm of its rate.
        int half = Math.Min(FittedSteps, (points.Count - 1) / 2);
        (double Slope, int Step) steepest = (0, -1);
        for (int middle = half; half > 0 && middle < points.Count - half; middle++)
        {
            double slope = Enumerable.Range(-half, 2 * half + 1).Sum(offset => offset * points[middle + offset].Loss);   // times a positive constant
            if (slope < steepest.Slope)
                steepest = (slope, middle);
        }
        return steepest.Step < 0 ? null : points[steepest.Step].LearningRate;
    }

    private void Validate()
    {
        if (Minimum is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(Minimum), Minimum, FormattableString.Invariant($"{nameof(Minimum)} is {Minimum} but must be above 0 and finite."));
        if (!(Maximum > Minimum) || !double.IsFinite(Maximum))
            throw new ArgumentOutOfRangeException(nameof(Maximum), Maximum, FormattableString.Invariant($"{nameof(Maximum)} is {Maximum} but must be above {nameof(Minimum)}, which is {Minimum}, and finite."));
        if (StepCount < 2)
            throw new ArgumentOutOfRangeException(nameof(StepCount), StepCount, FormattableString.Invariant($"{nameof(StepCount)} is {StepCount} but must be at least 2."));
        if (!(Divergence > 1))
            throw new ArgumentOutOfRangeException(nameof(Divergence), Divergence, FormattableString.Invariant($"{nameof(Divergence)} is {Divergence} but must be above 1."));
    }
}
