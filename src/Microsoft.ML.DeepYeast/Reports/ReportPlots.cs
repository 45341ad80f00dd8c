using Microsoft.ML.DeepYeast.Training;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>The plots of a report.</summary>
internal static class ReportPlots
{
    private const double Width = 720, Height = 420;

    // Between titles of axes and the numbers beside them, which OxyPlot takes for narrower than browsers draw them.
    private const double BelowDistance = 6, LeftDistance = 12, LongNumbersDistance = 28;

    // Beyond 0 and 1, so that markers there are whole.
    private const double Rim = 0.02;

    private const double CapWidth = 0.08;   // of intervals, in steps of the axis
    private const double MarkerSize = 4;
    private const double Margin = 0.05;     // of a range of values, on each side
    private const double MarkSize = 16;     // of a marker by itself

    // Okabe and Ito, "Color Universal Design", 2008, without black and yellow, which are lost on one of two backgrounds.
    private static readonly (OxyColor Color, string Name)[] s_colors =
    [
        (OxyColor.FromRgb(0, 114, 178), "blue"),
        (OxyColor.FromRgb(213, 94, 0), "vermilion"),
        (OxyColor.FromRgb(0, 158, 115), "green"),
        (OxyColor.FromRgb(204, 121, 167), "purple"),
        (OxyColor.FromRgb(230, 159, 0), "orange"),
        (OxyColor.FromRgb(86, 180, 233), "sky blue"),
    ];

    private static readonly (MarkerType Type, string Name)[] s_markers =
    [
        (MarkerType.Circle, "circle"), (MarkerType.Triangle, "triangle"), (MarkerType.Square, "square"), (MarkerType.Diamond, "diamond"),
        (MarkerType.Cross, "cross"), (MarkerType.Plus, "plus"), (MarkerType.Star, "star"),
    ];

    private static OxyColor Accent => s_colors[0].Color;

    /// <summary>Loss and accuracy by epoch.</summary>
    public static string History(TrainingHistory history)
    {
        PlotModel model = TrainingPlots.HistoryOf(history);
        (model.Title, model.Subtitle) = (null, null);   // the page says both
        foreach (Axis axis in model.Axes.Where(axis => axis.Position == AxisPosition.Bottom))
            axis.AxisTitleDistance = BelowDistance;
        return InlineSvg.Draw(model, Width, 480, "curves", "Loss and accuracy of each epoch. The figures are in the table below.");
    }

    /// <summary>The learning rate by epoch, in steps.</summary>
    /// <param name="history">The epochs.</param>
    /// <param name="byPowers">Whether its axis goes by powers of ten, for a rule that divides it.</param>
    public static string LearningRates(TrainingHistory history, bool byPowers)
    {
        PlotModel model = Create();
        model.Axes.Add(Below(new LinearAxis { MinimumMajorStep = 1, MinimumMinorStep = 1 }, "epoch"));
        model.Axes.Add(Left<Axis>(
            byPowers ? new LogarithmicAxis { MinimumPadding = Margin, MaximumPadding = Margin } : new LinearAxis { Minimum = 0, MaximumPadding = Margin }, "learning rate", LongNumbersDistance));
        var steps = new StairStepSeries { Color = Accent, StrokeThickness = 2, MarkerType = MarkerType.Circle, MarkerFill = Accent, MarkerSize = 2 };
        steps.Points.AddRange(history.Select(figures => new DataPoint(figures.Epoch, figures.LearningRate)));
        model.Series.Add(steps);
        return InlineSvg.Draw(model, Width, 240, "rates", "The learning rate of each epoch. The figures are in the table below.");
    }

