using System.Collections;
using System.Globalization;
using System.Text;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast;

/// <summary>The figures of one epoch of a training.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">
/// Mean cross-entropy (natural logarithm) over the training cells, each before the step that it took part in, with class weights, label smoothing and mixup where
/// the training has them.
/// </param>
/// <param name="Accuracy">Share of the training cells whose class was right, in [0, 1].</param>
/// <param name="ValidationLoss">Mean cross-entropy over the validation cells after the epoch; null without such cells.</param>
/// <param name="ValidationAccuracy">Share of the validation cells whose class was right after the epoch; null without such cells.</param>
/// <param name="LearningRate">The step size of the epoch's last step.</param>
/// <param name="Elapsed">Time since Fit began, without interruptions.</param>
public sealed record EpochFigures(
    int Epoch, double Loss, double Accuracy, double? ValidationLoss, double? ValidationAccuracy, double LearningRate, TimeSpan Elapsed);

/// <summary>What a training was like: the figures of each of its epochs, in order.</summary>
public sealed class TrainingHistory : IReadOnlyList<EpochFigures>
{
    /// <summary>That of a network which was not trained here.</summary>
    internal static readonly TrainingHistory Empty = new([], bestEpoch: null);

    private readonly IReadOnlyList<EpochFigures> _epochs;

    internal TrainingHistory(IReadOnlyList<EpochFigures> epochs, int? bestEpoch) => (_epochs, BestEpoch) = (epochs, bestEpoch);

    /// <summary>Number of the epoch whose weights Fit gave, from 1; null where they are of no completed epoch.</summary>
    public int? BestEpoch { get; }

    /// <summary>Number of completed epochs.</summary>
    public int Count => _epochs.Count;

    /// <summary>The figures of an epoch.</summary>
    /// <param name="index">Number of the epoch less one.</param>
    public EpochFigures this[int index] => _epochs[index];

    /// <inheritdoc/>
    public IEnumerator<EpochFigures> GetEnumerator() => _epochs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Writes a line an epoch under a line of names; the file is the old one or the whole new one.</summary>
    /// <param name="path">The CSV file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void SaveCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = new StringBuilder("epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n");
        foreach (EpochFigures figures in _epochs)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{figures.Epoch},{figures.Loss:R},{figures.Accuracy:R},{figures.ValidationLoss:R},{figures.ValidationAccuracy:R},{figures.LearningRate:R},{figures.Elapsed.TotalSeconds:F3}\n");
        }
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Draws loss and accuracy over the epochs, one above the other; the file is the old one or the whole new one.</summary>
    /// <param name="path">The SVG file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    /// <exception cref="InvalidOperationException">No epoch was completed.</exception>
    public void SaveSvg(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Count == 0)
            throw new InvalidOperationException("The history has no epoch, so there is no curve to draw.");
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Training.TrainingPlots.DrawHistory(this))));
    }

    internal void Save(BinaryWriter writer)
    {
        writer.Write(BestEpoch ?? 0);
        writer.Write(Count);
        foreach (EpochFigures figures in _epochs)
        {
            writer.Write(figures.Epoch);
            foreach (double value in new[] { figures.Loss, figures.Accuracy, figures.ValidationLoss ?? double.NaN, figures.ValidationAccuracy ?? double.NaN, figures.LearningRate })
                writer.Write(value);
            writer.Write(figures.Elapsed.Ticks);
        }
    }

    /// <exception cref="FormatException">The stream holds no history.</exception>
    internal static TrainingHistory Load(BinaryReader reader)
    {
        int best = reader.ReadInt32(), count = reader.ReadInt32();
        if (count < 0 || best < 0 || best > count)
            throw NetworkStream.Damaged($"its history says that it has {count} epochs, of which {best} is the best");
        var epochs = new List<EpochFigures>();
        for (int i = 0; i < count; i++)
            epochs.Add(new(reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), OrNull(reader.ReadDouble()), OrNull(reader.ReadDouble()), reader.ReadDouble(), new(reader.ReadInt64())));
        return new(epochs, best == 0 ? null : best);

        static double? OrNull(double value) => double.IsNaN(value) ? null : value;
    }
}
