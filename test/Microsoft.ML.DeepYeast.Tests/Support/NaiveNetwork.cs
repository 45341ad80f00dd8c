using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// A network's inference in float64 by the definition of each layer, loop by loop, as Keras and TensorFlow document them; maps are
/// (row, column, channel).
/// </summary>
internal static class NaiveNetwork
{
    public sealed record Map(int Height, int Width, int Channels, double[] Values)
    {
        public double this[int y, int x, int c] => y >= 0 && y < Height && x >= 0 && x < Width ? Values[(y * Width + x) * Channels + c] : 0;

        public bool Has(int y, int x) => y >= 0 && y < Height && x >= 0 && x < Width;

        public static Map Of(int height, int width, int channels, Func<int, int, int, double> value)
            => new(height, width, channels, [.. from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) from c in Enumerable.Range(0, channels) select value(y, x, c)]);
    }

    /// <summary>The output of every layer for one cell, given in (channel, row, column) order.</summary>
    public static Dictionary<string, Map> Run(Network network, float[] cell)
    {
        var outputs = new Dictionary<string, Map>();
        foreach (Layer layer in network.Graph.Layers)
        {
            Map[] inputs = [.. layer.Inputs.Select(name => outputs[name])];
            float[][] w = [.. network.Graph.GetWeights(layer.Name).Select(shape => network.GetWeight(layer.Name, shape.Name).ToArray())];
            outputs[layer.Name] = layer switch
            {
                InputLayer input => Map.Of(input.Shape.Height, input.Shape.Width, input.Shape.Channels, (y, x, c) => cell[(c * input.Shape.Height + y) * input.Shape.Width + x]),
                Conv2D conv => Slide(conv, inputs[0], conv.Filters, (map, top, left, f) => Sum(conv.Size, conv.Size, map.Channels, (i, j, c) =>
                    map[top + i, left + j, c] * w[0][((i * conv.Size + j) * map.Channels + c) * conv.Filters + f]) + (conv.UseBias ? w[1][f] : 0)),
                DepthwiseConv2D conv => Slide(conv, inputs[0], inputs[0].Channels, (map, top, left, c) => Sum(conv.Size, conv.Size, 1, (i, j, _) =>
                    map[top + i, left + j, c] * w[0][(i * conv.Size + j) * map.Channels + c]) + (conv.UseBias ? w[1][c] : 0)),
                MaxPooling2D pool => Slide(pool, inputs[0], inputs[0].Channels, (map, top, left, c) => Window(pool.Size).Where(p => map.Has(top + p.I, left + p.J)).Max(p => map[top + p.I, left + p.J, c])),
                AveragePooling2D pool => Slide(pool, inputs[0], inputs[0].Channels, (map, top, left, c) => Window(pool.Size).Average(p => map[top + p.I, left + p.J, c])),
                BatchNormalization norm => Map.Of(inputs[0].Height, inputs[0].Width, inputs[0].Channels,
                    (y, x, c) => (inputs[0][y, x, c] - w[2][c]) / Math.Sqrt(w[3][c] + norm.Epsilon) * w[0][c] + w[1][c]),
                Activation activation => Activate(activation.Function, inputs[0]),
                GlobalAveragePooling2D => Map.Of(1, 1, inputs[0].Channels, (_, _, c) => inputs[0].Values.Where((_, i) => i % inputs[0].Channels == c).Average()),
                Flatten => new Map(1, 1, inputs[0].Values.Length, inputs[0].Values),
                Dense dense => Activate(dense.Function, Map.Of(1, 1, dense.Units, (_, _, u) => inputs[0].Values.Select((v, i) => v * w[0][i * dense.Units + u]).Sum() + (dense.UseBias ? w[1][u] : 0))),
                Dropout => inputs[0],
                Concatenate => Map.Of(inputs[0].Height, inputs[0].Width, inputs.Sum(map => map.Channels), (y, x, c) =>
                {
                    int which = 0;
                    for (; c >= inputs[which].Channels; which++)
                        c -= inputs[which].Channels;
                    return inputs[which][y, x, c];
                }),
                Add => Map.Of(inputs[0].Height, inputs[0].Width, inputs[0].Channels, (y, x, c) => inputs.Sum(map => map[y, x, c])),
                _ => throw new NotSupportedException(layer.TypeName),
            };
        }
        return outputs;
    }

    // TensorFlow, "Notes on padding": 'same' gives ceil(size / stride) positions and puts the odd pixel of padding behind.
    private static Map Slide(WindowedLayer layer, Map map, int channels, Func<Map, int, int, int, double> value)
    {
        bool same = layer.Padding == Padding.Same;
        (int height, int top) = Axis(map.Height);
        (int width, int left) = Axis(map.Width);
        return Map.Of(height, width, channels, (y, x, c) => value(map, y * layer.Stride - top, x * layer.Stride - left, c));

        (int Length, int Before) Axis(int size)
        {
            if (!same)
                return ((int)Math.Ceiling((size - layer.Size + 1) / (double)layer.Stride), 0);
            int length = (int)Math.Ceiling(size / (double)layer.Stride);
            return (length, Math.Max((length - 1) * layer.Stride + layer.Size - size, 0) / 2);
        }
    }

    private static Map Activate(ActivationFunction function, Map input)
    {
        double sum = function == ActivationFunction.Softmax ? input.Values.Sum(Math.Exp) : 1;
        return input with
        {
            Values = [.. input.Values.Select(v => function switch { ActivationFunction.Relu => Math.Max(v, 0), ActivationFunction.Softmax => Math.Exp(v) / sum, _ => v })],
        };
    }

    private static IEnumerable<(int I, int J)> Window(int size) => from i in Enumerable.Range(0, size) from j in Enumerable.Range(0, size) select (i, j);

    private static double Sum(int rows, int columns, int channels, Func<int, int, int, double> value)
    {
        double sum = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int c = 0; c < channels; c++)
                    sum += value(i, j, c);
            }
        }
        return sum;
    }
}
