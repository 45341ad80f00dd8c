using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Flat tensors of float32 in a stream: their values, little-endian.</summary>
internal static class TensorStream
{
    public static void Write(BinaryWriter writer, Tensor tensor)
    {
        using Tensor host = tensor.cpu();
        writer.Write(MemoryMarshal.AsBytes(host.data<float>().ToArray().AsSpan()));
    }

    /// <summary>Fills a tensor that is as long as the one that was written.</summary>
    public static void ReadInto(BinaryReader reader, Tensor tensor)
    {
        using var noGrad = no_grad();
        float[] values = new float[tensor.numel()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        using Tensor host = torch.tensor(values);
        tensor.copy_(host);
    }
}
