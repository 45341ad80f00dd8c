using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>What a network makes of the cells that are shown: values of a layer, and maps of what speaks for the predicted class.</summary>
internal sealed class ShownNetwork(IHostEnvironment environment, DeepYeastPredictionTransformer classifier, CancellationToken cancellation)
{
    /// <summary>The network's layers.</summary>
    public NetworkGraph Graph { get; } = classifier.Model.Graph;

    /// <summary>How it was trained; empty where that is not known.</summary>
    public TrainingHistory History => classifier.History;

    /// <summary>
    /// The last hidden layer that gives a vector: the one before the last kernel, dropouts left aside. In the published network this is relu5. Where that kernel
    /// comes before the first vector, it is what the softmax reads.
    /// </summary>
    public static string HiddenLayer(NetworkGraph graph)
    {
        IEnumerable<Layer> beforeHead = graph.Layers.Reverse().SkipWhile(layer => !graph.GetWeights(layer.Name).Any(weight => weight.IsKernel)).Skip(1);
        return beforeHead.FirstOrDefault(layer => layer is not Dropout && graph.GetOutputShape(layer.Name).IsVector)?.Name ?? graph.Layers[^1].Inputs[0];
    }

    /// <summary>The cells in the plane of the first two principal components of a layer's values.</summary>
    public PrincipalPlane Map(IReadOnlyList<ShownCell> cells, string layerName)
    {
        Network part = classifier.Model.CutAt(layerName);
        return PrincipalPlane.Of(Compute(part, new NetworkOutput(), cells, part.Graph.OutputShape.Size), part.Graph.OutputShape.Size);
    }

    /// <summary>The layer whose map is shown.</summary>
    public string ExplainedLayer => GradCam.DefaultLayer(Graph);

    /// <summary>Its size.</summary>
    public (int Height, int Width) MapSize => (Graph.GetOutputShape(ExplainedLayer).Height, Graph.GetOutputShape(ExplainedLayer).Width);

    /// <summary>Grad-CAM of the predicted class, for each cell: (row, column).</summary>
    public IReadOnlyList<float[]> Explain(IReadOnlyList<ShownCell> cells)
    {
        int size = MapSize.Height * MapSize.Width;
        float[][] maps = new float[cells.Count][];
        // With test-time augmentation the class may be another than that of the cell as it lies.
        foreach (IGrouping<int, int> alike in Enumerable.Range(0, cells.Count).GroupBy(cell => cells[cell].PredictedClass))
        {
            var explanation = new GradCam(ExplainedLayer, alike.Key, ExplanationMethod.GradCam);
            foreach ((int cell, float[] map) in alike.Zip(Compute(classifier.Model, explanation, [.. alike.Select(cell => cells[cell])], size).Chunk(size)))
                maps[cell] = map;
        }
        return maps;
    }

    private float[] Compute(Network network, IBatchComputation computation, IReadOnlyList<ShownCell> cells, int outputSize)
    {
        using var scorer = new NetworkScorer(environment, network, classifier.Device, computation) { Threads = classifier.Threads, Precision = classifier.Precision };
        float[] values = new float[cells.Count * outputSize];
        int done = 0;
        foreach (ShownCell[] batch in cells.Chunk(scorer.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            float[] outputs = new float[batch.Length * outputSize];
            scorer.Score([.. batch.SelectMany(cell => cell.Features)], batch.Length, outputs);
            outputs.CopyTo(values, done * outputSize);
            done += batch.Length;
        }
        return values;
    }
}
