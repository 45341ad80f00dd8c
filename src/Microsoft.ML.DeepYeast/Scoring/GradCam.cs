using Microsoft.ML.DeepYeast.Layers;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>
/// Maps of what speaks for a class at one layer, one forward and one backward pass a batch: each cell's score depends on its own values alone, so the gradient of the
/// batch's sum has that of every cell in it.
/// </summary>
/// <param name="layerName">The layer, whose output is a map.</param>
/// <param name="classIndex">The class, from 0; null for the one with the highest score, cell by cell.</param>
/// <param name="method">Which gradients are taken, and what is cut at 0.</param>
internal sealed class GradCam(string layerName, int? classIndex, ExplanationMethod method) : IBatchComputation
{
    /// <summary>
    /// The last layer that still says where in the cell something is: what the first vector is made of, back beyond poolings and dropouts. In the published
    /// network this is the reference's layer, relu3_4.
    /// </summary>
    public static string DefaultLayer(NetworkGraph graph)
    {
        Layer layer = graph.GetLayer(graph.Layers.First(each => graph.GetOutputShape(each.Name).IsVector).Inputs[0]);
        while (layer is MaxPooling2D or AveragePooling2D or Dropout)
            layer = graph.GetLayer(layer.Inputs[0]);
        return layer.Name;
    }

    // Folding changes what these layers give, or takes them away; that of all others it leaves as it is.
    public TorchNetwork Load(Network network, Device device, bool bfloat16)
        => new(network.Graph.GetLayer(layerName) is Conv2D or DepthwiseConv2D or BatchNormalization or Dropout ? network : network.FoldBatchNormalization(), device, bfloat16: bfloat16);

    /// <returns>(N, h, w)</returns>
    public Tensor Compute(TorchNetwork network, Tensor cells)
    {
        using var recording = enable_grad();
        (Tensor logits, Tensor maps) = network.ForwardFrom(cells, layerName);           // (N, K), (N, C, h, w)
        Tensor gradients = autograd.grad([logits], [maps], [GradientOfLogits(logits.detach())])[0];

        using var finished = no_grad();
        gradients = gradients.to(network.Type);
        Tensor weights = (method == ExplanationMethod.ClippedSoftmax ? gradients.relu() : gradients).mean([2, 3], keepdim: true);   // (N, C, 1, 1)
        Tensor explanation = maps.to(network.Type).mul(weights).sum(1);
        return method == ExplanationMethod.ClippedSoftmax ? explanation : explanation.relu();
    }

    // The gradient of what is explained by the scores before the softmax. That of a probability p is p (1 - p) for its own score and -p q for another one; in
    // float32 nothing of 1 - p would be left where the network is certain.
    private Tensor GradientOfLogits(Tensor logits)
    {
        Tensor index = classIndex is { } chosen ? tensor((long)chosen, device: logits.device).expand(logits.shape[0]) : logits.argmax(1);
        Tensor one = nn.functional.one_hot(index, logits.shape[1]).to(float64);          // (N, K)
        if (method == ExplanationMethod.GradCam)
            return one.to(logits.dtype);
        Tensor probabilities = logits.to(float64).softmax(1);
        return probabilities.mul(one).sum(1, keepdim: true).mul(one.sub(probabilities)).to(logits.dtype);
    }
}
