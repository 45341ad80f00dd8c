using System.Globalization;
using Microsoft.ML.Data;
using static Microsoft.ML.Data.AnnotationUtils;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The columns of a multiclass classifier, annotated as ML.NET's own classifiers annotate them, which evaluators rely on.</summary>
internal static class ScoreColumns
{
    public const string Score = "Score";
    public const string PredictedLabel = "PredictedLabel";

    /// <summary>Score and PredictedLabel as a transformer delivers them for an input of this schema.</summary>
    public static DataViewSchema.DetachedColumn[] Create(DataViewSchema input, ClassLabels labels)
    {
        uint set = input.GetMaxAnnotationKind(out _, Kinds.ScoreColumnSetId) + 1;
        DataViewSchema.Annotations.Builder score = Kind(set, Score), predicted = Kind(set, PredictedLabel);
        labels.AddSlotNamesTo(score);
        labels.AddKeyValuesTo(predicted);
        return
        [
            new(Score, new VectorDataViewType(NumberDataViewType.Single, labels.Count), score.ToAnnotations()),
            new(PredictedLabel, new KeyDataViewType(typeof(uint), (ulong)labels.Count), predicted.ToAnnotations()),
        ];
    }

    /// <summary>Finds a column with a score for each class, and what the classes are called: where it does not say, by their keys, from 1.</summary>
    /// <param name="schema">Where to look for it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="orDoubles">Whether doubles will do as well as floats.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no vector of known size.</exception>
    public static (DataViewSchema.Column Column, IReadOnlyList<string> ClassNames) Find(DataViewSchema schema, string name, bool orDoubles = false)
    {
        if (schema.GetColumnOrNull(name) is not { } score)
            throw ColumnErrors.Missing(schema, "score", name);
        if (score.Type is not VectorDataViewType { IsKnownSize: true } vector
            || !(vector.ItemType == NumberDataViewType.Single || (orDoubles && vector.ItemType == NumberDataViewType.Double)))
            throw ColumnErrors.Mismatch($"Score column '{name}' is {score.Type} but must be a vector with a float for each class, as a multiclass trainer gives it.");
        return (score, ClassLabels.NamesOf(score) ?? [.. Enumerable.Range(1, vector.Size).Select(key => key.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>A label column that is a key with text values, as a schema shape.</summary>
    public static SchemaShape.Column TextKey { get; } = new(PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true,
        new([new(Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, isKey: false)]));

    /// <summary>The schema after a trainer that reads this label, as an estimator promises it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label is missing or not a key.</exception>
    public static SchemaShape AppendTo(SchemaShape input, string labelColumnName)
    {
        SchemaShape.Column label = ColumnShapes.Find(input, "label", labelColumnName);
        if (!label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw ColumnErrors.Mismatch(
                $"Label column '{labelColumnName}' is {ColumnShapes.Describe(label)} but must be a key. Put Conversion.MapValueToKey(\"{labelColumnName}\") before the trainer.");
        }
        return AppendTo(input, label);
    }

    /// <summary>The schema after a classifier whose classes are the keys of a label column.</summary>
    public static SchemaShape AppendTo(SchemaShape input, SchemaShape.Column label)
    {
        List<SchemaShape.Column> keyValues = [];
        if (label.Annotations.TryFindColumn(Kinds.KeyValues, out SchemaShape.Column values) && values.Kind == SchemaShape.Column.VectorKind.Vector)
            keyValues.Add(values);
        return ColumnShapes.Append(input,
            new(Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false,
                new(AnnotationsForMulticlassScoreColumn(label))),
            new(PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true,
                new([.. keyValues, .. GetTrainerOutputAnnotation()])));
    }

    private static DataViewSchema.Annotations.Builder Kind(uint set, string valueKind)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(Kinds.ScoreColumnSetId, ScoreColumnSetIdType, (ref uint value) => value = set);
        AddText(annotations, Kinds.ScoreColumnKind, Const.ScoreColumnKind.MulticlassClassification);
        AddText(annotations, Kinds.ScoreValueKind, valueKind);
        return annotations;
    }

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string name, string text)
        => annotations.Add(name, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
}
