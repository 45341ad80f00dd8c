using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Evaluation;

/// <summary>Looks at cells while their scores are read, so that what it wants of them is read in the same pass.</summary>
internal interface ICellVisitor
{
    /// <summary>The columns that it may read, beside those of the evaluation.</summary>
    IEnumerable<DataViewSchema.Column> Columns { get; }

    /// <summary>Gets the row that moves on with each <see cref="Visit"/>.</summary>
    void Open(DataViewRow row);

    /// <summary>The row is at a cell.</summary>
    /// <param name="trueClass">Its class, in the order of the scores.</param>
    /// <param name="scores">A probability for each class; the array is used again.</param>
    void Visit(int trueClass, double[] scores);
}
