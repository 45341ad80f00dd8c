using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>The folder that a training puts its checkpoints into: the last two are kept, so that one is whole whatever happens.</summary>
internal sealed class CheckpointStore
{
    private const string Extension = ".checkpoint";
    private const int Kept = 2;

    private readonly string _folder;
    private readonly TimeSpan _interval;
    private readonly Run _run;
    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);
    private TimeSpan _last;

    /// <summary>Makes the folder where it is missing, and checks that it can be written to.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="interval">Time between two checkpoints.</param>
    /// <param name="run">Where failures are logged.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public CheckpointStore(string folder, TimeSpan interval, Run run)
    {
        (_folder, _interval, _run) = (Path.GetFullPath(folder), interval, run);
        try
        {
            Directory.CreateDirectory(_folder);
            using (File.Create(Path.Combine(_folder, Path.GetRandomFileName()), bufferSize: 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Option {nameof(DeepYeastTrainer.Options.CheckpointFolder)} is '{folder}', which cannot be written to ({e.Message}). Choose a folder that can, or null for a training without checkpoints.", e);
        }
        AtomicFile.DeleteUnfinished(_folder, Extension);
    }

    /// <summary>The newest whole checkpoint; null where there is none. Those that are damaged are named in the log.</summary>
    public Found? FindNewest()
    {
        foreach (string path in Newest())
        {
            if (Checkpoint.IsWhole(path))
                return new(path, Checkpoint.ReadManifest(path));
            _damaged.Add(path);
            _run.Warning($"Checkpoint '{path}' is damaged and left out.");
        }
        return null;
    }

    /// <summary>Whether the folder has a checkpoint, whole or not.</summary>
    public bool HasAny => Newest().Any();

    /// <summary>Whether it is time for another checkpoint.</summary>
    public bool IsDue(TimeSpan elapsed) => elapsed - _last >= _interval;

    /// <summary>Writes a checkpoint and deletes those before the last two. Where it cannot be written that is logged: the training is worth more.</summary>
    public void Write(TimeSpan elapsed, CheckpointManifest manifest, Network network, IEnumerable<IResumable> parts)
    {
        _last = elapsed;
        string path = Path.Combine(_folder, FormattableString.Invariant($"step-{manifest.Step:D10}-epoch-{manifest.Epoch:D5}{Extension}"));
        try
        {
            Checkpoint.Write(path, manifest, network, parts);
            _damaged.Remove(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _run.Warning($"No checkpoint now: {e.Message.TrimEnd('.')}. The training goes on, and earlier checkpoints are still there.");
            return;
        }
        DeleteOld(path);
    }

    // Damaged ones go first, and the one just written never, whatever their names say of their steps.
    private void DeleteOld(string written)
    {
        foreach (string old in Newest().Where(path => path != written).OrderBy(_damaged.Contains).Skip(Kept - 1))
        {
            try
            {
                File.Delete(old);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _run.Warning($"Checkpoint '{old}', which is no longer needed, could not be deleted ({e.Message}).");
            }
        }
    }

    // The names order as steps and epochs do.
    private IEnumerable<string> Newest() => Directory.EnumerateFiles(_folder, $"*{Extension}").OrderDescending(StringComparer.Ordinal);

    /// <summary>A whole checkpoint, and what it says of itself.</summary>
    public sealed record Found(string Path, CheckpointManifest Manifest);
}
