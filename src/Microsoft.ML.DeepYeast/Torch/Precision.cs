using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>What a network computes in. Weights, batch norms, loss and optimizer are kept in float32 in any case.</summary>
public enum Precision
{
    /// <summary>
    /// In training <see cref="Mixed"/> on a CPU that has instructions for it (AVX512-BF16 or AMX), else <see cref="Full"/>; in scoring always
    /// <see cref="Full"/>, for exact scores.
    /// </summary>
    Auto,

    /// <summary>Single precision throughout.</summary>
    Full,

    /// <summary>Convolutions and dense layers in bfloat16, with 8 bits of mantissa: less work where the hardware has it, more where it has not.</summary>
    Mixed,
}

/// <summary>Decides on a precision.</summary>
internal static class PrecisionChoice
{
    /// <exception cref="ArgumentOutOfRangeException">It is none of the three.</exception>
    public static void Validate(this Precision precision, string option)
    {
        if (!Enum.IsDefined(precision))
            throw DeepYeastTrainer.Options.OutOfRange(option, precision, "Auto, Full or Mixed");
    }

    /// <summary>Whether a training on this device computes in bfloat16.</summary>
    public static bool UsesBFloat16(this Precision precision, torch.Device device) => precision switch
    {
        Precision.Auto => device.type == DeviceType.CPU && Processor.HasBFloat16,
        _ => precision == Precision.Mixed,
    };
}
