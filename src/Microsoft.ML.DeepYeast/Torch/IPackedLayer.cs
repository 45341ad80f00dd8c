using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>A layer prepared for scoring on a CPU, its weights laid out as they are multiplied, with the ReLU behind it where there is one.</summary>
internal interface IPackedLayer : IDisposable
{
    /// <summary>Computes the layer on maps (N, C, H, W) with channels-last strides, padded where the layer pads unevenly.</summary>
    Tensor Apply(Tensor input);
}
