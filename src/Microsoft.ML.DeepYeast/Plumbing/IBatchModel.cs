namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>
/// A model that turns the float vectors of several rows at once into one float vector a row, from which every added column is read.
/// Must be safe from several threads.
/// </summary>
internal interface IBatchModel
{
    /// <summary>Rows that are scored together.</summary>
    int BatchSize { get; }

    /// <summary>Length of a row's input.</summary>
    int InputSize { get; }

    /// <summary>Length of a row's output.</summary>
    int OutputSize { get; }

    /// <summary>The column that is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    DataViewSchema.Column FindInput(DataViewSchema schema);

    /// <summary>The columns that are added.</summary>
    DataViewSchema.DetachedColumn[] CreateOutputColumns(DataViewSchema schema);

    /// <summary>Scores the first rows of <paramref name="inputs"/> into the first of <paramref name="outputs"/>.</summary>
    void Score(float[] inputs, int rows, float[] outputs);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of an added column, given where the current row's output lies.</summary>
    Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> current);
}
