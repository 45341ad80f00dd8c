using System.Globalization;
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
        IReadOnlyList<string> names = NamesOf(predictions.Schema, scoreColumnName);
        return predictions.GetColumn<float[]>(scoreColumnName).Select(scores => Best(scores, names, top));
    }

    // Where scores are equal, the first class comes first, as PredictedLabel has it; scores of NaN come last.
    private static IReadOnlyList<ClassProbability> Best(float[] scores, IReadOnlyList<string> names, int top)
        => [.. scores.Zip(names, (score, name) => new ClassProbability(name, score)).OrderByDescending(entry => entry.Probability).Take(top)];

    private static IReadOnlyList<string> NamesOf(DataViewSchema schema, string scoreColumnName)
    {
        if (schema.GetColumnOrNull(scoreColumnName) is not { } score)
            throw ColumnErrors.Missing(schema, "score", scoreColumnName);
        if (score.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw ColumnErrors.Mismatch($"Score column '{scoreColumnName}' is {score.Type} but must be a vector with a float for each class, as a multiclass trainer gives it.");
        return ClassLabels.NamesOf(score) ?? [.. Enumerable.Range(1, vector.Size).Select(key => key.ToString(CultureInfo.InvariantCulture))];
    }
}
