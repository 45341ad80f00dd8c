using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

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

    /// <summary>Cells of a class that the model does not know are left out of the figures, which the user must know.</summary>
    /// <param name="labels">The class of each cell.</param>
    /// <param name="classes">Those that the model knows.</param>
    /// <param name="kind">What they are called, such as "test cells".</param>
    /// <exception cref="UserErrorException">It knows none of them.</exception>
    public static void WarnOfUnknown(IReadOnlyList<string> labels, IReadOnlyList<string> classes, string kind)
    {
        string[] unknown = [.. labels.Except(classes)];
        int count = labels.Count(unknown.Contains);
        string names = string.Join(", ", unknown.Select(name => $"'{name}'"));
        if (count == labels.Count)
            throw new UserErrorException($"The model knows none of the classes of the {kind}. The model's: {string.Join(", ", classes.Select(name => $"'{name}'"))}. The data's: {names}.");
        if (count > 0)
            AnsiConsole.WriteLine($"Warning: {count} of {labels.Count} {kind} are of classes that the model does not know, and not counted: {names}.");
    }
}
