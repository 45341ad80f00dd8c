using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Curves of a training as SVG.</summary>
internal static class TrainingPlots
{
    private const double Width = 720, Height = 480;

    // Of the height: the lower plot, and from where the upper one goes.
    private const double LowerEnd = 0.47, UpperStart = 0.53;

    private static readonly OxyColor s_training = OxyColors.SteelBlue, s_validation = OxyColors.OrangeRed;

    /// <summary>Loss below, accuracy above, of training and of validation cells.</summary>
    public static string DrawHistory(TrainingHistory history)
    {
        var model = new PlotModel { Title = "Training" };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "epoch", MinimumMajorStep = 1, MinimumMinorStep = 1 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Key = "loss", Title = "loss", EndPosition = LowerEnd, Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Key = "accuracy", Title = "accuracy", StartPosition = UpperStart, Maximum = 1 });
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomRight });
        model.Series.Add(Line("loss", "training", s_training, history, figures => figures.Loss));
        model.Series.Add(Line("accuracy", title: null, s_training, history, figures => figures.Accuracy));
        if (history.Any(figures => figures.ValidationLoss is not null))
        {
            model.Series.Add(Line("loss", "validation", s_validation, history, figures => figures.ValidationLoss));
            model.Series.Add(Line("accuracy", title: null, s_validation, history, figures => figures.ValidationAccuracy));
        }
        return ToSvg(model);
    }

    /// <summary>The loss over the learning rate, which goes by powers of ten, and the suggested rate.</summary>
    public static string DrawRange(LearningRateRange range)
    {
        var model = new PlotModel { Title = "Learning-rate range test" };
        model.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "learning rate" });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "loss" });
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop });
        model.Series.Add(Line("each batch", OxyColors.LightGray, range.Points.Select(point => (point.LearningRate, point.Loss))));
        model.Series.Add(Line("smoothed", s_training, range.Points.Select(point => (point.LearningRate, point.SmoothedLoss))));
        if (range.Suggestion is { } suggestion)
            model.Annotations.Add(new OxyPlot.Annotations.LineAnnotation { Type = OxyPlot.Annotations.LineAnnotationType.Vertical, X = suggestion, Color = s_validation, Text = FormattableString.Invariant($"{suggestion:G2}") });
        return ToSvg(model);
    }

    private static LineSeries Line(string axis, string? title, OxyColor color, TrainingHistory history, Func<EpochFigures, double?> value)
    {
        LineSeries line = Line(title, color, history.Where(figures => value(figures) is not null).Select(figures => ((double)figures.Epoch, value(figures)!.Value)));
        line.YAxisKey = axis;
        line.MarkerType = MarkerType.Circle;
        return line;
    }

    private static LineSeries Line(string? title, OxyColor color, IEnumerable<(double X, double Y)> points)
    {
        var line = new LineSeries { Title = title, RenderInLegend = title is not null, Color = color, MarkerFill = color, MarkerSize = 2 };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        return line;
    }

    private static string ToSvg(PlotModel model)
    {
        using var stream = new MemoryStream();
        new SvgExporter { Width = Width, Height = Height, IsDocument = true }.Export(model, stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
