namespace Microsoft.ML.DeepYeast;

/// <summary>What a report says and shows; see <see cref="DeepYeastCatalog.WriteCellReport"/>.</summary>
public sealed class CellReportOptions
{
    private const string DefaultTitle = "Report on a cell classifier";
    private const int DefaultExampleCells = 6;
    private const int DefaultExplainedCells = 8;

    /// <summary>The heading of the page and the name of its window.</summary>
    public string Title { get; init; } = DefaultTitle;

    /// <summary>Name of the column of the test cells with their true classes: a key, or text, which is looked up among the names of the model's classes.</summary>
    public string LabelColumnName { get; init; } = DeepYeastTrainer.Defaults.LabelColumnName;

    /// <summary>
    /// Name of a column of the test cells whose equal values say that cells belong together, such as the protein or the well; see
    /// <see cref="CellEvaluationOptions.GroupColumnName"/>. Null for none: then there are no verdicts on groups.
    /// </summary>
    public string? GroupColumnName { get; init; }

    /// <summary>What the report calls a value of the group column, for example protein; null for the column's name.</summary>
    public string? GroupName { get; init; }

    /// <summary>A text column with the path of a cell's image, whose file name stands below the cell; it need not be there.</summary>
    public string PathColumnName { get; init; } = DeepYeastPreprocessingEstimator.Defaults.PathColumnName;

    /// <summary>Cells of each class that are shown as examples, 0 or more. A cell takes some 15 KB of the file.</summary>
    public int ExampleCellsPerClass { get; init; } = DefaultExampleCells;

    /// <summary>
    /// Cells with the highest confidence that are shown and explained, of the right and of the wrong ones each, 0 or more; their classes take turns. A cell takes some 60 KB of
    /// the file.
    /// </summary>
    public int ExplainedCells { get; init; } = DefaultExplainedCells;

    /// <summary>What else is to be said of the model and the cells: names and values, as lines of the first table. The model knows neither its data nor its recipe.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Notes { get; init; } = [];

    /// <summary>Seed of what is drawn: resamples and shown cells. Null takes the MLContext's seed, and without one 0: the same model and cells give the same file.</summary>
    public int? Seed { get; init; }

    /// <summary>Called with the number of cells scored so far, after some dozens more each time; null for no reports.</summary>
    public Action<int>? ProgressCallback { get; init; }

    /// <summary>Ends the work with an <see cref="OperationCanceledException"/>; no file is written.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Title);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentNullException.ThrowIfNull(PathColumnName);
        ArgumentNullException.ThrowIfNull(Notes);
        RequireNotNegative(nameof(ExampleCellsPerClass), ExampleCellsPerClass);
        RequireNotNegative(nameof(ExplainedCells), ExplainedCells);
    }

    internal CellEvaluationOptions ToEvaluationOptions()
        => new() { LabelColumnName = LabelColumnName, GroupColumnName = GroupColumnName, Seed = Seed, CancellationToken = CancellationToken };

    private static void RequireNotNegative(string name, int value)
    {
        if (value < 0)
            throw DeepYeastTrainer.Options.OutOfRange(name, value, "at least 0");
    }
}
