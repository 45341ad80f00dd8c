using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Experiments;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Finds the best classifier of cells that a given time allows: it trains networks and baselines with many settings, judges them on cells that they were not trained on, spends the time on
/// those that do well, and says how sure it is of the best.
/// </summary>
/// <remarks>
/// <para>Made by <see cref="DeepYeastCatalog.CreateDeepYeastExperiment(MulticlassClassificationCatalog, DeepYeastExperimentSettings)"/>. The shape is that of ML.NET's AutoML.</para>
/// <para>
/// Rows need a label (text, a number or a key) and features as DeepYeastPreprocess gives them; where they lack the features these are made of a column <c>Image</c>, or of images named in a
/// column <c>ImagePath</c>. Cells are read once and kept in memory, a byte a value.
/// </para>
/// <para>
/// Settings are searched by asynchronous successive halving (Li et al., arXiv:1810.05934) over epochs. The best figure of many is a little too good: judge the best model on test cells
/// that the experiment has not seen, once.
/// </para>
/// </remarks>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The overloads are those of ML.NET's AutoML.")]
public sealed class DeepYeastExperiment
{
    private const string DefaultLabel = DeepYeastTrainer.Defaults.LabelColumnName;

    private readonly IHost _host;
    private readonly DeepYeastExperimentSettings _settings;

    internal DeepYeastExperiment(IHostEnvironment environment, DeepYeastExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        _settings = settings.Copy();
        _host = environment.Register(nameof(DeepYeastExperiment));
    }

    /// <summary>
    /// Searches, and judges by cells that it sets aside: a fifth of them, or of fewer than 2,500 each third in turn; of fewer groups than such parts each group in turn.
    /// </summary>
    /// <param name="trainData">The cells. Keep test cells out of them.</param>
    /// <param name="labelColumnName">Name of the label: text, a number or a key.</param>
    /// <param name="samplingKeyColumn">
    /// Name of a column whose equal values say that cells belong together, such as the protein or the field of view: they are never both trained on and held out. Null for none.
    /// </param>
    /// <param name="preFeaturizer">Steps before the trainer; null for those that the columns ask for. They are fitted once, on all rows.</param>
    /// <param name="progressHandler">Gets each trial, each time that it has a new figure or has failed; null for nobody. What it throws ends the experiment.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">
    /// The cells cannot be split so: there is a single group, or a held-out part has a single class, or one that is not trained on; the folder is that of another experiment; every trial
    /// failed; or something has deleted the best one's model.
    /// </exception>
    /// <exception cref="OperationCanceledException">The experiment was cancelled before it had any model.</exception>
    /// <exception cref="IOException">The folder cannot be written to, or cells cannot be read.</exception>
    /// <exception cref="FormatException">A file of the folder is damaged.</exception>
    public DeepYeastExperimentResult<DeepYeastRunDetail> Execute(
        IDataView trainData, string labelColumnName = DefaultLabel, string? samplingKeyColumn = null, IEstimator<ITransformer>? preFeaturizer = null,
        IProgress<DeepYeastRunDetail>? progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        return Execute(trainData, null, labelColumnName, preFeaturizer, progressHandler, RunDetails.Plain, (reader, rows, _, seed) => reader.Read(rows, samplingKeyColumn, folds: null, seed));
    }

    /// <summary>Searches, and judges by cells of their own, which are never trained on.</summary>
    /// <param name="trainData">Cells to train on.</param>
    /// <param name="validationData">Cells to judge by.</param>
    /// <param name="labelColumnName">Name of the label: text, a number or a key.</param>
    /// <param name="preFeaturizer">Steps before the trainer; null for those that the columns ask for. They are fitted on the training rows.</param>
    /// <param name="progressHandler">Gets each trial, each time that it has a new figure or has failed; null for nobody. What it throws ends the experiment.</param>
    /// <param name="samplingKeyColumn">Name of a column of the validation rows whose equal values say that cells belong together, for the intervals. Null for none.</param>
    /// <inheritdoc cref="Execute(IDataView, string, string, IEstimator{ITransformer}, IProgress{DeepYeastRunDetail})" path="/exception"/>
    public DeepYeastExperimentResult<DeepYeastRunDetail> Execute(
        IDataView trainData, IDataView validationData, string labelColumnName = DefaultLabel, IEstimator<ITransformer>? preFeaturizer = null,
        IProgress<DeepYeastRunDetail>? progressHandler = null, string? samplingKeyColumn = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(validationData);
        return Execute(trainData, validationData, labelColumnName, preFeaturizer, progressHandler, RunDetails.Plain, (reader, rows, held, _) => reader.Read(rows, held!, samplingKeyColumn));
    }

