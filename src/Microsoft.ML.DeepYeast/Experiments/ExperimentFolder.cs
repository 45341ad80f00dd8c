using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>
/// The folder that an experiment lives in: what it is of, its trials with their models and scores, and the checkpoints of those that may go on. Each file is the old one or the whole new
/// one, and a trial's own file is written last, so that what it says is there.
/// </summary>
internal sealed class ExperimentFolder : IDisposable
{
    private const string StateFile = "experiment.json", LockFile = "experiment.lock", TrialFile = "trial.json";

    private static readonly string[] s_extensions = [".json", ".zip", ".bin"];
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = { new JsonStringEnumConverter() } };

    private readonly object _gate = new();
    private readonly string _path;
    private readonly bool _isTemporary;
    private readonly FileStream _lock;
    private ExperimentState _state;

    private ExperimentFolder(string path, bool isTemporary, FileStream @lock, ExperimentState state) => (_path, _isTemporary, _lock, _state) = (path, isTemporary, @lock, state);

    /// <summary>Opens the folder of an experiment, to begin it or to go on with it.</summary>
    /// <param name="path">The folder; null for a temporary one.</param>
    /// <param name="identity">What an experiment must have in common with the one in the folder.</param>
    /// <exception cref="InvalidOperationException">The folder is of another experiment, or another process works in it.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static ExperimentFolder Open(string? path, IReadOnlyDictionary<string, string> identity)
    {
        string full = Path.GetFullPath(path ?? Path.Combine(Path.GetTempPath(), $"deepyeast-experiment-{Guid.NewGuid():N}"));
        string stateFile = Path.Combine(full, StateFile);
        if (!File.Exists(stateFile) && Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Select(Path.GetFileName).Any(name => name != LockFile && !name!.StartsWith(StateFile, StringComparison.Ordinal)))
        {
            throw new InvalidOperationException(
                $"Option {nameof(DeepYeastExperimentSettings.CacheDirectoryName)} is '{path}', which holds other things than an experiment. Name a folder that is empty or not there yet.");
        }
        FileStream @lock;
        try
        {
            Directory.CreateDirectory(full);
            @lock = Lock(full);
        }
        catch (Exception e) when (path is not null && e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Option {nameof(DeepYeastExperimentSettings.CacheDirectoryName)} is '{path}', where no experiment can be kept: {e.Message}", e);
        }
        try
        {
            ExperimentState state = File.Exists(stateFile) ? Read<ExperimentState>(stateFile) : new() { Identity = identity };
            string[] differences = [.. identity.Keys.Union(state.Identity.Keys).Where(name => identity.GetValueOrDefault(name) != state.Identity.GetValueOrDefault(name))
                .Select(name => $"{name} was {state.Identity.GetValueOrDefault(name, "not there")} and is {identity.GetValueOrDefault(name, "not there")}")];
            if (differences.Length > 0)
            {
                throw new InvalidOperationException(
                    $"The folder '{path}' is that of another experiment: {string.Join("; ", differences)}. Set these as they were, or give another folder as option {nameof(DeepYeastExperimentSettings.CacheDirectoryName)}.");
            }
            foreach (string extension in s_extensions)
                AtomicFile.DeleteUnfinished(full, extension);
            var folder = new ExperimentFolder(full, isTemporary: path is null, @lock, state);
            folder.Save(unchanged => unchanged);
            return folder;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>What the experiment knows beside its trials.</summary>
    public ExperimentState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>Where the network that is trained on drawn cells is kept.</summary>
    public string DrawnFolder => Path.Combine(_path, "drawn");

    /// <summary>Where the last training keeps its checkpoints.</summary>
    public string RefitFolder => Path.Combine(_path, "refit");

    /// <summary>Deletes the checkpoints of the last training.</summary>
    public void DeleteRefitFolder() => DeleteIfThere(RefitFolder);

    /// <summary>Deletes a folder of an experiment with all that is in it.</summary>
    public static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>The model of the last training.</summary>
    public string RefittedModel => Path.Combine(_path, "refit.zip");

    /// <summary>Saves what the experiment knows beside its trials.</summary>
    public void Save(Func<ExperimentState, ExperimentState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
            Write(Path.Combine(_path, StateFile), _state);
        }
    }

    /// <summary>The trials of earlier runs, in the order of their numbers, with their figures.</summary>
    /// <exception cref="FormatException">A file is damaged.</exception>
    public IReadOnlyList<Trial> LoadTrials(HeldOutCells cells)
    {
        var trials = new List<Trial>();
        foreach (string folder in Directory.EnumerateDirectories(_path, "trial-*"))
        {
            foreach (string extension in s_extensions)
                AtomicFile.DeleteUnfinished(folder, extension);
            if (!File.Exists(Path.Combine(folder, TrialFile)))
                continue;
            var record = Read<TrialRecord>(Path.Combine(folder, TrialFile));
            foreach (string old in Directory.EnumerateFiles(folder, "result-*").Where(file => !Path.GetFileName(file).StartsWith(ResultOf(record), StringComparison.Ordinal)))
                File.Delete(old);   // of a run that was ended before it did, or before it had written down the new one
            trials.Add(new(new(record, record.Latest is null ? null : new(cells, LoadScores(ScoresOf(record), cells))), hasBegun: true));
        }
        return [.. trials.OrderBy(trial => trial.Number)];
    }

    public void Save(TrialRecord record)
    {
        Directory.CreateDirectory(FolderOf(record.Number));
        Write(Path.Combine(FolderOf(record.Number), TrialFile), record);
    }

    /// <summary>Saves what a trial has reached, its own file last, and then deletes what was there of it before.</summary>
    /// <returns>The record with the version that its files have.</returns>
    public TrialRecord Save(MLContext mlContext, TrialRecord record, IReadOnlyList<(ITransformer Model, DataViewSchema Input)> models, float[] scores)
    {
        TrialRecord before = record;
        record = record with { Version = record.Version + 1 };
        Directory.CreateDirectory(FolderOf(record.Number));
        for (int fold = 0; fold < models.Count; fold++)
        {
            (ITransformer model, DataViewSchema input) = models[fold];
            AtomicFile.Write(ModelOf(record, fold), stream => mlContext.Model.Save(model, input, stream));
        }
        AtomicFile.Write(ScoresOf(record), stream => stream.Write(MemoryMarshal.AsBytes(scores.AsSpan())));
        Save(record);
        for (int fold = 0; fold < models.Count; fold++)
            File.Delete(ModelOf(before, fold));
        File.Delete(ScoresOf(before));
        return record;
    }

    /// <summary>A trial's model of one fold, from 0.</summary>
    public string ModelOf(TrialRecord record, int fold) => Path.Combine(FolderOf(record.Number), FormattableString.Invariant($"{ResultOf(record)}fold-{fold + 1}.zip"));

    private string ScoresOf(TrialRecord record) => Path.Combine(FolderOf(record.Number), $"{ResultOf(record)}scores.bin");

    private static string ResultOf(TrialRecord record) => FormattableString.Invariant($"result-{record.Version}-");

    /// <summary>Where a trial's training on one fold keeps its checkpoints.</summary>
    public string CheckpointsOf(int number, int fold) => Path.Combine(FolderOf(number), FormattableString.Invariant($"fold-{fold + 1}"));

    /// <summary>Deletes the checkpoints of a trial that is over.</summary>
    public void DeleteCheckpoints(int number, int foldCount)
    {
        for (int fold = 0; fold < foldCount; fold++)
            DeleteIfThere(CheckpointsOf(number, fold));
    }

    /// <summary>Deletes all but the newest checkpoint of a trial that is paused: nobody writes beside it.</summary>
    public void KeepNewestCheckpoints(int number, int foldCount)
    {
        for (int fold = 0; fold < foldCount; fold++)
        {
            if (!Directory.Exists(CheckpointsOf(number, fold)))
                continue;
            foreach (string old in Directory.EnumerateFiles(CheckpointsOf(number, fold)).OrderDescending(StringComparer.Ordinal).Skip(1))
                File.Delete(old);
        }
    }

    /// <summary>Lets other processes in; a temporary folder is deleted by <see cref="Delete"/>.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Deletes the folder if it is a temporary one.</summary>
    public void Delete()
    {
        if (!_isTemporary)
            return;
        _lock.Dispose();
        DeleteIfThere(_path);
    }

    private string FolderOf(int number) => Path.Combine(_path, FormattableString.Invariant($"trial-{number:D4}"));

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(Path.Combine(path, LockFile)))
        {
            throw new InvalidOperationException($"Another process works on the experiment in '{path}'. Wait for it, or give another folder as option {nameof(DeepYeastExperimentSettings.CacheDirectoryName)}.", e);
        }
    }

    private static float[] LoadScores(string path, HeldOutCells cells)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int expected = cells.Classes.Length * cells.ClassCount * sizeof(float);
        return bytes.Length == expected ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
            : throw new FormatException($"'{path}' has {bytes.Length} bytes but needs {expected}. Delete the folder that it is in: the trial is then left out.");
    }

    private static void Write<T>(string path, T value) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, s_json));

    private static T Read<T>(string path)
    {
        using FileStream file = File.OpenRead(path);
        try
        {
            return JsonSerializer.Deserialize<T>(file, s_json) ?? throw new FormatException($"'{path}' is empty.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{path}' is damaged: {e.Message} Delete the folder that it is in; what was tried there is then lost.", e);
        }
    }
}

