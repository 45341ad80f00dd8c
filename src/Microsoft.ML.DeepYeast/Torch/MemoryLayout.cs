using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>How the values of maps lie in memory. TorchSharp has no memory_format; libtorch goes by the strides.</summary>
internal static class MemoryLayout
{
    /// <summary>The same maps (N, C, H, W) with the channels of a pixel beside each other, which convolutions on a CPU and in bfloat16 are fastest with.</summary>
    public static Tensor ToChannelsLast(this Tensor maps) => maps.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
