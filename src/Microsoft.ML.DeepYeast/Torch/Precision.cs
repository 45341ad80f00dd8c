using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>What a network computes in. Weights, batch norms, loss and optimizer are kept in float32 in any case.</summary>
public enum Precision
{
    /// <summary>
    /// In training <see cref="Mixed"/> on a CPU that has instructions for it (AVX512-BF16 or AMX) and on an NVIDIA GPU of Ampere's generation or a later one, else
    /// <see cref="Full"/>; in scoring always <see cref="Full"/>, for exact scores.
    /// </summary>
    Auto,

    /// <summary>Single precision throughout: 24 bits of mantissa.</summary>
    Full,

    /// <summary>
    /// Convolutions and dense layers in bfloat16, with 8 bits of mantissa: less work where the hardware has it, more where it has not. An NVIDIA GPU before Ampere
    /// refuses it with an <see cref="InvalidOperationException"/>.
    /// </summary>
    Mixed,

    /// <summary>
    /// Single precision, but an NVIDIA GPU of Ampere's generation or a later one rounds the factors of products to 11 bits of mantissa (TensorFloat-32), which is
    /// several times faster; anywhere else, and while something in the same process computes in <see cref="Full"/> on a GPU, the same as <see cref="Full"/>.
    /// </summary>
    TensorFloat32,
}

/// <summary>Decides on a precision.</summary>
internal static class PrecisionChoice
{
    private const int Ampere = 8;

    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration.</exception>
    public static void Validate(this Precision precision, string option)
    {
        if (!Enum.IsDefined(precision))
            throw DeepYeastTrainer.Options.OutOfRange(option, precision, "Auto, Full, Mixed or TensorFloat32");
    }

    /// <summary>What a device computes in, never <see cref="Precision.Auto"/>.</summary>
    /// <exception cref="InvalidOperationException">It is a GPU without bfloat16, which was asked for.</exception>
    public static Precision Resolve(this Precision precision, torch.Device device, bool training)
    {
        bool isGpu = device.type == DeviceType.CUDA, isAmpere = isGpu && CudaDriver.GetGeneration(device) >= Ampere;
        return precision switch
        {
            Precision.Auto => training && (isAmpere || (!isGpu && Processor.HasBFloat16)) ? Precision.Mixed : Precision.Full,
            Precision.Mixed when isGpu && !isAmpere => throw new InvalidOperationException(
                $"Precision.Mixed was asked for on {device}, a GPU before Ampere (compute capability 8.0), which has no bfloat16; use Precision.Auto or Precision.Full."),
            Precision.TensorFloat32 when !isAmpere => Precision.Full,
            _ => precision,
        };
    }
}
