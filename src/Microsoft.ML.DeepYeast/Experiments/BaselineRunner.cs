using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>
/// Trains ML.NET's own trainers on descriptions of the cells, and takes networks as they are. Each cell is described once, for all trainers and folds, since a trainer that still reads its rows cannot be cancelled.
/// </summary>
internal sealed class BaselineRunner(ExperimentCells cells, DeepYeastExperimentSettings settings, string labelColumnName, DrawnNetwork? drawn, int seed)
{
    private const string StatisticsColumn = "Statistics", NetworkFeaturesColumn = "NetworkFeatures";
    // From so many cells on there is something to learn for larger trees.
    private const int Many = 5_000;

    private readonly int _count = cells.Training.Cells.Count;
    private readonly ConcurrentDictionary<(bool OfHeld, BaselineInput Input), Lazy<float[][]>> _descriptions = new();

    /// <summary>Trains on one fold.</summary>
    /// <returns>The model, from features to scores, and rows to judge it by, which its last steps read.</returns>
    public (ITransformer Model, IDataView Scored) Fit(MLContext mlContext, TrialRecord record, ExperimentCells.Fold fold, int threads, CancellationToken cancellation)
    {
        if (record.Ready is { } ready)
        {
            DeepYeastPredictionTransformer network = AsItIs(mlContext, ready).Fit(View(mlContext, cells.Training, fold.TrainingRows));
            return (network, network.Transform(View(mlContext, cells.Held, fold.HeldRows)));
        }
        (ITransformer model, ITransformer trained) = Fit(mlContext, record, fold.TrainingRows, threads, cancellation);
        return (model, trained.Transform(Described(mlContext, record, cells.Held, fold.HeldRows, cancellation)));
    }

    /// <summary>Trains on some of the cells.</summary>
    /// <returns>The model, from features to scores, and its part from the description on.</returns>
    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public (ITransformer Model, ITransformer Trained) Fit(MLContext mlContext, TrialRecord record, int[] rows, int threads, CancellationToken cancellation)
    {
        IDataView described = Described(mlContext, record, cells.Training, rows, cancellation);
        try
        {
            ITransformer trained = LearnerOf(mlContext, record, rows.Length, threads).Fit(described);
            ITransformer description = DescriptionOf(mlContext, record).Fit(View(mlContext, cells.Training, rows));
            return (new TransformerChain<ITransformer>(description, trained), trained);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.All(inner => inner is OperationCanceledException))   // FastTree's
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }

    /// <summary>A baseline as a user would set it up: a description of each cell, kept in memory, and a trainer.</summary>
    public IEstimator<ITransformer> PipelineOf(MLContext mlContext, TrialRecord record)
        => record.Ready is { } ready ? AsItIs(mlContext, ready) : DescriptionOf(mlContext, record).AppendCacheCheckpoint(mlContext).Append(LearnerOf(mlContext, record, _count, Environment.ProcessorCount));

    private DeepYeastClassificationEstimator AsItIs(MLContext mlContext, ReadyNetwork ready)
    {
        IHostEnvironment environment = CatalogEnvironment.Of(mlContext.Transforms);
        IReadOnlyList<string> classes = cells.Training.Labels.Names!;
        if (ready == ReadyNetwork.Given)
            return new(environment, settings.StartingNetwork!, classes, settings.FeatureColumnName, settings.Device, testTimeAugmentation: false);
        int training = ready == ReadyNetwork.Drawn ? 0 : 1;
        return new(   // drawn cells were seen in all orientations
            environment, drawn!.Networks[training], classes, settings.FeatureColumnName, settings.Device, testTimeAugmentation: true, drawn.Histories[training]);
    }

    private EstimatorChain<ITransformer> DescriptionOf(MLContext mlContext, TrialRecord record)
    {
        var chain = new EstimatorChain<ITransformer>();
        if (record.Input == BaselineInput.Statistics)
            return chain.Append<ITransformer>(mlContext.Transforms.DeepYeastStatistics(StatisticsColumn, settings.FeatureColumnName));
        Network network = settings.StartingNetwork ?? drawn!.Latest!;
        return chain.Append<ITransformer>(mlContext.Transforms.DeepYeastFeatures(network, network.Graph.Head.Inputs[0], NetworkFeaturesColumn, settings.FeatureColumnName, settings.Device));
    }

