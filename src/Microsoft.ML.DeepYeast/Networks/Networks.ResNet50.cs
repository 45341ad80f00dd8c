using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

public static partial class Networks
{
    /// <summary>
    /// The reference's residual network: each of 4 x 4 blocks adds norm, ReLU and convolution, three times over, to what it reads (He et al.,
    /// arXiv:1603.05027, of 50 layers), with a quarter of the usual channels. With 12 classes and cells of 2 x 64 x 64 it has 1,168,684
    /// trainable parameters. Layer names are the reference's; the kernels of convolutions carry an L2 of 1e-4 in the loss.
    /// </summary>
    /// <param name="cells">Shape of the cells, of any size; three blocks halve height and width, rounded up.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">A number of the shape, or the number of classes, is below 1.</exception>
    public static NetworkGraph ResNet50(CellShape cells, int classCount)
    {
        const double L2 = 1e-4;   // tanelp/deepyeast, deepyeast/models/resnet.py: weight_decay
        const int Blocks = 4, LayersPerBlock = 4;

        var net = new NetworkBuilder("ResNet50", cells).Conv2D("initial_conv", 16, size: 3, useBias: false, l2: L2);
        int inside = 16;
        for (int block = 0; block < Blocks; block++)
        {
            for (int layer = 0; layer < LayersPerBlock; layer++)
            {
                string name = $"block_{block}_layer_{layer}", input = net.Last, shortcut = input;
                int stride = block > 0 && layer == 0 ? 2 : 1;
                NormRelu($"{name}_down").Conv2D($"{name}_down_conv", inside, size: 1, stride, l2: L2);
                NormRelu(name).Conv2D($"{name}_conv", inside, size: 3, l2: L2);
                NormRelu($"{name}_up");
                if (layer == 0)
                {
                    shortcut = block == 0 ? "conv2d" : $"conv2d_{block}";   // unnamed in the reference: what Keras calls it
                    net.Conv2D(shortcut, 2 * inside, size: 1, stride, l2: L2, input: input);
                }
                net.Conv2D($"{name}_up_conv", 2 * inside, size: 1, l2: L2, input: $"{name}_up_relu");
                net.Add($"block_{block}_{layer}_add", shortcut, net.Last);
            }
            inside *= 2;
        }
        return net.BatchNormalization("final_bn").Relu("final_relu").GlobalAveragePooling2D("final_global_pool")
            .Dense("prob", classCount, ActivationFunction.Softmax).ToGraph();

        NetworkBuilder NormRelu(string name) => net.BatchNormalization($"{name}_bn").Relu($"{name}_relu");
    }
}
