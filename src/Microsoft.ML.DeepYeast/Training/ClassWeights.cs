using System.Globalization;

namespace Microsoft.ML.DeepYeast;

/// <summary>How much an error on a cell of each class counts in a training.</summary>
public sealed record ClassWeights
{
    private readonly IReadOnlyList<double>? _given;
    private readonly bool _balanced;

    private ClassWeights(bool balanced, IReadOnlyList<double>? given) => (_balanced, _given) = (balanced, given);

    /// <summary>Every cell counts the same.</summary>
    public static ClassWeights None { get; } = new(balanced: false, null);

    /// <summary>Every class counts the same: a cell counts n / (K n_c), with n training cells, K classes and n_c cells of its class.</summary>
    public static ClassWeights Balanced { get; } = new(balanced: true, null);

    /// <summary>A weight for each class.</summary>
    /// <param name="weights">One for each key of the label, in their order, each above 0 and finite.</param>
    /// <exception cref="ArgumentException">There is no weight, or one is not above 0 and finite.</exception>
    public static ClassWeights Of(params IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count == 0 || weights.Any(weight => weight is not (> 0 and < double.PositiveInfinity)))
            throw new ArgumentException($"Class weights must be above 0 and finite, one for each class, but are ({string.Join(", ", weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)))}).", nameof(weights));
        return new(balanced: false, [.. weights]);
    }

    /// <exception cref="InvalidOperationException">The number of given weights is not that of the classes.</exception>
    internal void Check(int classCount)
    {
        if (_given is not null && _given.Count != classCount)
            throw new InvalidOperationException($"Option {nameof(DeepYeastTrainer.Options.ClassWeights)} has {_given.Count} weights but the label has {classCount} classes; give one for each.");
    }

    /// <summary>The weights for training cells of these classes; null where all count the same.</summary>
    internal double[]? For(IReadOnlyList<long> classes, int classCount)
    {
        if (!_balanced)
            return _given?.ToArray();
        long[] counts = new long[classCount];
        foreach (long index in classes)
            counts[index]++;
        // A class without training cells is met in no batch, so its weight does not matter.
        return [.. counts.Select(count => count == 0 ? 1 : (double)classes.Count / (classCount * count))];
    }
}
