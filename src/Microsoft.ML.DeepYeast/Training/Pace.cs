using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>How fast a training goes, and how long the rest will take at that pace: cells to train on and cells only to look at apart.</summary>
internal sealed class Pace
{
    // A forward pass is a third of the work of a gradient step; used until the first is measured.
    private const double ForwardShare = 1.0 / 3;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private (double Seconds, long Cells) _trained, _seen;

    /// <summary>What was done since the last call was no batch, such as the loading or writing of a checkpoint.</summary>
    public void Skip() => _clock.Restart();

    /// <summary>Takes in that a batch of cells is done since the last call.</summary>
    public void Add(bool trained, long cells)
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        _clock.Restart();
        if (trained)
            _trained = (_trained.Seconds + seconds, _trained.Cells + cells);
        else
            _seen = (_seen.Seconds + seconds, _seen.Cells + cells);
    }

    /// <summary>Time for so many cells more; null as long as nothing is measured.</summary>
    public TimeSpan? TimeFor(double trainingCells, double seenCells)
    {
        if (_trained.Cells == 0)
            return null;
        double training = _trained.Seconds / _trained.Cells, seeing = _seen.Cells > 0 ? _seen.Seconds / _seen.Cells : training * ForwardShare;
        return TimeSpan.FromSeconds(training * trainingCells + seeing * seenCells);
    }
}
