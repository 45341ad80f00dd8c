using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>
/// Where tensors that are filled at random on a device take their numbers from. On a CPU that is a generator of its own. For a GPU TorchSharp 0.107 makes none, so
/// there it is libtorch's own, which all that runs in the process shares: trainings at the same time draw at random, but not the same numbers again.
/// </summary>
internal sealed class TorchRandom : IDisposable
{
    public TorchRandom(Device device, long seed = 0)
    {
        Generator = device.type == DeviceType.CPU ? new Generator((ulong)seed, device) : null;
        Restart(seed);
    }

    /// <summary>What TorchSharp's functions take; null for libtorch's own of the device.</summary>
    public Generator? Generator { get; }

    /// <summary>Begins anew with the numbers of a seed. A GPU is not waited for.</summary>
    public void Restart(long seed)
    {
        if (Generator is null)
            cuda.manual_seed_all(seed);
        else
            Generator.manual_seed(seed);
    }

    public void Dispose() => Generator?.Dispose();
}
