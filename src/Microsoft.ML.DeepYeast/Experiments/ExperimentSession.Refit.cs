using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Training;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The last training, of the best on all cells.</summary>
internal sealed partial class ExperimentSession
{
    // It may have this share of the best one's epochs where there is no time for all of them.
    private const double ShortestRefit = 0.5;
    private const string WithoutRefit = "There was no time to train the best once more on all cells: its model is the one that was judged.";

    /// <summary>Trains the best on all cells, where the settings ask for it and there is time.</summary>
    /// <returns>Whether it was trained so, now or in an earlier run.</returns>
    public bool Refit(Trial best)
    {
        if (!_settings.Refit || !_cells.HoldsOutTrainingCells || best.Record.Ready is not null)
            return false;
        if (_folder.State.Refit is { IsDone: true } refit && refit.Trial == best.Number)
            return true;
        if (_clock.End.IsCancellationRequested)
        {
            _run.Warning(WithoutRefit);
            return false;
        }
        bool isDone = false;
        RunThreads(ExperimentPhase.Refitting, workers: 1, () =>
        {
            isDone = TryRefit(best);
            if (!isDone)
                _run.Warning(WithoutRefit);
        });
        return isDone;
    }

    private bool TryRefit(Trial best)
    {
        const string name = "Last training";
        ChildContext child = CreateContext(name);
        TrialRunner runner = CreateRunner(Environment.ProcessorCount);
        int[] rows = _cells.AllTrainingRows;
        int refitted = 0;
        ITransformer model;
        try
        {
            using CancellationTokenRegistration cancelling = _clock.End.Register(child.Cancel);
            if (best.Record.Settings is not { } settings)
            {
                Show(name, new(best.Number, best.Name, 1, 1, 0, 0, 0));
                model = Baselines.Fit(child.Context, best.Record, rows, Environment.ProcessorCount, _clock.End).Model;
            }
            else
            {
                if (EpochsOfRefit(child.Context, runner, best, settings, rows.Length) is not { } epochs)
                    return false;
                refitted = epochs;
                runner.Progress = (_, epoch, last) => Show(name, new(best.Number, best.Name, 1, 1, epoch, last, epochs));
                model = runner.RefitNetwork(child.Context, best.Record, settings with { Epochs = epochs }, rows);
            }
        }
        catch (OperationCanceledException) when (_clock.End.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))   // what was found before stands
        {
            _run.Warning($"The last training, on all cells, failed: {e.Message}");
            _folder.DeleteRefitFolder();
            _folder.Save(state => state with { Refit = null });
            return false;
        }
        finally
        {
            Hide(name);
        }
        child.Context.Model.SaveAtomically(model, ExperimentCells.View(child.Context, _cells.Training, rows, _settings.FeatureColumnName, _labelColumnName).Schema, _folder.RefittedModel);
        _folder.Save(state => state with { Elapsed = _clock.Elapsed, Refit = new(best.Number, refitted, IsDone: true) });
        _folder.DeleteRefitFolder();
        return true;
    }

    /// <summary>As many epochs as the best has or there is time for; those of an earlier run that was ended in it, whose checkpoints are of no other number. Null where they are too few.</summary>
    private int? EpochsOfRefit(MLContext mlContext, TrialRunner runner, Trial best, TrialSettings settings, int cellCount)
    {
        if (_folder.State.Refit is { IsDone: false } begun && begun.Trial == best.Number)
            return begun.Epochs;
        // On all cores it is faster than the trials were.
        double secondsPerEpoch = runner.MeasurePace(mlContext, settings, StepsBeforeLongTraining) * cellCount;
        int epochs = (int)Math.Min(settings.Epochs, PlannedShare * _clock.Left.TotalSeconds / secondsPerEpoch);
        if (epochs < ShortestRefit * settings.Epochs)
            return null;
        if (epochs < settings.Epochs)
            _run.Warning($"The last training, on all cells, has {epochs} epochs and not the {settings.Epochs} of the best trial: there was no time for more.");
        _folder.DeleteRefitFolder();
        _folder.Save(state => state with { Refit = new(best.Number, epochs, IsDone: false) });
        return epochs;
    }
}
