namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Confidence against accuracy, in bins of equal width from 0 to 1.</summary>
internal sealed class ReliabilityCurve(int bins)
{
    // Between two bins; the last one ends at 1. A confidence on an edge is in the bin below it, as scikit-learn's calibration_curve has it.
    private readonly double[] _edges = [.. Enumerable.Range(1, bins - 1).Select(i => i * (1.0 / bins))];
    private readonly int[] _cells = new int[bins];
    private readonly int[] _right = new int[bins];
    private readonly double[] _confidence = new double[bins];

    public void Add(double confidence, bool right)
    {
        int found = Array.BinarySearch(_edges, confidence), bin = found < 0 ? ~found : found;
        _cells[bin]++;
        _confidence[bin] += confidence;
        if (right)
            _right[bin]++;
    }

    public IReadOnlyList<ReliabilityBin> Bins() => [.. Enumerable.Range(0, bins).Select(i => new ReliabilityBin(
        i == 0 ? 0 : _edges[i - 1], i == bins - 1 ? 1 : _edges[i], _cells[i], _cells[i] == 0 ? null : _confidence[i] / _cells[i], _cells[i] == 0 ? null : (double)_right[i] / _cells[i]))];

    // Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    public double ExpectedCalibrationError() => _confidence.Zip(_right, (confidence, right) => Math.Abs(right - confidence)).Sum() / _cells.Sum();
}
