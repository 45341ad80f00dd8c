using System.Diagnostics;
using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>
/// Whether successive halving pays: the best validation accuracy over time of experiments with it, and of random searches without. The two of a seed run side by side, each in a process of
/// its own on a core of its own, on the same drawn cells, with one architecture of any width, without recipes, baselines and networks to begin with.
/// </summary>
internal static class HalvingComparison
{
    private const string Verb = "search";
    private const int TrainingCells = 600, ValidationCells = 300, Factor = 3;
    private static readonly double[] s_shares = [0.25, 0.5, 0.75, 1];
    private static readonly (int Factor, string Name, OxyColor Color)[] s_arms = [(Factor, "halving", OxyColors.SteelBlue), (1, "random search", OxyColors.OrangeRed)];

    /// <summary>Runs the comparison, prints a table and draws the curves.</summary>
    public static int Run(double minutes, int seeds, FileInfo output)
    {
        uint seconds = checked((uint)Math.Round(60 * minutes));
        var curves = new List<(int Arm, int Seed, IReadOnlyList<(double Seconds, double Accuracy)> Points)>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            Process[] searches = [.. s_arms.Select((arm, core) => ProcessBenchmarks.StartSelf(["DOTNET_PROCESSOR_COUNT=1", "OMP_NUM_THREADS=1"], Verb, $"{arm.Factor}", $"{seed}", $"{seconds}", $"{core}"))];
            for (int arm = 0; arm < searches.Length; arm++)
            {
                string[] lines = searches[arm].StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                searches[arm].WaitForExit();
                if (searches[arm].ExitCode != 0)
                    throw new InvalidOperationException($"The search with seed {seed} and reduction factor {s_arms[arm].Factor} ended with {searches[arm].ExitCode}.");
                curves.Add((arm, seed, [.. lines.Where(line => line.StartsWith("figure ", StringComparison.Ordinal)).Select(Parse)]));
                Console.WriteLine($"seed {seed}, {s_arms[arm].Name}: best so far after {string.Join(", ", s_shares.Select(share => $"{share:P0} {At(curves[^1].Points, share * seconds):F3}"))}; {lines.Count(line => line.StartsWith("trial ", StringComparison.Ordinal))} trials");
            }
        }
        for (int arm = 0; arm < s_arms.Length; arm++)
        {
            int index = arm;
            Console.WriteLine($"mean of {seeds}, {s_arms[arm].Name}: {string.Join(", ", s_shares.Select(share => $"{share:P0} {curves.Where(curve => curve.Arm == index).Average(curve => At(curve.Points, share * seconds)):F3}"))}");
        }
        Draw(curves, seconds, output);
        return 0;
    }

    /// <summary>What one of the processes does: it searches, and prints each figure with its time.</summary>
    /// <returns>Whether the arguments are those of such a process.</returns>
    public static bool TryRunChild(string[] args)
    {
        if (args is not [Verb, var factor, var seed, var seconds, var core])
            return false;
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity = 1 << int.Parse(core);
        }
        var mlContext = new MLContext(int.Parse(seed));
        var settings = new DeepYeastExperimentSettings
        {
            MaxExperimentTimeInSeconds = uint.Parse(seconds), ReductionFactor = int.Parse(factor), MaxConcurrentTrials = 1, PretrainOnDrawnCells = false, BeginsWithRecipes = false,
        };
        settings.Trainers.Clear();
        settings.Trainers.Add(ExperimentTrainer.DeepYeastPooled);
        using var result = mlContext.MulticlassClassification.CreateDeepYeastExperiment(settings).Execute(
            mlContext.Data.CreateSyntheticYeastCells(TrainingCells, seed: 1), mlContext.Data.CreateSyntheticYeastCells(ValidationCells, seed: 2));
        foreach (DeepYeastRunDetail run in result.RunDetails)
        {
            Console.WriteLine($"trial {run.Number} {run.TrainerName} {run.Epochs} {run.Metric} {run.Exception?.Message}");
            foreach (RunFigure figure in run.Figures)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {figure.At.TotalSeconds:F2} {figure.Metric:R}"));
        }
        return true;
    }

    private static (double, double) Parse(string line)
    {
        string[] parts = line.Split(' ');
        return (double.Parse(parts[1]), double.Parse(parts[2]));
    }

    private static double At(IReadOnlyList<(double Seconds, double Accuracy)> points, double seconds)
        => points.Where(point => point.Seconds <= seconds).Select(point => point.Accuracy).DefaultIfEmpty(0).Max();

    private static void Draw(List<(int Arm, int Seed, IReadOnlyList<(double Seconds, double Accuracy)> Points)> curves, uint seconds, FileInfo output)
    {
        var model = new PlotModel { Title = "Best validation accuracy so far", Subtitle = "blue: successive halving, orange: random search; thin: each seed, thick: their mean", Background = OxyColors.White };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "seconds on one core", Minimum = 0, Maximum = seconds });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "accuracy", Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        double[] times = [.. Enumerable.Range(0, (int)seconds + 1).Select(second => (double)second)];
        for (int arm = 0; arm < s_arms.Length; arm++)
        {
            int index = arm;
            var ofArm = curves.Where(curve => curve.Arm == index).ToList();
            foreach (var curve in ofArm)
                model.Series.Add(Line(arm, 1, time => At(curve.Points, time)));
            model.Series.Add(Line(arm, 3, time => ofArm.Average(curve => At(curve.Points, time))));
        }
        using FileStream file = output.Create();
        new SvgExporter { Width = 720, Height = 480 }.Export(model, file);

        LineSeries Line(int arm, double thickness, Func<double, double> value)
        {
            var line = new LineSeries { Color = s_arms[arm].Color, StrokeThickness = thickness };
            line.Points.AddRange(times.Select(time => new DataPoint(time, value(time))));
            return line;
        }
    }
}
