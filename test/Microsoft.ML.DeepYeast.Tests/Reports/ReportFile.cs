using System.Xml.Linq;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A report as it lies on the disk, read as XML, which it is as well.</summary>
internal sealed class ReportFile(string path)
{
    public XElement Page { get; } = XDocument.Load(path, LoadOptions.PreserveWhitespace).Root!;

    public string Text => Page.Value;

    public XElement Section(string id) => Named("section").Single(section => section.Attribute("id")!.Value == id);

    public IEnumerable<XElement> Named(params string[] names) => Page.Descendants().Where(element => names.Contains(element.Name.LocalName));

    /// <summary>The body of the table with this caption, row by row.</summary>
    public string[][] Table(string caption)
    {
        XElement table = Named("table").Single(table => table.Element("caption")!.Value == caption);
        return [.. table.Element("tbody")!.Elements().Select(row => row.Elements().Select(field => string.Concat(field.Nodes().OfType<XText>().Select(text => text.Value)).Trim()).ToArray())];
    }
}
