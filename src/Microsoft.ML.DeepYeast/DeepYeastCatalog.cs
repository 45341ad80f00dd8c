using Microsoft.ML.DeepYeast;
using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Evaluation;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Reports;
using Microsoft.ML.DeepYeast.Scoring;

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
    /// <exception cref="ArgumentException">A setting contradicts another one, or is null; the message says which to change.</exception>
    public static DeepYeastTrainer DeepYeast(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DeepYeastTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Prepares a search for the best classifier of cells that a given time allows.</summary>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="maxExperimentTimeInSeconds">Seconds that the whole search may take, at least 1.</param>
    /// <returns>The experiment; its <c>Execute</c> searches.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxExperimentTimeInSeconds"/> is 0.</exception>
    public static DeepYeastExperiment CreateDeepYeastExperiment(this MulticlassClassificationCatalog catalog, uint maxExperimentTimeInSeconds)
        => new(CatalogEnvironment.Of(catalog), new() { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });

    /// <summary>Prepares a search for the best classifier of cells with settings of one's own.</summary>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="settings">The settings; the experiment keeps a copy.</param>
    /// <returns>The experiment; its <c>Execute</c> searches.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range; the message names it, its value and its range.</exception>
    /// <exception cref="ArgumentException">There is nothing to try.</exception>
    public static DeepYeastExperiment CreateDeepYeastExperiment(this MulticlassClassificationCatalog catalog, DeepYeastExperimentSettings settings)
        => new(CatalogEnvironment.Of(catalog), settings);

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

    /// <summary>Loads cells of 64 x 64 pixels from TIFF files of 8 or 16 bits or floats, one file of two pages a cell: first red (cytosol), then green (protein).</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">Column that is added: vector of floats, (2, 64, 64), in the file's own range. DeepYeastPreprocess with <see cref="CellContrast.Percentiles"/> scales it.</param>
    /// <param name="inputColumnName">Column of text that names the files.</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <remarks><c>Fit</c> throws <see cref="ArgumentOutOfRangeException"/> if the column is missing or of another type; files are opened when rows are read.</remarks>
    public static CellImageLoadingEstimator LoadCellImages(
        this TransformsCatalog catalog,
        string outputColumnName = CellImageLoadingEstimator.Defaults.OutputColumnName, string inputColumnName = CellImageLoadingEstimator.Defaults.InputColumnName)
        => new(CatalogEnvironment.Of(catalog), new() { OutputColumnName = outputColumnName, InputColumnNames = [inputColumnName] });

    /// <summary>Loads cells from TIFF files of 8 or 16 bits or floats: one file with a page a channel, or a file a channel, of any size.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="options">The settings; the estimator keeps a copy.</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <exception cref="ArgumentException">A setting is out of range, or contradicts another one; the message says which to change.</exception>
    public static CellImageLoadingEstimator LoadCellImages(this TransformsCatalog catalog, CellImageLoadingEstimator.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Describes cells by simple statistics of intensity, gradient, granularity and place, and of what the channels have in common, for ML.NET's other trainers to learn from.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">
    /// Column that is added: vector of floats with slot names, 69 of them for two channels. The default takes the place of the input column, so that every ML.NET trainer finds it.
    /// </param>
    /// <param name="inputColumnName">Column that is read: cells as DeepYeastPreprocess gives them, of any number of channels and any size.</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <remarks><c>Fit</c> throws <see cref="ArgumentOutOfRangeException"/> if the column is missing or of another type.</remarks>
    public static DeepYeastStatisticsEstimator DeepYeastStatistics(
        this TransformsCatalog catalog,
        string outputColumnName = DeepYeastStatisticsEstimator.DefaultColumnName, string inputColumnName = DeepYeastStatisticsEstimator.DefaultColumnName)
        => new(CatalogEnvironment.Of(catalog), outputColumnName, inputColumnName);

    /// <summary>Describes cells by what one layer of a trained network makes of them, for other trainers to learn from.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="network">The network: from a weight file, from a fitted pipeline (<see cref="Network.Of"/>) or from a model file (<see cref="LoadDeepYeastNetwork"/>).</param>
    /// <param name="layerName">Name of the layer; <see cref="NetworkGraph.Summary"/> lists them. Nothing beyond it is computed.</param>
    /// <param name="outputColumnName">
    /// Column that is added: vector of floats with the layer's shape, (values) or (row, column, channel). The default takes the place of the input column, so
    /// that every ML.NET trainer finds it.
    /// </param>
    /// <param name="inputColumnName">Column that is read: cells as DeepYeastPreprocess gives them.</param>
    /// <param name="device">Where it is computed.</param>
    /// <returns>Estimator that adds the column; it learns nothing.</returns>
    /// <exception cref="ArgumentException">There is no such layer; the message lists those that there are, nearest name first.</exception>
    /// <remarks>Append a cache checkpoint behind it: most trainers go over their rows many times, and each time the network would run again.</remarks>
    public static DeepYeastFeaturesEstimator DeepYeastFeatures(
        this TransformsCatalog catalog, Network network, string layerName = DeepYeastFeaturesEstimator.DefaultLayerName,
        string outputColumnName = DeepYeastFeaturesEstimator.DefaultColumnName, string inputColumnName = DeepYeastFeaturesEstimator.DefaultColumnName,
        ComputeDevice device = default)
        => new(CatalogEnvironment.Of(catalog), network, layerName, outputColumnName, inputColumnName, device);

    /// <summary>Classifies cells with a network that is trained already.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="network">The network: from a weight file, from a fitted pipeline (<see cref="Network.Of"/>) or from a model file (<see cref="LoadDeepYeastNetwork"/>).</param>
    /// <param name="classNames">A name for each class, in the order of the network's outputs; null for the 12 of <see cref="LocalizationClasses.Main"/>.</param>
    /// <param name="featureColumnName">Column that is read: cells as DeepYeastPreprocess gives them.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="testTimeAugmentation">Whether scores are means over the orientations of each cell; see <see cref="DeepYeastPredictionTransformer.TestTimeAugmentation"/>.</param>
    /// <returns>Estimator that adds <c>Score</c> (a probability for each class, sum 1) and <c>PredictedLabel</c> (key with the class names); it learns nothing.</returns>
    /// <exception cref="ArgumentException">The network is no classifier, or has another number of classes than there are names, or a name comes twice.</exception>
    public static DeepYeastClassificationEstimator DeepYeastClassify(
        this TransformsCatalog catalog, Network network, IReadOnlyList<string>? classNames = null,
        string featureColumnName = DeepYeastTrainer.Defaults.FeatureColumnName, ComputeDevice device = default, bool testTimeAugmentation = false)
        => new(CatalogEnvironment.Of(catalog), network, classNames ?? LocalizationClasses.Main, featureColumnName, device, testTimeAugmentation);

    /// <summary>Classifies cells of 2 x 64 x 64 with weights that Keras has written for DeepYeast and the 12 classes of <see cref="LocalizationClasses.Main"/>.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="weightsPath">The weight file; see <see cref="Network.LoadKerasWeights"/>.</param>
    /// <inheritdoc cref="DeepYeastClassify(TransformsCatalog, string, Func{CellShape, int, NetworkGraph}, IReadOnlyList{string})"/>
    public static DeepYeastClassificationEstimator DeepYeastClassify(this TransformsCatalog catalog, string weightsPath)
        => catalog.DeepYeastClassify(weightsPath, Networks.DeepYeast, LocalizationClasses.Main);

    /// <summary>Classifies cells of 2 x 64 x 64, in the column <c>Features</c>, with weights that Keras has written, without any training.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="weightsPath">The weight file; see <see cref="Network.LoadKerasWeights"/>.</param>
    /// <param name="architecture">The network that the weights are of, for example <see cref="Networks.MobileNet"/>.</param>
    /// <param name="classNames">A name for each class, in the order of the network's outputs.</param>
    /// <returns>Estimator that adds <c>Score</c> (a probability for each class, sum 1) and <c>PredictedLabel</c> (key with the class names); it learns nothing.</returns>
    /// <exception cref="ArgumentException">The file holds weights of another network, or of another number of classes.</exception>
    /// <exception cref="FormatException">The file is not HDF5, damaged, or not saved by legacy Keras.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static DeepYeastClassificationEstimator DeepYeastClassify(
        this TransformsCatalog catalog, string weightsPath, Func<CellShape, int, NetworkGraph> architecture, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(classNames);
        return catalog.DeepYeastClassify(Network.LoadKerasWeights(architecture(CellShape.DeepYeast, classNames.Count), weightsPath), classNames);
    }

    /// <summary>
    /// Shows where in a cell a trained model sees what speaks for the class that it predicts: Grad-CAM with default settings, of the cell as it lies, also where
    /// <see cref="DeepYeastPredictionTransformer.TestTimeAugmentation"/> predicts from all its orientations.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="model">A <see cref="DeepYeastPredictionTransformer"/>, or a chain with one in it, as <c>Fit</c> or <c>Model.Load</c> gives it.</param>
    /// <returns>Estimator that adds <c>Explanation</c> (vector of floats, (row, column), at the resolution of the layer); it learns nothing.</returns>
    /// <exception cref="ArgumentException">The model has no step that classifies.</exception>
    public static DeepYeastExplanationEstimator DeepYeastExplain(this TransformsCatalog catalog, ITransformer model) => catalog.DeepYeastExplain(model, new());

    /// <summary>Shows where in a cell a trained model sees what speaks for a class: Grad-CAM or the reference's variant of it, and images of it if wanted.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="model">A <see cref="DeepYeastPredictionTransformer"/>, or a chain with one in it, as <c>Fit</c> or <c>Model.Load</c> gives it.</param>
    /// <param name="options">The settings.</param>
    /// <returns>Estimator that adds a column of maps, and one of images if the options name it; it learns nothing.</returns>
    /// <exception cref="ArgumentException">The model has no step that classifies, or there is no such layer or class, or a setting is out of range.</exception>
    public static DeepYeastExplanationEstimator DeepYeastExplain(this TransformsCatalog catalog, ITransformer model, DeepYeastExplanationEstimator.Options options)
        => new(CatalogEnvironment.Of(catalog), model, options);

    /// <summary>The same for a network: from a weight file (<see cref="Network.LoadKerasWeights"/>) or from a model file (<see cref="LoadDeepYeastNetwork"/>).</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="network">The network, which must be a classifier.</param>
    /// <param name="options">The settings.</param>
    /// <returns>Estimator that adds a column of maps, and one of images if the options name it; it learns nothing.</returns>
    /// <exception cref="ArgumentException">The network is no classifier, or there is no such layer or class, or a setting is out of range.</exception>
    public static DeepYeastExplanationEstimator DeepYeastExplain(this TransformsCatalog catalog, Network network, DeepYeastExplanationEstimator.Options options)
        => new(CatalogEnvironment.Of(catalog), network, options);

    /// <summary>Reads scores as classes: for each cell the most probable ones, highest first.</summary>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="predictions">Rows with a score column, from any multiclass model.</param>
    /// <param name="top">Number of classes a cell, at least 1; all of them where there are fewer.</param>
    /// <param name="scoreColumnName">Name of the score column.</param>
    /// <returns>A list for each cell, in the order of the rows; rows are scored as it is enumerated.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="top"/> is below 1, or the column is missing or no vector of floats.</exception>
    public static IEnumerable<IReadOnlyList<ClassProbability>> DecodePredictions(
        this MulticlassClassificationCatalog catalog, IDataView predictions, int top = 5, string scoreColumnName = ScoreColumns.Score)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return PredictionDecoder.Decode(predictions, top, scoreColumnName);
    }

    /// <summary>
    /// Says how good predictions are: what scikit-learn's classification_report and confusion_matrix say, log-loss, whether the probabilities can be believed,
    /// verdicts on whole groups of cells such as those of one protein, and how far the figures could be off.
    /// </summary>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="predictions">
    /// Rows with a label (key) and a score for each class, from any multiclass model that gives probabilities; they are read once. Where label and scores both have names, classes
    /// are matched by name, in any order, else by number. PredictedLabel is not read.
    /// </param>
    /// <param name="options">Columns, groups and numbers; null for those that the class starts with.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A setting is out of range, or a column is missing or of another type, or label and scores have other classes; the message names them.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There is no row with a label, or a row has scores that are NaN or no probabilities, or no value in the group column; the message names the row.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token in the options was cancelled.</exception>
    /// <remarks>Takes memory for the scores and classes of all cells. Resamples are made from the groups' counts, so that 1000 of them take seconds for 100,000 cells.</remarks>
    public static CellEvaluation EvaluateCells(this MulticlassClassificationCatalog catalog, IDataView predictions, CellEvaluationOptions? options = null)
        => CellEvaluator.Evaluate(CatalogEnvironment.Of(catalog), predictions, options);

    /// <summary>
    /// Evaluates a model on test cells and writes what came of it as one HTML file that needs no other and opens from disk: what was trained, example cells, training curves,
    /// confusion, figures of the classes, reliability, verdicts on groups, the most confident right and wrong cells with what the network looked at, and a map of the cells.
    /// </summary>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="model">A <see cref="DeepYeastPredictionTransformer"/>, or a chain with one in it, as <c>Fit</c> or <c>Model.Load</c> gives it.</param>
    /// <param name="testCells">Rows that the model reads, with their true classes; each is read and scored once.</param>
    /// <param name="path">Name of the file; an older one of that name is replaced when the new one is whole.</param>
    /// <param name="options">Columns, title and numbers of cells; null for those that the class starts with.</param>
    /// <returns>The figures in the report, as <see cref="EvaluateCells"/> gives them.</returns>
    /// <exception cref="ArgumentException">The model has no step that classifies, or a setting is missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A setting is out of range, or a column is missing or of another type, or the labels have other classes than the model; the message names them.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row has a label that the model knows, or a row cannot be read, or has no value in the group column.</exception>
    /// <exception cref="IOException">The file cannot be written, which is checked before anything is scored; nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to; nothing was changed.</exception>
    /// <exception cref="OperationCanceledException">The token in the options was cancelled; nothing was changed.</exception>
    /// <remarks>Takes memory for the scores of all cells, and for the pixels of those that are shown, of which the map has 1000 at most.</remarks>
    public static CellEvaluation WriteCellReport(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView testCells, string path, CellReportOptions? options = null)
        => CellReport.Write(CatalogEnvironment.Of(catalog), model, testCells, path, options);

    /// <summary>
    /// Evaluates the best model of an experiment on test cells and writes what came of the search and of the model as one HTML file that needs no other and opens from disk: the trials over
    /// time, the leader board, whether the best can be told from the next one, which settings mattered, and then what <see cref="WriteCellReport"/> says of the model. Where the best is a
    /// baseline, what is about networks is left out.
    /// </summary>
    /// <typeparam name="TRun">What is known of each trial.</typeparam>
    /// <param name="catalog">The multiclass operations.</param>
    /// <param name="result">What the experiment found; it is not disposed yet.</param>
    /// <param name="testCells">Cells that the experiment has not seen, in the columns that were given to <c>Execute</c>, with their true classes; each is read and scored once.</param>
    /// <param name="path">Name of the file; an older one of that name is replaced when the new one is whole.</param>
    /// <param name="options">Columns, title and numbers of cells; null for those that the class starts with.</param>
    /// <returns>The figures of the test cells, as <see cref="EvaluateCells"/> gives them.</returns>
    /// <inheritdoc cref="WriteCellReport" path="/exception"/>
    public static CellEvaluation WriteExperimentReport<TRun>(
        this MulticlassClassificationCatalog catalog, DeepYeastExperimentResult<TRun> result, IDataView testCells, string path, CellReportOptions? options = null)
        where TRun : DeepYeastRunDetail
        => ExperimentReport.Write(CatalogEnvironment.Of(catalog), result, testCells, path, options);

    /// <summary>
    /// Splits rows so that the cells of one group, such as a protein, a well or a field of view, are all on one side: a model is then tested on groups that it has not seen.
    /// </summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="data">The rows. Group and label are read once, now; the two views pick their rows as these are read.</param>
    /// <param name="groupColumnName">Column whose equal values make a group: text, a key or a number.</param>
    /// <param name="testFraction">Share of the rows in the test, above 0 and below 1.</param>
    /// <param name="labelColumnName">Column with the classes, text, a key or a number, to have a like share of each class in the test; null for the share of all rows alone.</param>
    /// <param name="seed">Another seed, other groups. Null takes the MLContext's seed, and without one 0.</param>
    /// <returns>Each row once, on one of the two sides; neither is empty.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="testFraction"/> is out of range, or a column is missing or holds vectors or images.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or all rows are of one group, or one has no value in the group column.</exception>
    /// <remarks>
    /// Sizes are as near to the fraction as moves of single groups bring them; with a label the same is sought for each class, as one trade-off with the size.
    /// Where each group is one row, nothing is kept together, and the split is an ordinary one: if cells of one field are alike, take a column that says so.
    /// ML.NET's own TrainTestSplit with samplingKeyColumnName cuts keys and numbers into ranges of values, whose sizes may be anything.
    /// </remarks>
    public static DataOperationsCatalog.TrainTestData TrainTestSplitByGroup(
        this DataOperationsCatalog catalog, IDataView data, string groupColumnName, double testFraction = 0.1, string? labelColumnName = null, int? seed = null)
        => GroupSplit.TrainTest(CatalogEnvironment.Of(catalog), data, groupColumnName, testFraction, labelColumnName, seed);

    /// <summary>Splits rows into folds so that the cells of one group are all in one fold. Each fold is the test once, and the rest its training.</summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="data">The rows; see <see cref="TrainTestSplitByGroup"/>.</param>
    /// <param name="groupColumnName">Column whose equal values make a group: text, a key or a number.</param>
    /// <param name="numberOfFolds">At least 2, and at most the number of groups.</param>
    /// <param name="labelColumnName">Column with the classes, text, a key or a number, to have a like share of each class in each fold; null for folds of like sizes alone.</param>
    /// <param name="seed">Another seed, other folds. Null takes the MLContext's seed, and without one 0.</param>
    /// <returns>A pair for each fold; each row is in one test and in the training of all other folds.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="numberOfFolds"/> is below 2, or a column is missing or holds vectors or images.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or there are fewer groups than folds, or a row has no value in the group column.</exception>
    /// <remarks>As for <see cref="TrainTestSplitByGroup"/>.</remarks>
    public static IReadOnlyList<DataOperationsCatalog.TrainTestData> CrossValidationSplitByGroup(
        this DataOperationsCatalog catalog, IDataView data, string groupColumnName, int numberOfFolds = 5, string? labelColumnName = null, int? seed = null)
        => GroupSplit.CrossValidation(CatalogEnvironment.Of(catalog), data, groupColumnName, numberOfFolds, labelColumnName, seed);

    /// <summary>Loads the network inside a saved model, to go on training from it, to take features from it, or to look at it.</summary>
    /// <param name="catalog">The model operations.</param>
    /// <param name="filePath">A model file that <c>Model.Save</c> or <see cref="SaveAtomically"/> has written.</param>
    /// <exception cref="ArgumentException">The model has no network of this library in it.</exception>
    /// <exception cref="FormatException">The file is no model, damaged, or of a newer format.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Network LoadDeepYeastNetwork(this ModelOperationsCatalog catalog, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return Network.Of(ModelFile.Load(catalog, filePath));
    }

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
        ArgumentNullException.ThrowIfNull(model);   // ML.NET would write an empty file
        ArgumentException.ThrowIfNullOrEmpty(filePath);
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

    /// <summary>
    /// Loads a split of the reference's main dataset: 90,000 cells of the 12 classes of <see cref="LocalizationClasses.Main"/>. What is not there yet is fetched and unpacked:
    /// the first time, an archive of all 90,000 images, which stays beside them.
    /// </summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="split">Which cells.</param>
    /// <param name="options">Where the files come from and where they are kept, progress, cancellation; null for the reference's server and <c>~/.deepyeast/datasets</c>.</param>
    /// <returns>
    /// Rows, in the order of the reference's list, of <c>ImagePath</c> (text, absolute, for LoadImages), <c>Label</c> (key, whose values are the class names in the order of the
    /// reference's indices), <c>Plate</c>, <c>Well</c> and <c>Field</c> (text, each with what it lies in: <c>plate11/007016</c>), and <c>Protein</c> (text, the well: its cells show one protein).
    /// </returns>
    /// <exception cref="ArgumentException">An option is empty, or the base address is of another kind.</exception>
    /// <exception cref="FormatException">A file that came, or that was there, has another MD5, or the archive is damaged; the message says what to do.</exception>
    /// <exception cref="FileNotFoundException">Images of the list are not there, or the base address is a folder without a file; the message names them.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or does not give a file.</exception>
    /// <exception cref="IOException">A transfer was interrupted, another process is fetching or unpacking the same files, or the disk cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    /// <remarks>
    /// Under a final name there is only ever a whole file, whose MD5 was checked, or a whole folder. A download that was interrupted goes on where it stopped, where the
    /// server can. Unpacked images are not checked again, only that each is there.
    /// Published with Parnamaa and Parts, G3 7(5):1385-1392, 2017; the images are those of Chong et al., Cell 161(6):1413-1424, 2015.
    /// </remarks>
    public static IDataView LoadDeepYeastMain(this DataOperationsCatalog catalog, DatasetSplit split, DatasetOptions? options = null)
        => PublishedDataset.Main.Load(catalog, split, options ?? new());

    /// <summary>
    /// Loads a split of the reference's transfer dataset: 10,000 cells of the 4 classes of <see cref="LocalizationClasses.Transfer"/>. What is not there yet is fetched and
    /// unpacked.
    /// </summary>
    /// <inheritdoc cref="LoadDeepYeastMain"/>
    public static IDataView LoadDeepYeastTransfer(this DataOperationsCatalog catalog, DatasetSplit split, DatasetOptions? options = null)
        => PublishedDataset.Transfer.Load(catalog, split, options ?? new());

    /// <summary>Loads cells that a text file lists as the reference's lists do: on each line a path, a space or tab, and the index of the class, from 0.</summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="listPath">The list.</param>
    /// <param name="imageFolder">Folder that the paths start from; null for the list's own. Absolute paths stay as they are.</param>
    /// <param name="classNames">The classes in the order of their indices; null for the 12 of <see cref="LocalizationClasses.Main"/>.</param>
    /// <returns>
    /// Rows, in the order of the list, of <c>ImagePath</c> (text, absolute) and <c>Label</c> (key, whose values are the class names). Where every path is named as those of
    /// the reference are, as in <c>plate11/007016000-6-16000-19.png</c>, also <c>Plate</c>, <c>Well</c>, <c>Field</c> and <c>Protein</c> (text), as
    /// <see cref="LoadDeepYeastMain"/> has them.
    /// </returns>
    /// <exception cref="ArgumentException">A class has no name, or the name of another one.</exception>
    /// <exception cref="FormatException">A line is of another form or its class is none; the message has file, line number and what was found.</exception>
    /// <exception cref="FileNotFoundException">The list is not there, or images that it lists are not; the message names the first five of them and says how many.</exception>
    public static IDataView LoadCellList(this DataOperationsCatalog catalog, string listPath, string? imageFolder = null, IReadOnlyList<string>? classNames = null)
        => CellFiles.LoadList(catalog, listPath, imageFolder, classNames ?? LocalizationClasses.Main);

    /// <summary>Loads cells from a folder that has a folder for each class, named as the class.</summary>
    /// <param name="catalog">The data operations.</param>
    /// <param name="folder">
    /// The folder. Images (.png, .jpg, .jpeg, .bmp, .gif, .webp) may lie at any depth in those of the classes; other files and hidden ones are passed over.
    /// </param>
    /// <returns>
    /// Rows, class by class and in each in the order of the paths, of <c>ImagePath</c> (text, absolute) and <c>Label</c> (key, whose values are the names of the folders in ordinal
    /// order). Where every image lies in the folder of a plate and is named as those of the reference are, also <c>Plate</c>, <c>Well</c>, <c>Field</c> and <c>Protein</c> (text).
    /// </returns>
    /// <exception cref="ArgumentException">There are no folders in it, or one of them has no image; the message names it.</exception>
    /// <exception cref="IOException">The folder does not exist or cannot be read.</exception>
    /// <remarks>Rows of a class stand together: shuffle them before a split by position, or before a trainer that reads its rows in their order.</remarks>
    public static IDataView LoadCellFolders(this DataOperationsCatalog catalog, string folder)
        => CellFiles.LoadFolders(catalog, folder);
}
