using Microsoft.ML.DeepYeast.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>What each kind of layer computes. Maps are (N, C, H, W) with channels-last strides, vectors (N, C).</summary>
internal static class LayerFunctions
{
    /// <summary>Applies a layer to its inputs; the result is a new tensor handle even where the values are the input's.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Outputs of the layers that it reads.</param>
    /// <param name="weights">
    /// Its weights, in the order of <see cref="Layer.GetWeights"/>; a convolution may lack its bias, which a batch norm then has behind its own, since the mean of its
    /// input is that much higher.
    /// </param>
    /// <param name="pass">What the pass is for.</param>
    /// <param name="linear">Whether to leave out the layer's softmax.</param>
    /// <param name="overwritten">An input that the layer may write over; null for none.</param>
    /// <param name="packed">What <see cref="TryPack"/> made of it; null for nothing.</param>
    public static Tensor Apply(Layer layer, Tensor[] inputs, Tensor[] weights, ForwardPass pass, bool linear, Tensor? overwritten, IPackedLayer? packed) => layer switch
    {
        WindowedLayer windowed when packed is not null => packed.Apply(Pad(windowed.Window, inputs[0], value: 0).Padded),
        _ when packed is not null => packed.Apply(inputs[0]),
        Layers.Conv2D { Size: 1 } conv when AsDense(inputs[0]) => ConvolvePixels(conv.Stride, inputs[0], weights),
        Layers.Conv2D conv => Convolve(conv, inputs[0], weights, groups: 1),
        DepthwiseConv2D conv => Convolve(conv, inputs[0], weights, groups: inputs[0].shape[1]),
        BatchNormalization norm => Normalize(norm, inputs[0], weights, pass),
        Activation activation => Activate(activation.Function, inputs[0], linear, overwrite: overwritten is not null),
        MaxPooling2D pool => MaxPool(pool, inputs[0]),
        AveragePooling2D pool => functional.avg_pool2d(inputs[0], kernel_size: [pool.Size, pool.Size], stride: [pool.Stride, pool.Stride]),
        GlobalAveragePooling2D => inputs[0].mean([2, 3]),
        Layers.Flatten => inputs[0].permute(0, 2, 3, 1).flatten(start_dim: 1),                            // Keras's order: row, column, channel
        Dense dense => Activate(dense.Function, Multiply(inputs[0], Like(inputs[0], weights[0]), dense.UseBias ? Like(inputs[0], weights[1]) : null), linear, overwrite: true),
        Layers.Dropout dropout => pass.Dropout is null ? inputs[0].alias() : Drop(inputs[0], dropout.Rate, pass.Dropout),
        Layers.Concatenate => cat(inputs, dim: 1),
        Layers.Add when overwritten is not null && !is_grad_enabled() => inputs.Where(input => !ReferenceEquals(input, overwritten)).Aggregate(overwritten.alias(), (sum, input) => sum.PlusInPlace(input)),
        Layers.Add => inputs.Skip(1).Aggregate(inputs[0].alias(), (sum, input) => sum.Plus(input)),
        _ => throw new NotSupportedException($"Layer '{layer.Name}' is a {layer.TypeName}, for which there is no computation."),
    };

    // libtorch 2.10, ConvParams::use_mkldnn: a batch of one with no more values than these does not go to oneDNN.
    private const int SmallMap = 20480;

    private static Tensor Activate(ActivationFunction function, Tensor input, bool linear, bool overwrite) => function switch
    {
        ActivationFunction.Relu => overwrite ? input.relu_().alias() : input.relu(),
        ActivationFunction.Softmax when !linear => input.softmax(-1),
        _ => input.alias(),
    };

    // Of one row's product the time is that in which the kernel comes from memory, in which oneDNN is half as fast again as libtorch's own (measured in float32).
    private static Tensor Multiply(Tensor input, Tensor kernel, Tensor? bias)
        => input.shape[0] == 1 && input.device_type == DeviceType.CPU && input.dtype == ScalarType.Float32 && OneDnn.Multiplies(input.dtype) && !is_grad_enabled()
            ? OneDnn.Multiply(input, kernel, bias, relu: false)
            : functional.linear(input, kernel, bias);

