using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Curves of a training as SVG.</summary>
internal static class TrainingPlots
{
    private const double Width = 720, Height = 480;

    // Of the height: the lower plot, and from where the upper one goes.
    private const double LowerEnd = 0.47, UpperStart = 0.53;

    private const double Margin = 0.1;
    private const double AxisTitleDistance = 12;

    private static readonly OxyColor s_training = OxyColors.SteelBlue, s_validation = OxyColors.OrangeRed;

    /// <summary>Loss below, accuracy above, of training and of validation cells.</summary>
    public static string DrawHistory(TrainingHistory history) => ToSvg(HistoryOf(history));

    /// <summary>The same, not drawn yet.</summary>
    public static PlotModel HistoryOf(TrainingHistory history)
    {
        PlotModel model = CreateModel("Training", history.Any(figures => figures.ValidationLoss is not null) ? "blue: training cells, orange and dashed: validation cells" : "training cells");
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "epoch", MinimumMajorStep = 1, MinimumMinorStep = 1 });
        LinearAxis loss = Left("loss"), accuracy = Left("accuracy");
        (loss.Minimum, loss.EndPosition, accuracy.StartPosition, accuracy.Maximum) = (0, LowerEnd, UpperStart, 1);
        model.Axes.Add(loss);
        model.Axes.Add(accuracy);
        model.Series.Add(Line("loss", s_training, history, figures => figures.Loss));
        model.Series.Add(Line("accuracy", s_training, history, figures => figures.Accuracy));
        if (history.Any(figures => figures.ValidationLoss is not null))
        {
            model.Series.Add(Line("loss", s_validation, history, figures => figures.ValidationLoss));
            model.Series.Add(Line("accuracy", s_validation, history, figures => figures.ValidationAccuracy));
        }
        return model;
    }

    /// <summary>The loss over the learning rate, which goes by powers of ten, and the suggested rate.</summary>
    public static string DrawRange(LearningRateRange range)
    {
        PlotModel model = CreateModel("Learning-rate range test", "grey: each batch, blue: smoothed, orange: suggestion");
        model.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "learning rate" });
        // Single batches at the end may be many times worse.
        double highest = range.Points.Max(point => point.SmoothedLoss), lowest = range.Points.Min(point => point.Loss);
        LinearAxis loss = Left("loss");
        (loss.Minimum, loss.Maximum) = (Math.Min(0, lowest), (1 + Margin) * highest);
        model.Axes.Add(loss);
        model.Series.Add(Line(OxyColors.LightGray, range.Points.Select(point => (point.LearningRate, point.Loss))));
        model.Series.Add(Line(s_training, range.Points.Select(point => (point.LearningRate, point.SmoothedLoss))));
        if (range.Suggestion is { } suggestion)
            model.Annotations.Add(new OxyPlot.Annotations.LineAnnotation { Type = OxyPlot.Annotations.LineAnnotationType.Vertical, X = suggestion, Color = s_validation, Text = FormattableString.Invariant($"{suggestion:G2}") });
        return ToSvg(model);
    }

    private static LineSeries Line(string axis, OxyColor color, TrainingHistory history, Func<EpochFigures, double?> value)
    {
        LineSeries line = Line(color, history.Where(figures => value(figures) is not null).Select(figures => ((double)figures.Epoch, value(figures)!.Value)));
        line.YAxisKey = axis;
        line.MarkerType = MarkerType.Circle;
        line.LineStyle = color == s_validation ? LineStyle.Dash : LineStyle.Solid;   // colours are not all that tells them apart
        return line;
    }

    private static LineSeries Line(OxyColor color, IEnumerable<(double X, double Y)> points)
    {
        var line = new LineSeries { Color = color, MarkerFill = color, MarkerSize = 2 };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        return line;
    }

    // The colours are named below the title: the exporter clips a legend, whose text it takes for narrower than viewers draw it.
    private static PlotModel CreateModel(string title, string colors) => new() { Title = title, Subtitle = colors, DefaultFont = "Arial", TitleFontSize = 14, SubtitleFontSize = 11 };

    private static LinearAxis Left(string title) => new() { Position = AxisPosition.Left, Key = title, Title = title, AxisTitleDistance = AxisTitleDistance };

    private static string ToSvg(PlotModel model)
    {
        using var stream = new MemoryStream();
        new SvgExporter { Width = Width, Height = Height, IsDocument = true, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
