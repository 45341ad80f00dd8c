using System.Diagnostics;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Works batch normalizations into the weights of their neighbours. In inference a norm is scale * x + shift for each channel, so it can be
/// part of a layer that is linear; dropouts in between do nothing then.
/// </summary>
internal static class BatchNormalizationFolding
{
    /// <summary>Folds every norm that can be folded exactly, the last layer excepted, since its name is that of the result.</summary>
    public static Network Fold(Network network)
    {
        string[] norms = [.. network.Graph.Layers.SkipLast(1).OfType<BatchNormalization>().Select(norm => norm.Name)];
        foreach (string name in norms)
        {
            var norm = (BatchNormalization)network.Graph.GetLayer(name);   // what it reads may have been folded into something else
            network = FoldBackward(network, norm) ?? FoldForward(network, norm) ?? network;
        }
        return network;
    }

    /// <summary>scale * (kernel * x + bias) + shift, where nobody else reads what is scaled.</summary>
    private static Network? FoldBackward(Network network, BatchNormalization norm)
    {
        NetworkGraph graph = network.Graph;
        Layer source = graph.GetLayer(norm.Inputs[0]);
        while (source is Dropout && Readers(graph, source).Length == 1)
            source = graph.GetLayer(source.Inputs[0]);
        if (source is not (Conv2D or DepthwiseConv2D or Dense { Function: ActivationFunction.Linear }) || Readers(graph, source).Length != 1)
            return null;

        (double[] scale, double[] shift) = Affine(network, norm);
        (float[] kernel, double[] bias) = KernelAndBias(network, source);
        // Whatever the layer, a kernel's outputs come last.
        return Replace(network, norm, source,
            [.. kernel.Select((value, i) => (float)(value * scale[i % scale.Length]))],
            [.. bias.Select((value, output) => (float)(value * scale[output] + shift[output]))]);
    }

    /// <summary>kernel * (scale * x + shift) + bias, where every window lies inside the map: padded zeros would have to be shifted as well.</summary>
    private static Network? FoldForward(Network network, BatchNormalization norm)
    {
        NetworkGraph graph = network.Graph;
        Layer target = norm;
        do
        {
            if (Readers(graph, target) is not [Layer reader])
                return null;
            target = reader;
        }
        while (target is Dropout);
        if (target is not (Conv2D or DepthwiseConv2D or Dense) || IsPadded(graph, target))
            return null;

        (double[] scale, double[] shift) = Affine(network, norm);
        (float[] kernel, double[] bias) = KernelAndBias(network, target);
        int valuesPerInput = target is DepthwiseConv2D ? 1 : bias.Length;   // a kernel's inputs come before its outputs
        float[] scaled = new float[kernel.Length];
        for (int i = 0; i < kernel.Length; i++)
        {
            int input = i / valuesPerInput % scale.Length;
            scaled[i] = (float)(kernel[i] * scale[input]);
            bias[i % bias.Length] += kernel[i] * shift[input];
        }
        return Replace(network, norm, target, scaled, [.. bias.Select(value => (float)value)]);
    }

    private static (double[] Scale, double[] Shift) Affine(Network network, BatchNormalization norm)
    {
        float[][] weights = network.WeightsOf(norm.Name);
        (float[] gamma, float[] beta, float[] mean, float[] variance) = (weights[0], weights[1], weights[2], weights[3]);
        double[] scale = [.. gamma.Select((value, channel) => value / Math.Sqrt(variance[channel] + norm.Epsilon))];
        return (scale, [.. beta.Select((value, channel) => value - mean[channel] * scale[channel])]);
    }

    private static (float[] Kernel, double[] Bias) KernelAndBias(Network network, Layer layer)
    {
        float[][] weights = network.WeightsOf(layer.Name);
        return (weights[0], weights.Length > 1 ? [.. weights[1]] : new double[network.Graph.GetOutputShape(layer.Name).Channels]);
    }

    private static Layer[] Readers(NetworkGraph graph, Layer layer) => [.. graph.Layers.Where(reader => reader.Inputs.Contains(layer.Name))];

    private static bool IsPadded(NetworkGraph graph, Layer layer)
    {
        LayerShape input = graph.GetOutputShape(layer.Inputs[0]);
        return layer is WindowedLayer { Window: var window } && (window.Pad(input.Height) != (0, 0) || window.Pad(input.Width) != (0, 0));
    }

    /// <summary>The network without the norm, whose readers read what it read, and with other weights for one layer.</summary>
    private static Network Replace(Network network, BatchNormalization norm, Layer changed, float[] kernel, float[] bias)
    {
        Layer[] layers = [.. network.Graph.Layers.Where(layer => layer.Name != norm.Name).Select(layer =>
            (layer.Name == changed.Name ? WithBias(layer) : layer) with { Inputs = [.. layer.Inputs.Select(input => input == norm.Name ? norm.Inputs[0] : input)] })];
        return new(new(network.Graph.Name, layers), [.. layers.SelectMany(layer => layer.Name == changed.Name ? [kernel, bias] : network.WeightsOf(layer.Name))]);
    }

    private static Layer WithBias(Layer layer) => layer switch
    {
        Conv2D conv => conv with { UseBias = true },
        DepthwiseConv2D conv => conv with { UseBias = true },
        Dense dense => dense with { UseBias = true },
        _ => throw new UnreachableException(),
    };
}
