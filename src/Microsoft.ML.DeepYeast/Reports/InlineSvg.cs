using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>Plots as SVG inside a page: of any width, with a name for screen readers, and in the page's own text colour.</summary>
internal static class InlineSvg
{
    /// <summary>Becomes the page's text colour, which in the dark is another one than in print; OxyPlot knows colours only.</summary>
    public static readonly OxyColor Ink = OxyColor.FromRgb(1, 2, 3);

    private const string InkInSvg = "rgb(1,2,3)";

    /// <summary>Grid lines: visible on white and on black.</summary>
    public static readonly OxyColor Grid = OxyColor.FromAColor(70, OxyColors.Gray);

    /// <param name="model">The plot.</param>
    /// <param name="width">In pixels, which are those of its letters; the page scales it.</param>
    /// <param name="height">In the same pixels.</param>
    /// <param name="id">A name that no other plot of the page has.</param>
    /// <param name="label">What the plot shows, in words; null where the text beside it says so.</param>
    public static string Draw(PlotModel model, double width, double height, string id, string? label)
    {
        Restyle(model);
        using var stream = new MemoryStream();
        new SvgExporter { Width = width, Height = height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);
        stream.Position = 0;
        XElement svg = XElement.Load(stream);
        svg.Attribute("width")?.Remove();
        svg.Attribute("height")?.Remove();
        svg.SetAttributeValue("viewBox", FormattableString.Invariant($"0 0 {width} {height}"));
        if (label is null)
            svg.SetAttributeValue("aria-hidden", "true");
        else
        {
            svg.SetAttributeValue("role", "img");
            svg.SetAttributeValue("aria-label", label);
        }

        // OxyPlot numbers its clip paths from 1 in each plot, but names are the page's.
        foreach (XAttribute attribute in svg.DescendantsAndSelf().SelectMany(element => element.Attributes()))
        {
            if (attribute.Name == "id")
                attribute.Value = $"{id}-{attribute.Value}";
            attribute.Value = attribute.Value.Replace("url(#", $"url(#{id}-", StringComparison.Ordinal).Replace(InkInSvg, "currentColor", StringComparison.Ordinal);
        }
        return svg.ToString(SaveOptions.DisableFormatting);
    }

    private static void Restyle(PlotModel model)
    {
        (model.TextColor, model.PlotAreaBorderColor, model.Background) = (Ink, Ink, OxyColors.Transparent);
        foreach (Axis axis in model.Axes)
            (axis.TicklineColor, axis.AxislineColor, axis.MajorGridlineStyle, axis.MajorGridlineColor) = (Ink, Ink, LineStyle.Solid, Grid);
    }
}
