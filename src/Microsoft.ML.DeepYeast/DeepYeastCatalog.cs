using Microsoft.ML.DeepYeast;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML;

/// <summary>The entry points of Microsoft.ML.DeepYeast, on ML.NET's catalogs.</summary>
public static class DeepYeastCatalog
{
    /// <summary>Trains the DeepYeast network (11 layers, 64 x 64 two-channel cells) with default settings.</summary>
    /// <param name="catalog">The multiclass trainers.</param>
    /// <param name="labelColumnName">Key column with values 1..K, K at least 2; K becomes the width of the output layer.</param>
    /// <param name="featureColumnName">Vector of 8192 floats in [-1, 1]: (channel, row, column) = (2, 64, 64).</param>
    /// <returns>Estimator that adds <c>Score</c> (K probabilities, sum 1) and <c>PredictedLabel</c> (key).</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> is null.</exception>
    /// <remarks><c>Fit</c> throws <see cref="ArgumentOutOfRangeException"/> if a column is missing or of another type.</remarks>
    public static DeepYeastTrainer DeepYeast(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = DeepYeastTrainer.Defaults.LabelColumnName, string featureColumnName = DeepYeastTrainer.Defaults.FeatureColumnName)
        => new(CatalogEnvironment.Of(catalog), new() { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName });

    /// <summary>Trains a network on cells with settings of one's own.</summary>
    /// <param name="catalog">The multiclass trainers.</param>
    /// <param name="options">The settings; the trainer keeps a copy.</param>
    /// <returns>Estimator that adds <c>Score</c> (a probability for each class, sum 1) and <c>PredictedLabel</c> (key).</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range; the message names it, its value and its range.</exception>
    public static DeepYeastTrainer DeepYeast(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DeepYeastTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Turns images of cells into what the networks read: two channels of 64 x 64 floats in [-1, 1].</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">Column that is added: vector of floats, (2, 64, 64), channel 0 red (mCherry), channel 1 green (GFP).</param>
    /// <param name="inputColumnName">Column that is read: an image of any size, or a vector of bytes or floats 0..255 of (2, 64, 64) or (64, 64, 2).</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> is null.</exception>
    /// <remarks><c>Fit</c> throws <see cref="ArgumentOutOfRangeException"/> if the column is missing or of another type.</remarks>
    public static DeepYeastPreprocessingEstimator DeepYeastPreprocess(
        this TransformsCatalog catalog,
        string outputColumnName = DeepYeastPreprocessingEstimator.Defaults.OutputColumnName,
        string inputColumnName = DeepYeastPreprocessingEstimator.Defaults.InputColumnName)
        => new(CatalogEnvironment.Of(catalog), new() { OutputColumnName = outputColumnName, InputColumnName = inputColumnName });

    /// <summary>Turns images of cells into what the networks read, with a choice of channels, size and contrast.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="options">The settings; the estimator keeps a copy.</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range; the message names it, its value and its range.</exception>
    public static DeepYeastPreprocessingEstimator DeepYeastPreprocess(this TransformsCatalog catalog, DeepYeastPreprocessingEstimator.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>
    /// Saves a model so that under its name there is always a whole file: it is written beside it under a temporary name, flushed to the disk,
    /// and renamed.
    /// </summary>
    /// <param name="catalog">The model operations.</param>
    /// <param name="model">The fitted pipeline.</param>
    /// <param name="inputSchema">Schema of the data that the model reads.</param>
    /// <param name="filePath">Name of the file; an older one of that name is replaced.</param>
    /// <exception cref="IOException">The disk is full or the folder is not there; nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to; nothing was changed.</exception>
    public static void SaveAtomically(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        AtomicFile.Write(filePath, stream => catalog.Save(model, inputSchema, stream));
    }

    /// <summary>
    /// Draws two-channel cells of budding yeast as a microscope would show them: red the cytosol, green a protein that sits where the class
    /// says. For trying things out without data, and for training networks before real cells are at hand.
    /// </summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="count">Number of cells, at least 1; the classes take turns.</param>
    /// <param name="seed">The same seed draws the same cells; another seed, others.</param>
    /// <param name="localizations">
    /// Names of the classes, out of <see cref="LocalizationClasses.Main"/> and <see cref="LocalizationClasses.Transfer"/>; null for the 12 main ones.
    /// </param>
    /// <returns>Rows of <c>Image</c> (64 x 64 pixels; red, green, no blue) and <c>Label</c> (text). Cells are drawn when they are read.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="ArgumentException">There is no class, or one that cannot be drawn; the message lists those that can.</exception>
    public static IDataView CreateSyntheticYeastCells(this DataOperationsCatalog catalog, int count, int seed = 0, IReadOnlyList<string>? localizations = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return catalog.LoadFromEnumerable(new SyntheticYeastCells(count, seed, SyntheticYeastCells.CheckLocalizations(localizations ?? LocalizationClasses.Main)));
    }
}