    /// <summary>Accuracy by confidence, and the line on which both are the same.</summary>
    public static string Reliability(IReadOnlyList<ReliabilityBin> bins)
    {
        PlotModel model = Create();
        model.Axes.Add(Below(Shares(), "confidence: the highest probability of a cell"));
        model.Axes.Add(Left(Shares(), "accuracy"));
        var same = new LineSeries { Color = InlineSvg.Ink, LineStyle = LineStyle.Dash, StrokeThickness = 1 };
        same.Points.AddRange([new(0, 0), new(1, 1)]);
        model.Series.Add(same);
        var curve = new LineSeries { Color = Accent, StrokeThickness = 2, MarkerType = MarkerType.Circle, MarkerFill = Accent, MarkerSize = MarkerSize };
        curve.Points.AddRange(bins.Where(bin => bin.CellCount > 0).Select(bin => new DataPoint(bin.MeanConfidence!.Value, bin.Accuracy!.Value)));
        model.Series.Add(curve);
        return InlineSvg.Draw(model, Width, Height, "reliability", "Accuracy against confidence. The figures are in the table below.");
    }

    /// <summary>Accuracy of verdicts by the number of cells, with intervals.</summary>
    public static string Verdicts(IReadOnlyList<(string Cells, double Accuracy, ConfidenceInterval? Interval)> points)
    {
        PlotModel model = Create();
        CategoryAxis cells = Below(new CategoryAxis(), "cells of a group");
        cells.Labels.AddRange(points.Select(point => point.Cells));
        model.Axes.Add(cells);
        model.Axes.Add(Left(Shares(), "share of right verdicts"));
        for (int i = 0; i < points.Count; i++)
        {
            if (points[i].Interval is not var (lower, upper))
                continue;
            foreach ((DataPoint from, DataPoint to) in new[] { (new DataPoint(i, lower), new DataPoint(i, upper)), Cap(i, lower), Cap(i, upper) })
            {
                var line = new LineSeries { Color = Accent, StrokeThickness = 1.5 };
                line.Points.AddRange([from, to]);
                model.Series.Add(line);
            }
        }
        var curve = new LineSeries { Color = Accent, StrokeThickness = 2, MarkerType = MarkerType.Circle, MarkerFill = Accent, MarkerSize = MarkerSize };
        curve.Points.AddRange(points.Select((point, i) => new DataPoint(i, point.Accuracy)));
        model.Series.Add(curve);
        return InlineSvg.Draw(model, Width, Height, "verdicts", "Share of right verdicts against the number of cells that they are made from. The figures are in the table below.");

        static (DataPoint, DataPoint) Cap(int i, double accuracy) => (new(i - CapWidth, accuracy), new(i + CapWidth, accuracy));
    }

    /// <summary>Figures of trials by time, each with the colour and marker of its kind, and the steps of the leading one.</summary>
    /// <param name="trials">Index of the kind, and times and figures in order, of each trial.</param>
    /// <param name="leaders">Times and figures of the leading trial.</param>
    /// <param name="time">Title of the axis of time.</param>
    /// <param name="figure">Title of the axis of figures.</param>
    /// <param name="byPowers">Whether it goes by powers of ten, for figures that may be many times worse than others.</param>
    public static string Trials(
        IReadOnlyList<(int Kind, (double Time, double Figure)[] Points)> trials, IReadOnlyList<(double Time, double Figure)> leaders, string time, string figure, bool byPowers)
    {
        PlotModel model = Create();
        model.Axes.Add(Below(new LinearAxis { Minimum = 0, MaximumPadding = Margin }, time));
        bool arePositive = trials.All(trial => trial.Points.All(point => point.Figure > 0));
        model.Axes.Add(Left<Axis>(
            byPowers && arePositive ? new LogarithmicAxis { MinimumPadding = Margin, MaximumPadding = Margin } : new LinearAxis { MinimumPadding = Margin, MaximumPadding = Margin }, figure, LongNumbersDistance));
        var steps = new StairStepSeries { Color = InlineSvg.Ink, StrokeThickness = 1.5 };
        steps.Points.AddRange(leaders.Select(point => new DataPoint(point.Time, point.Figure)));
        model.Series.Add(steps);
        foreach ((int kind, (double Time, double Figure)[] points) in trials)
        {
            var line = new LineSeries { Color = OxyColor.FromAColor(170, ColorOf(kind).Color), StrokeThickness = 0.75 };
            line.Points.AddRange(points.Select(point => new DataPoint(point.Time, point.Figure)));
            model.Series.Add(line);
            ScatterSeries marks = MarksOf(kind, MarkerSize);
            marks.Points.AddRange(points.Select(point => new ScatterPoint(point.Time, point.Figure)));
            model.Series.Add(marks);
        }
        return InlineSvg.Draw(model, Width, Height, "trials", "Figures of all trials over time, and of the leading one. The figures are in the tables below.");
    }

