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

    /// <summary>The rate at which the smoothed loss falls fastest from one step to the next, up to where it is smallest.</summary>
    private static double? Steepest(List<LearningRatePoint> points)
    {
        if (points.Count < 2)
            return null;
        int lowest = points.IndexOf(points.MinBy(point => point.SmoothedLoss));
        // The rates are evenly spaced in logarithms, so differences stand for slopes.
        (double Fall, int Index) steepest = (0, 0);
        for (int i = 1; i <= lowest; i++)
        {
            double fall = points[i - 1].SmoothedLoss - points[i].SmoothedLoss;
            if (fall > steepest.Fall)
                steepest = (fall, i);
        }
        return steepest.Fall > 0 ? points[steepest.Index].LearningRate : null;
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