/// <summary>What an experiment's file says beside its trials.</summary>
internal sealed record ExperimentState
{
    /// <summary>What another run must have in common to go on: each thing by name.</summary>
    public required IReadOnlyDictionary<string, string> Identity { get; init; }

    /// <summary>Time that was spent so far.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What range tests have suggested, by network and optimizer.</summary>
    public IReadOnlyDictionary<string, double> LearningRates { get; init; } = new Dictionary<string, double>();

    /// <summary>How long trainings and their judging take.</summary>
    public TrialPace.Seconds Paces { get; init; } = TrialPace.Seconds.None;

    /// <summary>How the network of drawn cells is trained: each training that has begun.</summary>
    public IReadOnlyList<DrawingPlan> Drawings { get; init; } = [];

    /// <summary>The last training; null before it has begun.</summary>
    public RefitState? Refit { get; init; }
}

/// <summary>How far the last training is, on all cells.</summary>
/// <param name="Trial">Number of the trial that is trained so.</param>
/// <param name="Epochs">Its epochs; 0 for a baseline.</param>
/// <param name="IsDone">Whether there is a model.</param>
internal sealed record RefitState(int Trial, int Epochs, bool IsDone);

/// <summary>How the network of drawn cells is trained, each time, which another run must do alike to go on.</summary>
/// <param name="Cells">Number of cells that are drawn.</param>
/// <param name="Epochs">How often the training goes over them.</param>
internal sealed record DrawingPlan(int Cells, int Epochs);
