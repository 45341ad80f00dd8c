using Microsoft.ML.DeepYeast.Layers;

namespace Microsoft.ML.DeepYeast;

public static partial class Networks
{
    /// <summary>
    /// MobileNet (Howard et al., arXiv:1704.04861, table 1) as the reference has it: 13 pairs of a convolution of each channel by itself and one
    /// across channels. With 12 classes and cells of 2 x 64 x 64 it has 3,218,988 trainable parameters. Layer names are the reference's.
    /// </summary>
    /// <param name="cells">Shape of the cells, of any size; height and width are halved five times, rounded up.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">A number of the shape, or the number of classes, is below 1.</exception>
    public static NetworkGraph MobileNet(CellShape cells, int classCount)
    {
        (int Filters, int Stride)[] pairs =
        [
            (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
        ];

        var net = new NetworkBuilder("MobileNet", cells)
            .Conv2D("initial_conv", 32, size: 3, stride: 2, useBias: false).BatchNormalization("initial_bn").Relu("initial_relu");
        for (int i = 0; i < pairs.Length; i++)
        {
            string name = $"conv_block_{i}";
            net.DepthwiseConv2D($"{name}_dw_conv", size: 3, pairs[i].Stride, useBias: false).BatchNormalization($"{name}_dw_bn").Relu($"{name}_dw_relu");
            net.Conv2D($"{name}_pw_conv", pairs[i].Filters, size: 1, useBias: false).BatchNormalization($"{name}_pw_bn").Relu($"{name}_pw_relu");
        }
        return net.GlobalAveragePooling2D("final_global_pool").Dense("prob", classCount, ActivationFunction.Softmax).ToGraph();
    }
}