    // The settings were chosen by training on one field of real cells and testing on another; within a factor of two they hardly matter.
    private EstimatorChain<ITransformer> LearnerOf(MLContext mlContext, TrialRecord record, int cellCount, int threads)
    {
        string column = ColumnOf(record);
        bool many = cellCount >= Many;
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = mlContext.MulticlassClassification.Trainers;
        IEstimator<ITransformer> trainer = record.Trainer switch
        {
            ExperimentTrainer.SdcaMaximumEntropy => trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options
            {
                LabelColumnName = labelColumnName, FeatureColumnName = column, NumberOfThreads = 1 /* of several the fastest decides */, MaximumNumberOfIterations = 100, L2Regularization = 1.5f / cellCount,
            }),
            ExperimentTrainer.LightGbm => trainers.LightGbm(new LightGbmMulticlassTrainer.Options
            {
                LabelColumnName = labelColumnName, FeatureColumnName = column, NumberOfThreads = threads, Seed = seed, Deterministic = true, LearningRate = 0.1,
                NumberOfIterations = many ? 200 : 100, NumberOfLeaves = many ? 31 : 8, MinimumExampleCountPerLeaf = many ? 20 : 10,
                Booster = new GradientBooster.Options { L2Regularization = 1, FeatureFraction = 0.3 },
            }),
            ExperimentTrainer.FastTreeOva => trainers.OneVersusAll(mlContext.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
            {
                LabelColumnName = labelColumnName, FeatureColumnName = column, NumberOfThreads = threads, Seed = seed, NumberOfTrees = 100, LearningRate = 0.1,
                NumberOfLeaves = many ? 16 : 4, MinimumExampleCountPerLeaf = many ? 10 : 5, FeatureFraction = 0.3,
            }), labelColumnName),
            _ => throw new UnreachableException(),
        };
        return new EstimatorChain<ITransformer>().Append<ITransformer>(mlContext.Transforms.NormalizeMeanVariance(column, fixZero: false)).Append(trainer);
    }

    private static string ColumnOf(TrialRecord record) => record.Input == BaselineInput.Statistics ? StatisticsColumn : NetworkFeaturesColumn;

    private IDataView View(MLContext mlContext, CellSet set, int[] rows) => ExperimentCells.View(mlContext, set, rows, settings.FeatureColumnName, labelColumnName);

    private IDataView Described(MLContext mlContext, TrialRecord record, CellSet set, int[] rows, CancellationToken cancellation)
    {
        float[][] descriptions = DescriptionsOf(mlContext, record, set, cancellation);
        long[] classes = set.Cells.Classes();
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Description)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, descriptions[0].Length);
        definition[nameof(Row.Description)].ColumnName = ColumnOf(record);
        set.Labels.Define(definition[nameof(Row.Label)]);
        definition[nameof(Row.Label)].ColumnName = labelColumnName;
        return mlContext.Data.LoadFromEnumerable(rows.Select(row => new Row { Description = descriptions[row], Label = (uint)classes[row] }), definition);
    }

    private float[][] DescriptionsOf(MLContext mlContext, TrialRecord record, CellSet set, CancellationToken cancellation)
    {
        (bool, BaselineInput) key = (set != cells.Training, record.Input!.Value);
        Lazy<float[][]> lazy = _descriptions.GetOrAdd(key, _ => new(() => Describe(mlContext, record, set, cancellation)));
        try
        {
            return lazy.Value;
        }
        catch
        {
            _descriptions.TryRemove(new(key, lazy));   // another trial, which may wait longer, tries anew
            throw;
        }
    }

    private float[][] Describe(MLContext mlContext, TrialRecord record, CellSet set, CancellationToken cancellation)
    {
        IDataView view = View(mlContext, set, [.. Enumerable.Range(0, set.Cells.Count)]);
        using TransformerChain<ITransformer> description = DescriptionOf(mlContext, record).Fit(view);
        var descriptions = new List<float[]>();
        foreach (float[] ofCell in description.Transform(view).GetColumn<float[]>(ColumnOf(record)))
        {
            cancellation.ThrowIfCancellationRequested();
            descriptions.Add(ofCell);
        }
        return [.. descriptions];
    }

    // Keys from 0, as ML.NET has them in memory.
    private sealed class Row
    {
        public float[] Description { get; init; } = [];

        public uint Label { get; init; }
    }
}
