using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

public static partial class Networks
{
    /// <summary>
    /// DenseNet-BC (Huang et al., arXiv:1608.06993) as the reference has it: 4 blocks of 9 bottlenecks, each of which adds 12 channels to all
    /// before it; between blocks the channels and the size are halved. With 12 classes and cells of 2 x 64 x 64 it has 446,861 trainable
    /// parameters. Layer names are the reference's; the kernels of convolutions carry an L2 of 1e-4 in the loss.
    /// </summary>
    /// <param name="cells">Shape of the cells; height and width at least 8.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">The cells are smaller than that, or the number of classes is below 1.</exception>
    [SuppressMessage("Naming", "CA1707", Justification = "The reference's name.")]
    public static NetworkGraph DenseNet40_BC(CellShape cells, int classCount)
    {
        // tanelp/deepyeast, deepyeast/models/densenet.py: growth_rate, num_layers_per_block, weight_decay, dropout_rate.
        const int Growth = 12, Bottlenecks = 9;
        const double L2 = 1e-4, DropoutRate = 0.2;

        var net = new NetworkBuilder("DenseNet40_BC", cells, inputName: "data");
        int channels = 2 * Growth;
        net.Conv2D("initial_conv", channels, size: 3, useBias: false, l2: L2);
        for (int block = 0; block < 3; block++)
        {
            DenseBlock(block);
            channels /= 2;
            string name = $"transition_block_{block}";
            NormRelu(name);
            ConvDropout(name, channels, size: 1);
            net.AveragePooling2D($"{name}_pool", size: 2);
        }
        DenseBlock(4);   // the reference counts the last block 4, not 3
        return net.BatchNormalization("final_bn").Relu("final_relu").GlobalAveragePooling2D("final_global_pool")
            .Dense("prob", classCount, ActivationFunction.Softmax).ToGraph();

        void DenseBlock(int block)
        {
            for (int i = 0; i < Bottlenecks; i++)
            {
                string name = $"dense_block_{block}_conv_{i}", input = net.Last;
                NormRelu(name);
                ConvDropout($"{name}_bottleneck", 4 * Growth, size: 1);
                NormRelu($"{name}_bottleneck");
                ConvDropout(name, Growth, size: 3);
                net.Concatenate($"dense_block_{block}_concat_{i}", input, net.Last);
                channels += Growth;
            }
        }

        void NormRelu(string name) => net.BatchNormalization($"{name}_bn").Relu($"{name}_relu");

        void ConvDropout(string name, int filters, int size)
            => net.Conv2D($"{name}_conv", filters, size, useBias: false, l2: L2).Dropout($"{name}_dropout", DropoutRate);
    }
}
