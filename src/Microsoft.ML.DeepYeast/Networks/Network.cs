using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Scoring;

namespace Microsoft.ML.DeepYeast;

/// <summary>A graph together with the values of its weights, in managed memory. It does not change once made.</summary>
public sealed partial class Network
{
    private readonly Dictionary<string, float[][]> _weights;

    /// <summary>Takes over weights as they come from <see cref="NetworkGraph.Layers"/>, layer by layer, in Keras's order.</summary>
    internal Network(NetworkGraph graph, IReadOnlyList<float[]> weights)
    {
        Graph = graph;
        _weights = new(StringComparer.Ordinal);
        int next = 0;
        foreach (Layer layer in graph.Layers)
        {
            var shapes = graph.GetWeights(layer.Name);
            float[][] values = new float[shapes.Count][];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = weights[next++];
                if (values[i].Length != shapes[i].Size)
                    throw new ArgumentException($"Weight '{layer.Name}/{shapes[i].Name}' has {values[i].Length} values but needs {shapes[i].Size}.", nameof(weights));
            }
            _weights.Add(layer.Name, values);
        }
        if (next != weights.Count)
            throw new ArgumentException($"Network '{graph.Name}' has {next} weight arrays but {weights.Count} were given.", nameof(weights));
    }

    /// <summary>The layers.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>The values of one weight, in Keras's order (a kernel's outputs come last).</summary>
    /// <param name="layerName">Name of a layer of the graph.</param>
    /// <param name="weightName">Keras's name of the weight, for example <c>kernel</c>.</param>
    /// <exception cref="ArgumentException">There is no such layer, or it has no such weight.</exception>
    public ReadOnlyMemory<float> GetWeight(string layerName, string weightName)
    {
        IReadOnlyList<WeightShape> shapes = Graph.GetWeights(layerName);
        for (int i = 0; i < shapes.Count; i++)
        {
            if (shapes[i].Name == weightName)
                return _weights[layerName][i];
        }
        throw new ArgumentException(
            $"Layer '{layerName}' has no weight '{weightName}'. Its weights: {string.Join(", ", shapes.Select(shape => shape.Name))}.", nameof(weightName));
    }

    /// <summary>The network inside a fitted pipeline: that of the last step which has one.</summary>
    /// <param name="model">A transformer of this library, or a chain with one in it.</param>
    /// <exception cref="ArgumentException">No step has a network.</exception>
    public static Network Of(ITransformer model) => ModelSteps.FindLast<NetworkTransformer>(model).Model;

    /// <summary>The weights as they were when a training wrote a checkpoint: to look at, or for another training to start with.</summary>
    /// <param name="path">A file in the training's <see cref="DeepYeastTrainer.Options.CheckpointFolder"/>.</param>
    /// <exception cref="FormatException">The file is no checkpoint, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Network LoadCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Training.Checkpoint.IsWhole(path)
            ? Training.Checkpoint.Read(path, _ => { }, [])
            : throw new FormatException($"'{path}' is no checkpoint, or it is damaged. Take another one of its folder.");
    }

    /// <summary>The part of the network that a layer's output depends on, which ends with that layer.</summary>
    /// <exception cref="ArgumentException">There is no such layer; the message lists those that there are, nearest name first.</exception>
    public Network CutAt(string layerName)
    {
        NetworkGraph cut = Graph.CutAt(layerName);
        return new(cut, [.. cut.Layers.SelectMany(layer => _weights[layer.Name])]);
    }

    /// <summary>The same network with a head for another number of classes; the head's weights are drawn anew, the others are kept.</summary>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <param name="seed">Seed of the head's weights.</param>
    /// <exception cref="InvalidOperationException">The network is no classifier, or its last layer with weights is not dense.</exception>
    public Network ReplaceHead(int classCount, int seed) => ReplaceHead(classCount, new Random(seed));

    internal Network ReplaceHead(int classCount, Random random)
    {
        NetworkGraph graph = Graph.ReplaceHead(classCount);
        string head = graph.Head.Name;
        return new(graph, [.. graph.Layers.SelectMany(layer => layer.Name == head ? graph.GetWeights(head).Select(shape => Draw(shape, random)) : _weights[layer.Name])]);
    }

    /// <summary>
    /// A network for inference that computes the same with fewer layers: batch normalizations become part of the weights of a convolution or
    /// dense layer beside them.
    /// </summary>
    /// <returns>
    /// The folded network; this one does not change. How many norms were folded is the difference between the numbers of
    /// <see cref="BatchNormalization"/> layers: all of DeepYeast's (10) and MobileNet's (27), 32 of ResNet50's 49, 36 of DenseNet40_BC's 76.
    /// </returns>
    /// <remarks>
    /// <para>A norm is folded where that is exact. First, into the layer before it, if that is a <see cref="Conv2D"/>, a
    /// <see cref="DepthwiseConv2D"/> or a <see cref="Dense"/> without a function, which only the norm reads. Else into the layer after it, if
    /// that is one of them, is the norm's only reader, and pads nothing: zeros of a border are not shifted by the norm. A
    /// <see cref="Dropout"/> in between does not matter. Any other norm stays, and so does one that is the last layer.</para>
    /// <para>A changed layer keeps its name, and gets a bias if it has none; what read the norm reads the layer instead. So the outputs of
    /// changed layers are others, and a layer named after a norm may be missing. The sums are made in float64 and rounded once: with trained
    /// weights the class probabilities are as near as float32 computes them anyway, some 1e-6. The moving statistics become part of the weights:
    /// to train further, take the network that was not folded.</para>
    /// </remarks>
    public Network FoldBatchNormalization() => BatchNormalizationFolding.Fold(this);

    /// <summary>The weight arrays of one layer, in Keras's order; not to be changed.</summary>
    internal float[][] WeightsOf(string layerName) => _weights[layerName];

    /// <summary>All weight arrays, layer by layer, in Keras's order.</summary>
    internal IEnumerable<float[]> Weights => Graph.Layers.SelectMany(layer => _weights[layer.Name]);

    /// <summary>A network with weights drawn anew, as Keras draws them: kernels Glorot uniform, biases zero, norms the identity.</summary>
    internal static Network Initialize(NetworkGraph graph, Random random)
        => new(graph, [.. graph.Layers.SelectMany(layer => graph.GetWeights(layer.Name)).Select(shape => Draw(shape, random))]);

    private static float[] Draw(WeightShape shape, Random random)
    {
        float[] values = new float[shape.Size];
        if (shape.Initializer == WeightInitializer.Ones)
            values.AsSpan().Fill(1);
        else if (shape.Initializer == WeightInitializer.GlorotUniform)
        {
            // Keras counts a kernel's window into both fans.
            int window = shape.Size / (shape.Dimensions[^1] * shape.Dimensions[^2]);
            double limit = Math.Sqrt(6.0 / (window * ((long)shape.Dimensions[^2] + shape.Dimensions[^1])));
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)((2 * random.NextDouble() - 1) * limit);
        }
        return values;
    }
}
