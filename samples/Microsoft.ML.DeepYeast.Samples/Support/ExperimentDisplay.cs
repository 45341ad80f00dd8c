using System.Diagnostics;
using Microsoft.ML.DeepYeast;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DeepYeastSamples;

/// <summary>Shows how an experiment goes: on a terminal a leader board and what is being trained, or where output is redirected a line a judged trial and one every twenty seconds.</summary>
internal sealed class ExperimentDisplay(ExperimentMetric metric) : IProgress<DeepYeastRunDetail>
{
    private const int BarWidth = 40;
    // Lines of the terminal that are not trials: the head of the table, the bar, and what stands between.
    private const int OtherLines = 8;
    private const int FewestRows = 3;
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly Queue<string> _later = [];
    private LiveDisplayContext? _board;
    private TimeSpan _elapsed, _lastLine;
    private ExperimentPhase _phase;

    /// <summary>What the figure is called.</summary>
    public static string NameOf(ExperimentMetric metric) => metric switch
    {
        ExperimentMetric.MicroAccuracy => "accuracy",
        ExperimentMetric.MacroAccuracy => "mean accuracy of classes",
        ExperimentMetric.LogLoss => "log-loss",
        _ => throw new UnreachableException(),
    };

    /// <summary>How many trials there are.</summary>
    public static string CountOf(IReadOnlyCollection<DeepYeastRunDetail> runs) => $"{runs.Count} {(runs.Count == 1 ? "trial" : "trials")}";

    /// <summary>A trial's figure with its interval.</summary>
    public static string FigureOf(DeepYeastRunDetail run) => double.IsNaN(run.Metric) ? "-" : $"{run.Metric:F3}{(run.MetricInterval is var (lower, upper) ? $" ({lower:F3} to {upper:F3})" : "")}";

    /// <summary>The epochs of a trial that were trained, and of how many.</summary>
    public static string EpochsOf(DeepYeastRunDetail run) => run switch
    {
        { Settings: null } => "-",
        { IsComplete: true } => $"{run.Epochs}",
        { Epochs: 0 } => $"less than 1 of {run.Settings.Epochs}",
        _ => $"{run.Epochs} of {run.Settings.Epochs}",
    };

    /// <summary>A time as minutes and seconds.</summary>
    public static string Clock(TimeSpan time) => $"{(int)time.TotalMinutes}:{time:ss}";

    /// <summary>Runs an experiment that reports to the display.</summary>
    public T Follow<T>(Func<T> execute)
    {
        if (Console.IsOutputRedirected)
            return execute();
        try
        {
            return AnsiConsole.Live(new Text("reading cells")).AutoClear(true).Start(context =>
            {
                _board = context;
                return execute();
            });
        }
        finally
        {
            _board = null;
            while (_later.TryDequeue(out string? message))
                AnsiConsole.WriteLine(message);
        }
    }

    /// <summary>Says something beside; after the leader board, where there is one, which must not be written into.</summary>
    public void Tell(string message)
    {
        lock (_gate)
        {
            if (_board is null)
                AnsiConsole.WriteLine(message);
            else
                _later.Enqueue(message);
        }
    }

    /// <summary>A trial has a new figure, or has failed.</summary>
    public void Report(DeepYeastRunDetail value)
    {
        if (_board is not null)
            return;
        string what = value.Exception is { } error ? $"failed: {ErrorText.Of(error)}"
            : $"{(value.Settings is null ? "" : $"{EpochsOf(value)} epochs, ")}{NameOf(metric)} {FigureOf(value)}";
        lock (_gate)
            AnsiConsole.WriteLine($"{Clock(value.Figures.Count > 0 ? value.Figures[^1].At : _elapsed)} trial {value.Number}, {value.TrainerName}: {what}");
    }

    /// <summary>How far the experiment is.</summary>
    public void Show(ExperimentProgress progress)
    {
        lock (_gate)
        {
            _elapsed = progress.Elapsed;
            if (_board is not null)
            {
                _board.UpdateTarget(Board(progress));
                return;
            }
            if (_phase == progress.Phase && progress.Elapsed - _lastLine < BetweenLines)
                return;
            (_phase, _lastLine) = (progress.Phase, progress.Elapsed);
            AnsiConsole.WriteLine($"  {Clock(progress.Elapsed)} of {Clock(progress.TimeLimit)}: {NowOf(progress)}{string.Concat(progress.Running.Select(trial => $"; {TextOf(trial)}"))}");
        }
    }

    private Rows Board(ExperimentProgress progress)
    {
        Table table = Tables.Create("Rank", "Trial", "What", char.ToUpperInvariant(NameOf(metric)[0]) + NameOf(metric)[1..], "Epochs", "Seconds");
        table.Columns[2].Alignment = Justify.Left;
        int rows = Math.Max(FewestRows, AnsiConsole.Profile.Height - OtherLines - progress.Running.Count), rank = 0;
        foreach (DeepYeastRunDetail run in progress.Runs.Take(rows))
        {
            table.AddRow(
                double.IsNaN(run.Metric) ? "-" : $"{++rank}", $"{run.Number}", Markup.Escape(run.TrainerName), double.IsNaN(run.Metric) ? "[red]failed[/]" : FigureOf(run), EpochsOf(run), $"{run.RuntimeInSeconds:F0}");
        }
        if (progress.Runs.Count > rows)
            table.Caption($"and {progress.Runs.Count - rows} more");

        int done = (int)(BarWidth * Math.Clamp(progress.Elapsed / progress.TimeLimit, 0, 1));
        List<IRenderable> lines = [];
        if (progress.Runs.Count > 0)
            lines.Add(table);
        lines.Add(new Markup($"[green]{new string('━', done)}[/][grey]{new string('━', BarWidth - done)}[/] {Clock(progress.Elapsed)} of {Clock(progress.TimeLimit)}, {Markup.Escape(NowOf(progress))}"));
        lines.AddRange(progress.Running.Select(trial => new Text($"  {TextOf(trial)}")));
        return new(lines);
    }

    private static string NowOf(ExperimentProgress progress) => progress.Phase switch
    {
        ExperimentPhase.Reading => $"reading cells: {progress.CellsRead:N0}",
        ExperimentPhase.Refitting => "training the best once more, on all cells",
        _ when Interruption.Token.IsCancellationRequested => "ending the search",
        _ => $"{CountOf(progress.Runs)} judged",
    };

    private static string TextOf(RunningTrial trial)
    {
        string number = trial.Number > 0 ? $"trial {trial.Number}, " : "", fold = trial.FoldCount > 1 ? $", fold {trial.Fold} of {trial.FoldCount}" : "";
        string epoch = trial is { Epoch: > 0, LastEpoch: > 0 } ? $", epoch {trial.Epoch} of {trial.LastEpoch}{(trial.LastEpoch < trial.EpochCount ? $" (of {trial.EpochCount} in all)" : "")}" : "";
        return $"{number}{trial.TrainerName}{fold}{epoch}";
    }
}
