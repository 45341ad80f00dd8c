using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>Reads scores as classes, most probable first.</summary>
internal static class PredictionDecoder
{
    public static IEnumerable<IReadOnlyList<ClassProbability>> Decode(IDataView predictions, int top, string scoreColumnName)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        (_, IReadOnlyList<string> names) = ScoreColumns.Find(predictions.Schema, scoreColumnName);
        return predictions.GetColumn<float[]>(scoreColumnName).Select(scores => Best(scores, names, top));
    }

    // Where scores are equal, the first class comes first, as PredictedLabel has it; scores of NaN come last.
    private static IReadOnlyList<ClassProbability> Best(float[] scores, IReadOnlyList<string> names, int top)
        => [.. scores.Zip(names, (score, name) => new ClassProbability(name, score)).OrderByDescending(entry => entry.Probability).Take(top)];
}
