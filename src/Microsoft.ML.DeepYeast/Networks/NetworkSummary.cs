using System.Globalization;
using System.Text;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

/// <summary>Writes a graph as a table, as Keras's <c>model.summary()</c> does.</summary>
internal static class NetworkSummary
{
    private static readonly string[] s_header = ["Layer", "Type", "Output shape", "Parameters", "Inputs"];

    public static string Write(NetworkGraph graph)
    {
        List<string[]> rows = [s_header];
        foreach (Layer layer in graph.Layers)
        {
            long parameters = graph.GetWeights(layer.Name).Sum(weight => (long)weight.Size);
            rows.Add([layer.Name, layer.TypeName, graph.GetOutputShape(layer.Name).ToString(), Number(parameters), string.Join(", ", layer.Inputs)]);
        }
        int[] widths = [.. Enumerable.Range(0, s_header.Length).Select(column => rows.Max(row => row[column].Length))];

        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{graph.Name}: {graph.InputShape}{(graph.IsClassifier ? $", {graph.ClassCount} classes" : "")}");
        foreach (string[] row in rows)
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 3 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        return text
            .AppendLine(CultureInfo.InvariantCulture, $"Total parameters: {Number(graph.TrainableParameterCount + graph.NonTrainableParameterCount)}")
            .AppendLine(CultureInfo.InvariantCulture, $"Trainable parameters: {Number(graph.TrainableParameterCount)}")
            .AppendLine(CultureInfo.InvariantCulture, $"Non-trainable parameters: {Number(graph.NonTrainableParameterCount)}")
            .ToString();
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
