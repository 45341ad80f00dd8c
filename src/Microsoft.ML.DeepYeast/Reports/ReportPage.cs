namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>A section of a page.</summary>
/// <param name="Id">Its name in links.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Write">Writes what is below the heading.</param>
internal sealed record ReportSection(string Id, string Title, Action Write);

/// <summary>What belongs together on a page.</summary>
internal interface IReportPart
{
    /// <summary>The sections, in order.</summary>
    IEnumerable<ReportSection> Sections { get; }

    /// <summary>Writes what a reader has to know first.</summary>
    void WriteSummary();
}

/// <summary>
/// A report as one HTML file that needs no other: style and pictures are in it, and there is no script. What a picture shows is also in a table, and what a colour says
/// is also said in words or numbers.
/// </summary>
internal static class ReportPage
{
    /// <summary>Writes a page.</summary>
    /// <param name="html">What the parts write to as well; empty.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="parts">What is on it.</param>
    public static string Write(HtmlWriter html, string title, IReadOnlyList<IReportPart> parts)
    {
        ReportSection[] sections = [.. parts.SelectMany(part => part.Sections)];
        html.Markup("<!DOCTYPE html>\n");
        html.Open("html", ("lang", "en"));
        html.Open("head");
        html.Empty("meta", ("charset", "utf-8"));
        html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        // Nothing is fetched and nothing runs, whatever a name of a class or a file may be.
        html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        html.Element("title", title);
        html.Markup($"<style>{ReportStyle.Css}</style>\n");
        html.Close();
        html.Open("body");
        html.Open("header");
        html.Element("h1", title);
        foreach (IReportPart part in parts)
            part.WriteSummary();
        html.Close();
        html.Open("nav", ("aria-label", "Sections"));
        html.Open("ol");
        foreach (ReportSection section in sections)
        {
            html.Open("li");
            html.Element("a", section.Title, ("href", $"#{section.Id}"));
            html.Close();
        }
        html.Close();
        html.Close();
        html.Open("main");
        foreach (ReportSection section in sections)
        {
            html.Open("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-title"));
            html.Element("h2", section.Title, ("id", $"{section.Id}-title"));
            section.Write();
            html.Close();
        }
        html.Close();
        html.Close();
        html.Close();
        return html.ToString();
    }
}