    private static Tensor Normalize(BatchNormalization norm, Tensor input, Tensor[] weights, ForwardPass pass)
    {
        (Tensor gamma, Tensor beta, Tensor mean, Tensor variance) = (weights[0], weights[1], weights[2], weights[3]);
        Tensor? bias = weights.Length > 4 ? weights[4] : null;
        double share = pass.StatisticsShare ?? 1 - norm.Momentum;
        bool isVector = input.dim() == 2;
        if (!pass.BatchStatistics || (!isVector && share < 1))
        {
            // Before, as autograd lets nobody change the mean after; so it shrinks with what it is added to.
            if (bias is not null)
                Add(mean, bias, share / (1 - share));
            return functional.batch_norm(input, mean, variance, gamma, beta, pass.BatchStatistics, share, norm.Epsilon);
        }

        // Keras takes the variance of vectors over n, of maps (in its fused kernel) over n - 1; libtorch over n - 1 always.
        Tensor batchMean = zeros_like(mean), batchVariance = zeros_like(variance);
        Tensor output = functional.batch_norm(input, batchMean, batchVariance, gamma, beta, training: true, momentum: 1, norm.Epsilon);
        double n = input.shape[0];
        Mix(mean, batchMean, 1 - share, share);
        if (bias is not null)
            Add(mean, bias, share);
        Mix(variance, batchVariance, 1 - share, isVector ? share * (n - 1) / n : share);
        return output;
    }

    /// <summary>Changes <paramref name="moving"/> to a weighted sum.</summary>
    private static void Mix(Tensor moving, Tensor added, double keep, double add)
    {
        using var noGrad = no_grad();
        using Scalar keepScalar = keep;
        Add(moving.mul_(keepScalar), added, add);
    }

    private static void Add(Tensor moving, Tensor added, double share)
    {
        using var noGrad = no_grad();
        using Scalar scalar = share;   // held until the call is over
        moving.add_(added, scalar);
    }

    private static Tensor Convolve(WindowedLayer layer, Tensor input, Tensor[] weights, long groups)
    {
        if (input.shape[1] == 1 && input.device_type == DeviceType.CPU)
            return Convolve(layer, WithEmptyChannel(input), [WithEmptyChannel(weights[0]), .. weights[1..]], groups);
        if (input.dtype == ScalarType.BFloat16 && input.device_type == DeviceType.CPU && !ConvolvesBFloat16(weights[0].shape[0], groups, layer.Stride))
            return Convolve(layer, input.to(float32), [.. weights.Select(weight => weight.to(float32))], groups).to(ScalarType.BFloat16);
        (Tensor padded, long padding) = Pad(layer.Window, input, value: 0);
        if (Processor.HidesCaches && input.shape[0] == 1 && input.numel() <= SmallMap)
            padded = cat([padded, padded]);   // libtorch convolves one small map without oneDNN and asks NNPACK first, which then warns on the console
        Tensor maps = functional.conv2d(padded, Like(input, weights[0]), weights.Length > 1 ? Like(input, weights[1]) : null,
            strides: [layer.Stride, layer.Stride], padding: [padding, padding], groups: groups);
        return maps.shape[0] == input.shape[0] ? maps : maps.narrow(0, 0, input.shape[0]);
    }

    /// <summary>A convolution laid out for scoring on this CPU, where that is right and no slower than libtorch's own function.</summary>
    public static IPackedLayer? TryPack(Layer layer, LayerShape input, Tensor[] weights, bool relu)
    {
        if (!OneDnn.IsSupported || input.IsVector || input.Channels == 1 || weights[0].dtype == ScalarType.Float64)
            return null;
        return layer switch
        {
            Layers.Conv2D { Size: 1 } conv when AsDense(weights[0]) => PackedPixelProduct.TryCreate(weights[0], weights.Length > 1 ? Like(weights[0], weights[1]) : null, conv.Stride, relu),
            WindowedLayer windowed => TryPackWindows(windowed, input, weights, relu),
            _ => null,
        };
    }

