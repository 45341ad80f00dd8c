using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>Shows how a training goes: a line an epoch, and below them a bar, or where output is redirected a line every ten seconds.</summary>
internal sealed class TrainingDisplay
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly ProgressTask? _bar;
    private TimeSpan _read, _lastLine;

    private TrainingDisplay(ProgressTask? bar) => _bar = bar;

    /// <summary>Runs a training that reports to the display.</summary>
    /// <returns>The fitted model, and how long its cells took to read.</returns>
    public static (ITransformer Model, TimeSpan Reading) Follow(Func<Action<TrainingProgress>, ITransformer> fit)
    {
        if (Console.IsOutputRedirected)
            return Run(null);
        return AnsiConsole.Progress()
            .HideCompleted(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => Run(context.AddTask("reading cells")));

        (ITransformer, TimeSpan) Run(ProgressTask? bar)
        {
            var display = new TrainingDisplay(bar);
            ITransformer model = fit(display.Show);
            bar?.StopTask();
            return (model, display._read);
        }
    }

    private void Show(TrainingProgress report)
    {
        switch (report.Phase)
        {
            case TrainingPhase.Reading:
                _read = report.Elapsed;
                ShowStep(report, $"reading cells: {report.CellsDone:N0}");
                break;
            case TrainingPhase.Training:
                ShowStep(report, $"epoch {report.Epoch} of {report.EpochCount}, {Figures(report)}, {Pace(report)}");
                break;
            case TrainingPhase.Reestimating or TrainingPhase.Validating:
                ShowStep(report, $"epoch {report.Epoch} of {report.EpochCount}, {Figures(report)}, checking");
                break;
            case TrainingPhase.Saving:
                ShowStep(report, $"epoch {report.Epoch} of {report.EpochCount}, {Figures(report)}, saving a checkpoint");
                break;
            case TrainingPhase.EpochCompleted:
                string validation = report.ValidationLoss is null ? "" : $"; validation loss {report.ValidationLoss:F3}, accuracy {report.ValidationAccuracy:F3}";
                _lastLine = report.Elapsed;
                AnsiConsole.WriteLine($"epoch {report.Epoch} of {report.EpochCount}: {Figures(report)}, {Pace(report)}{validation}");
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void ShowStep(TrainingProgress report, string text)
    {
        if (_bar is not null)
        {
            _bar.Description = text;
            if (report.TimeLeft is { } left)
                _bar.Value = 100 * (report.Elapsed - _read) / (report.Elapsed - _read + left);
        }
        else if (report.Elapsed - _lastLine >= BetweenLines)
        {
            _lastLine = report.Elapsed;
            string cells = report.Phase == TrainingPhase.Training ? $" ({report.CellsDone:N0} of {report.CellsDone + report.CellsToDo:N0} cells)" : "";
            AnsiConsole.WriteLine($"  {text}{cells}");
        }
    }

    private static string Figures(TrainingProgress report) => $"loss {report.Loss:F3}, accuracy {report.Accuracy:F3}";

    private string Pace(TrainingProgress report)
    {
        double cellsPerEpoch = report.CellsDone + (report.CellsToDo ?? 0), done = (report.Epoch - 1) * cellsPerEpoch + report.CellsDone;
        string left = report.TimeLeft is { } time ? $", {(int)time.TotalMinutes}:{time:ss} left" : "";
        return $"{done / Math.Max(1e-3, (report.Elapsed - _read).TotalSeconds):F0} cells/s{left}";
    }
}
