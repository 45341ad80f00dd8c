using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>What the NVIDIA driver says of the GPUs that libtorch computes on; TorchSharp itself does not ask it.</summary>
internal static unsafe class CudaDriver
{
    // NVIDIA, "CUDA Driver API", CUdevice_attribute: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR.
    private const int ComputeCapabilityMajor = 75;

    // The driver is there wherever libtorch sees a GPU.
    private static readonly Lazy<nint> s_driver = new(() => NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1"));

    /// <summary>The generation of a GPU: 7 for Volta and Turing, 8 for Ampere and Ada, 9 for Hopper.</summary>
    public static int GetGeneration(Device device)
    {
        const string function = "cuDeviceGetAttribute";
        int generation, result = ((delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(s_driver.Value, function))(&generation, ComputeCapabilityMajor, Math.Max(0, device.index));
        return result == 0 ? generation
            : throw new InvalidOperationException($"The NVIDIA driver's {function} failed with error {result} (CUresult). Check the driver with nvidia-smi, or use ComputeDevice.Cpu.");
    }
}
