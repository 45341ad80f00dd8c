using Microsoft.ML;
using Microsoft.ML.Data;

namespace DeepYeastSamples;

/// <summary>What the slots of a score column stand for.</summary>
internal static class ClassScores
{
    /// <summary>The classes in the order of the scores, read off the column, so that it works for any model.</summary>
    public static IReadOnlyList<string> NamesOf(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull("Score") is not { } score || !score.HasSlotNames())
            throw new UserErrorException("The model gives no column 'Score' with names of classes, so it is no classifier of this library.");
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
