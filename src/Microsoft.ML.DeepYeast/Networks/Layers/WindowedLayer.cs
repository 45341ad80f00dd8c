using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepYeast.Layers;

/// <summary>A layer that slides a square window over a map.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Size">Side of the window in pixels, at least 1.</param>
/// <param name="Stride">Step of the window in pixels, at least 1.</param>
/// <param name="Padding">What happens at the border.</param>
public abstract record WindowedLayer(string Name, IReadOnlyList<string> Inputs, int Size, int Stride, Padding Padding) : Layer(Name, Inputs)
{
    [JsonIgnore]
    internal Window Window => new(Size, Stride, Padding);

    private protected LayerShape Slide(LayerShape input, int channels)
    {
        RequireAtLeast(1, Size, "the window's size");
        RequireAtLeast(1, Stride, "the stride");
        RequireDefined(Padding, "the padding");
        if (Padding == Padding.Valid && (input.Height < Size || input.Width < Size))
            throw Error($"a window of {Size} x {Size} does not fit into its input {input}; use larger cells or fewer poolings.");
        return Window.OutputShape(input, channels);
    }
}

/// <summary>Convolution over rows and columns.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Filters">Output channels, at least 1.</param>
/// <param name="Size">Side of the square kernel in pixels, at least 1.</param>
/// <param name="Stride">Step in pixels, at least 1.</param>
/// <param name="Padding">What happens at the border.</param>
/// <param name="UseBias">Whether a bias is added to each output channel.</param>
/// <param name="L2">Weight of the kernel's sum of squares in the loss, 0 or more; 0 for none.</param>
public sealed record Conv2D(
    string Name, IReadOnlyList<string> Inputs, int Filters, int Size, int Stride, Padding Padding, bool UseBias, double L2)
    : WindowedLayer(Name, Inputs, Size, Stride, Padding)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        RequireAtLeast(1, Filters, "the number of filters");
        RequireL2(L2);
        return Slide(SingleMap(inputs), Filters);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs)
    {
        var kernel = new WeightShape("kernel", [Size, Size, SingleMap(inputs).Channels, Filters], Trainable: true, WeightInitializer.GlorotUniform);
        return UseBias ? [kernel, new("bias", [Filters], Trainable: true, WeightInitializer.Zeros)] : [kernel];
    }
}

/// <summary>Convolution of each channel by itself.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Size">Side of the square kernel in pixels, at least 1.</param>
/// <param name="Stride">Step in pixels, at least 1.</param>
/// <param name="Padding">What happens at the border.</param>
/// <param name="UseBias">Whether a bias is added to each channel.</param>
public sealed record DepthwiseConv2D(string Name, IReadOnlyList<string> Inputs, int Size, int Stride, Padding Padding, bool UseBias)
    : WindowedLayer(Name, Inputs, Size, Stride, Padding)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        LayerShape input = SingleMap(inputs);
        return Slide(input, input.Channels);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightShape> GetWeights(IReadOnlyList<LayerShape> inputs)
    {
        int channels = SingleMap(inputs).Channels;
        var kernel = new WeightShape("depthwise_kernel", [Size, Size, channels, 1], Trainable: true, WeightInitializer.GlorotUniform);
        return UseBias ? [kernel, new("bias", [channels], Trainable: true, WeightInitializer.Zeros)] : [kernel];
    }
}

/// <summary>Largest value in each window.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Size">Side of the window in pixels, at least 1.</param>
/// <param name="Stride">Step in pixels, at least 1.</param>
/// <param name="Padding">What happens at the border; added pixels never win.</param>
public sealed record MaxPooling2D(string Name, IReadOnlyList<string> Inputs, int Size, int Stride, Padding Padding)
    : WindowedLayer(Name, Inputs, Size, Stride, Padding)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        LayerShape input = SingleMap(inputs);
        return Slide(input, input.Channels);
    }
}

/// <summary>Mean of each window, which lies inside the map.</summary>
/// <param name="Name">Unique name in the graph.</param>
/// <param name="Inputs">The one layer that is read.</param>
/// <param name="Size">Side of the window in pixels, at least 1.</param>
/// <param name="Stride">Step in pixels, at least 1.</param>
public sealed record AveragePooling2D(string Name, IReadOnlyList<string> Inputs, int Size, int Stride)
    : WindowedLayer(Name, Inputs, Size, Stride, Padding.Valid)
{
    /// <inheritdoc/>
    public override LayerShape GetOutputShape(IReadOnlyList<LayerShape> inputs)
    {
        LayerShape input = SingleMap(inputs);
        return Slide(input, input.Channels);
    }
}
