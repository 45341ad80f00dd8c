using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Torch;

/// <summary>Loads the native library, and says what is wrong where it does not load.</summary>
internal static class TorchLibrary
{
    private static int s_loaded;

    /// <exception cref="DllNotFoundException">libtorch, or a C++ runtime new enough for it, is missing; the first sentence says which and what to install.</exception>
    public static void EnsureLoaded()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or InvalidOperationException or DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(Explain(LoaderMessage()), e);
        }
        if (Interlocked.Exchange(ref s_loaded, 1) == 0)
            NativeHeap.KeepBlocks();
    }

    /// <summary>The cause behind what the loader says, in one sentence, and the cure.</summary>
    internal static string Explain(string loaderMessage)
    {
        if (loaderMessage.Contains("GLIBCXX_", StringComparison.Ordinal))
            return "libstdc++ is too old for TorchSharp, which needs GLIBCXX_3.4.32 (GCC 13): install libstdc++6 of GCC 13 or newer " +
                "(Debian 13 and Ubuntu 24.04 have it; on Debian 12 take libstdc++6 from Debian 13, on Ubuntu 22.04 from the toolchain PPA).";
        return "libtorch is missing: add the NuGet package TorchSharp-cpu (or TorchSharp-cuda-linux, TorchSharp-cuda-windows) of " +
            $"TorchSharp's version to the application. {loaderMessage}".TrimEnd();
    }

    /// <summary>What the system's loader says of TorchSharp's native part; TorchSharp's own trace leaves it out.</summary>
    private static string LoaderMessage()
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, searchPath: null));
            return "";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message;
        }
    }
}