    /// <summary>Searches, and judges each trial by cross-validation.</summary>
    /// <param name="trainData">The cells. Keep test cells out of them.</param>
    /// <param name="numberOfCVFolds">Number of folds, at least 2.</param>
    /// <param name="labelColumnName">Name of the label: text, a number or a key.</param>
    /// <param name="samplingKeyColumn">
    /// Name of a column whose equal values say that cells belong together, such as the protein or the field of view: they are in one fold. Null for none.
    /// </param>
    /// <param name="preFeaturizer">Steps before the trainer; null for those that the columns ask for. They are fitted once, on all rows.</param>
    /// <param name="progressHandler">Gets each trial, each time that it has a new figure or has failed; null for nobody. What it throws ends the experiment.</param>
    /// <inheritdoc cref="Execute(IDataView, string, string, IEstimator{ITransformer}, IProgress{DeepYeastRunDetail})" path="/exception"/>
    public DeepYeastExperimentResult<DeepYeastCrossValidationRunDetail> Execute(
        IDataView trainData, uint numberOfCVFolds, string labelColumnName = DefaultLabel, string? samplingKeyColumn = null, IEstimator<ITransformer>? preFeaturizer = null,
        IProgress<DeepYeastCrossValidationRunDetail>? progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        if (numberOfCVFolds < 2)
            throw new ArgumentOutOfRangeException(nameof(numberOfCVFolds), numberOfCVFolds, FormattableString.Invariant($"{nameof(numberOfCVFolds)} is {numberOfCVFolds} but must be at least 2."));
        return Execute(trainData, null, labelColumnName, preFeaturizer, progressHandler, RunDetails.CrossValidated,
            (reader, rows, _, seed) => reader.Read(rows, samplingKeyColumn, checked((int)numberOfCVFolds), seed));
    }

    private DeepYeastExperimentResult<TRun> Execute<TRun>(
        IDataView trainData, IDataView? validationData, string labelColumnName, IEstimator<ITransformer>? preFeaturizer, IProgress<TRun>? progressHandler,
        Func<RunDetails, Trial, TrialState, bool, TRun> detailOf, Func<ExperimentReader, IDataView, IDataView?, int, ExperimentCells> read) where TRun : DeepYeastRunDetail
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        var watch = Stopwatch.StartNew();
        TimeSpan limit = TimeSpan.FromSeconds(_settings.MaxExperimentTimeInSeconds);
        int seed = CatalogEnvironment.SeedOf(_host, _settings.Seed);
        using var run = new Run(_host, "Experiment", _settings.CancellationToken);
        ChildContext context = ChildContext.Create(_host, run, "Experiment");
        torch.Device device = _settings.Device.Resolve(_host);