    /// <summary>Cells in a plane, each with the colour and marker of its class.</summary>
    public static string Map(PrincipalPlane plane, IReadOnlyList<ShownCell> cells, int classes)
    {
        PlotModel model = Create();
        model.Axes.Add(Below(new LinearAxis { MinimumPadding = Margin, MaximumPadding = Margin }, "first component"));
        model.Axes.Add(Left(new LinearAxis { MinimumPadding = Margin, MaximumPadding = Margin }, "second component"));
        ILookup<int, (double X, double Y)> points = cells.Zip(plane.Points).ToLookup(entry => entry.First.TrueClass, entry => entry.Second);
        for (int i = 0; i < classes; i++)
        {
            ScatterSeries series = MarksOf(i, MarkerSize);
            series.Points.AddRange(points[i].Select(point => new ScatterPoint(point.X, point.Y)));
            model.Series.Add(series);
        }
        return InlineSvg.Draw(model, Width, 540, "map", "Cells in the plane of the first two principal components, by class. The figures are in the tables below.");
    }

    /// <summary>The marker of a class, or of whatever else has an index, by itself.</summary>
    /// <param name="classIndex">The index.</param>
    /// <param name="kind">A name that markers of other things on the page do not have.</param>
    public static string Mark(int classIndex, string kind)
    {
        var model = new PlotModel { PlotAreaBorderThickness = new(0), Padding = new(0), PlotMargins = new(0) };
        foreach (AxisPosition position in new[] { AxisPosition.Bottom, AxisPosition.Left })
            model.Axes.Add(new LinearAxis { Position = position, IsAxisVisible = false, Minimum = -1, Maximum = 1 });
        ScatterSeries series = MarksOf(classIndex, MarkerSize + 1);
        series.Points.Add(new(0, 0));
        model.Series.Add(series);
        return InlineSvg.Draw(model, MarkSize, MarkSize, $"{kind}{classIndex}", label: null);
    }

    /// <summary>The marker of a class in words; the first 42 classes differ.</summary>
    public static string MarkName(int classIndex) => $"{ColorOf(classIndex).Name} {MarkerOf(classIndex).Name}";

    private static ScatterSeries MarksOf(int classIndex, double size)
    {
        OxyColor color = ColorOf(classIndex).Color;
        return new() { MarkerType = MarkerOf(classIndex).Type, MarkerFill = OxyColor.FromAColor(170, color), MarkerStroke = color, MarkerStrokeThickness = 1, MarkerSize = size };
    }

    private static (OxyColor Color, string Name) ColorOf(int classIndex) => s_colors[classIndex % s_colors.Length];

    // 6 and 7 have no common factor, so all pairs of colour and marker come before one comes again.
    private static (MarkerType Type, string Name) MarkerOf(int classIndex) => s_markers[classIndex % s_markers.Length];

    private static PlotModel Create() => new() { DefaultFont = "Arial" };

    private static T Below<T>(T axis, string title) where T : Axis
    {
        (axis.Position, axis.Title, axis.AxisTitleDistance) = (AxisPosition.Bottom, title, BelowDistance);
        return axis;
    }

    private static LinearAxis Shares() => new() { Minimum = -Rim, Maximum = 1 + Rim };

    private static T Left<T>(T axis, string title, double distance = LeftDistance) where T : Axis
    {
        (axis.Position, axis.Title, axis.AxisTitleDistance) = (AxisPosition.Left, title, distance);
        return axis;
    }
}
