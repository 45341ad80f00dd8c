using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>Where a network computes: the CPU, a CUDA GPU, or whichever is best.</summary>
public readonly record struct ComputeDevice
{
    private enum Kind
    {
        Auto,
        Cpu,
        Cuda,
    }

    private readonly Kind _kind;
    private readonly int _index;

    private ComputeDevice(Kind kind, int index)
    {
        _kind = kind;
        _index = index;
    }

    /// <summary>
    /// The GPU named by <c>MLContext.GpuDeviceId</c> if that is set, else the first CUDA GPU if there is one, else the CPU. This is the default.
    /// </summary>
    public static ComputeDevice Auto { get; }

    /// <summary>The CPU.</summary>
    public static ComputeDevice Cpu { get; } = new(Kind.Cpu, 0);

    /// <summary>A CUDA GPU. Using it throws <see cref="InvalidOperationException"/> where there is no such GPU.</summary>
    /// <param name="index">Number of the GPU, from 0.</param>
    public static ComputeDevice Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(Kind.Cuda, index);
    }

    /// <inheritdoc/>
    public override string ToString() => _kind switch { Kind.Auto => "auto", Kind.Cpu => "cpu", _ => $"cuda:{_index}" };

    /// <summary>The torch device that this stands for on this machine; loads libtorch.</summary>
    internal torch.Device Resolve(IHostEnvironment environment)
    {
        TorchLibrary.EnsureLoaded();
        var (_, gpuDeviceId, fallbackToCpu) = CatalogEnvironment.SettingsOf(environment);
        return _kind switch
        {
            Kind.Cpu => torch.CPU,
            Kind.Cuda => CudaOr(_index, fallbackToCpu: false),
            _ when gpuDeviceId is int index => CudaOr(index, fallbackToCpu),
            _ => CudaOr(0, fallbackToCpu: true),
        };
    }

    private static torch.Device CudaOr(int index, bool fallbackToCpu)
    {
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (index >= 0 && index < count)
            return torch.device(DeviceType.CUDA, index);
        return fallbackToCpu
            ? torch.CPU
            : throw new InvalidOperationException(
                $"CUDA GPU {index} was asked for but libtorch sees {count} GPUs. Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows and " +
                "check the driver, or use ComputeDevice.Auto (or MLContext.FallbackToCpu) to compute on the CPU where there is none.");
    }
}