    private static PackedConvolution? TryPackWindows(WindowedLayer layer, LayerShape input, Tensor[] weights, bool relu)
    {
        Tensor kernel = weights[0];
        (int top, int bottom) = layer.Window.Pad(input.Height);
        (int left, int right) = layer.Window.Pad(input.Width);
        bool isEven = IsEven(top, bottom, left, right);
        LayerShape padded = isEven ? input : LayerShape.Map(input.Channels, top + input.Height + bottom, left + input.Width + right);
        return PackedConvolution.TryCreate(kernel, weights.Length > 1 ? Like(kernel, weights[1]) : null, padded, layer.Stride, isEven ? top : 0, layer is DepthwiseConv2D ? input.Channels : 1, relu);
    }

    // libtorch 2.10 cannot tell channels-last from channels-first where there is one channel, and gives a wrong gradient of the input, and in bfloat16 wrong sums.
    private static Tensor WithEmptyChannel(Tensor map) => cat([map, zeros_like(map)], dim: 1).ToChannelsLast();

    // oneDNN 3.7.1, which libtorch 2.10 convolves with, is wrong in bfloat16 for the gradient of the input where the number of outputs is odd or where each
    // channel is convolved by itself with a stride: it reads memory that it has not set, or leaves out rows. These go by float32.
    private static bool ConvolvesBFloat16(long outputs, long groups, int stride) => groups == 1 ? outputs % 2 == 0 : stride == 1;

    // A convolution of 1 x 1 is the same dense layer at each pixel. In float32 libtorch's convolution is faster, where it works.
    private static bool AsDense(Tensor input) => input.device_type == DeviceType.CPU && (input.dtype == ScalarType.BFloat16 || Processor.HidesCaches);

    private static Tensor ConvolvePixels(int stride, Tensor input, Tensor[] weights)
    {
        Tensor kernel = Like(input, weights[0]).flatten(start_dim: 1);   // (out, in)
        return functional.linear(PackedPixelProduct.Pixels(input, stride), kernel, weights.Length > 1 ? Like(input, weights[1]) : null).permute(0, 3, 1, 2);
    }

    private static Tensor MaxPool(MaxPooling2D layer, Tensor input)
    {
        if (layer.Size > 1 && layer.Size == layer.Stride && input.shape[2] % layer.Size == 0 && input.shape[3] % layer.Size == 0 && input.device_type == DeviceType.CPU && !is_grad_enabled())
            return MaxOfTiles(input, layer.Size);
        (Tensor padded, long padding) = Pad(layer.Window, input, value: double.NegativeInfinity);
        return functional.max_pool2d(padded, kernel_size: [layer.Size, layer.Size], strides: [layer.Stride, layer.Stride], padding: [padding, padding]);
    }

    // Windows side by side: the larger of two rows, then of two columns. libtorch's own function also notes where the largest was, and of few channels takes one value at a time.
    private static Tensor MaxOfTiles(Tensor input, int size)
    {
        (long n, long channels, long height, long width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        Tensor rows = Largest(input.permute(0, 2, 3, 1).reshape(n, height / size, size, width * channels), dim: 2);
        return Largest(rows.view(n, height / size, width / size, size, channels), dim: 3).permute(0, 3, 1, 2);
    }

    private static Tensor Largest(Tensor values, int dim)
        => Enumerable.Range(1, (int)values.shape[dim] - 1).Aggregate(values.select(dim, 0), (largest, i) => largest.maximum(values.select(dim, i)));

    // In mixed precision weights are kept as float32 and rounded for each use; the gradient comes back as float32.
    private static Tensor Like(Tensor input, Tensor weight) => weight.dtype == input.dtype ? weight : weight.to(input.dtype);

    /// <summary>Pads what libtorch cannot pad by itself: unlike borders. Else gives the padding for libtorch's own function.</summary>
    private static (Tensor Padded, long Padding) Pad(Window window, Tensor input, double value)
    {
        (int top, int bottom) = window.Pad((int)input.shape[2]);
        (int left, int right) = window.Pad((int)input.shape[3]);
        return IsEven(top, bottom, left, right)
            ? (input, top)
            : (functional.pad(input, [left, right, top, bottom], PaddingModes.Constant, value), 0);
    }

    private static bool IsEven(int top, int bottom, int left, int right) => top == bottom && left == right && top == left;

    private static Tensor Drop(Tensor input, double rate, TorchRandom random)
    {
        using Scalar keep = 1 - rate;   // held until the call is over
        return input.mul(empty_like(input).bernoulli_(1 - rate, random.Generator).div_(keep));
    }
}