        CellPipeline pipeline = CellPipeline.Fit(context.Context, trainData, labelColumnName, _settings.FeatureColumnName, preFeaturizer, _settings.StartingNetworkClassNames);
        if (validationData is not null && pipeline.MapsLabel)
            RequireKnownLabels(pipeline, trainData, validationData, labelColumnName);
        IDataView prepared = pipeline.Transformer.Transform(trainData);
        var reader = new ExperimentReader(run, _settings, device, labelColumnName, count => Show(ExperimentPhase.Reading, watch.Elapsed, count, [], []));
        ExperimentCells cells = read(reader, prepared, validationData is null ? null : pipeline.Transformer.Transform(validationData), seed);
        using (cells)
        using (ExperimentFolder folder = ExperimentFolder.Open(_settings.CacheDirectoryName, reader.IdentityOf(cells, seed)))
        using (var clock = new ExperimentClock(limit, folder.State.Elapsed + watch.Elapsed, _settings.CancellationToken))
        {
            try
            {
                RunDetails details = null!;
                var session = new ExperimentSession(_host, run, _settings, cells, folder, clock, labelColumnName, seed)
                {
                    TrialEnded = (trial, state) => progressHandler?.Report(detailOf(details, trial, state, false)),
                    Progress = (phase, running) => Show(phase, clock.Elapsed, cells.Training.Cells.Count, running, details.All()),
                };
                details = new(context.Context, pipeline, cells, folder, session, prepared);
                session.Search();
                Trial best = Best(session, clock);
                bool isRefitted = session.Refit(best);
                Trial? next = session.Queue.Ranking.Where(trial => trial != best).FirstOrDefault();
                if (clock.Left <= TimeSpan.Zero && _settings.Trainers.Any(ExperimentTrainers.IsNetwork) && !session.Queue.Ranking.Any(trial => trial.IsNetwork))
                    run.Warning(FormattableString.Invariant($"{limit.TotalSeconds:F0} s were too short for any network; the model is {best.Name}."));
                TRun bestRun = detailOf(details, best, best.State, isRefitted);
                if (bestRun.Model is null)   // it is loaded while the folder is there
                {
                    throw new InvalidOperationException(
                        $"The model of trial {best.Number}, the best, is gone: something has deleted files of the experiment's folder. Name a folder that nothing clears as option {nameof(DeepYeastExperimentSettings.CacheDirectoryName)}, and run it again.");
                }
                return new(
                    _settings.OptimizingMetric, [.. session.Queue.Ended.Select(trial => trial == best ? bestRun : detailOf(details, trial, trial.State, false))], bestRun,
                    next is null ? null : detailOf(details, next, next.State, false), next is null ? null : best.State.Figures!.IntervalOfDifference(next.State.Figures!, _settings.OptimizingMetric),
                    isRefitted, clock.Elapsed, folder.Delete);
            }
            catch
            {
                try
                {
                    folder.Delete();   // where it is a temporary one
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)   // which must not hide the cause
                {
                    run.Warning($"The experiment's temporary folder could not be deleted: {e.Message}");
                }
                throw;
            }
        }

        void Show(ExperimentPhase phase, TimeSpan elapsed, int count, IReadOnlyList<RunningTrial> running, IReadOnlyList<DeepYeastRunDetail> runs)
            => _settings.ProgressCallback?.Invoke(new() { Phase = phase, Elapsed = elapsed, TimeLimit = limit, CellsRead = count, Running = running, Runs = runs });
    }

    private static Trial Best(ExperimentSession session, ExperimentClock clock)
    {
        bool isTimeOver = clock.End.IsCancellationRequested || session.Queue.HasPostponed;
        if (session.Queue.Ranking.Count == 0 && !clock.User.IsCancellationRequested && (isTimeOver || !session.Queue.Ended.Any(trial => trial.HasFailed)))
            session.RunLastResort();
        if (session.Queue.Ranking is [var best, ..])
            return best;
        clock.User.ThrowIfCancellationRequested();
        Trial failed = session.Queue.Ended.First(trial => trial.HasFailed);
        throw new InvalidOperationException($"Every trial failed; the first one, {failed.Name}: {failed.Record.Error}", failed.Exception);
    }

    private static void RequireKnownLabels(CellPipeline pipeline, IDataView trainData, IDataView validationData, string labelColumnName)
    {
        HashSet<string> known = [.. ValuesOf(pipeline.BeforeLabel(trainData))];
        string[] unknown = [.. ValuesOf(pipeline.BeforeLabel(validationData)).Where(value => !known.Contains(value))];
        if (unknown.Length > 0)
        {
            throw new InvalidOperationException(
                $"The validation data has labels in column '{labelColumnName}' that the training data lacks: {string.Join(", ", unknown.Select(value => $"'{value}'"))}. Leave these rows out, or give training cells of these classes.");
        }

        IEnumerable<string> ValuesOf(IDataView rows)
        {
            GroupColumn values = GroupColumn.Find(rows.Schema, "label", labelColumnName);
            using DataViewRowCursor cursor = rows.GetRowCursor([values.Column]);
            Func<int> next = values.CreateReader(cursor);
            while (cursor.MoveNext())
                next();
            return [.. Enumerable.Range(0, values.Count).Select(values.NameOf)];
        }
    }
}
