using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class ComputeDeviceTests
{
    [TestMethod]
    public void Fit_CudaGpuThatIsNotThere_ThrowsWithTheRemedy()
    {
        int missing = torch.cuda.is_available() ? torch.cuda.device_count() : 0;

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(new MLContext(), change: options => options.Device = ComputeDevice.Cuda(missing)));

        StringAssert.Contains(error.Message, $"CUDA GPU {missing} was asked for but libtorch sees {missing} GPUs. Reference TorchSharp-cuda-linux");
    }

    [TestMethod]
    public void Fit_MLContextNamesAMissingGpu_Throws()
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 99, FallbackToCpu = false };

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Tiny.Fit(mlContext, change: options => options.Device = ComputeDevice.Auto));

        StringAssert.Contains(error.Message, "CUDA GPU 99 was asked for");
    }

    [TestMethod]
    public void Fit_MLContextNamesAMissingGpuAndFallsBack_ComputesOnTheCpu()
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 99, FallbackToCpu = true };

        Assert.IsNotNull(Tiny.Fit(mlContext, change: options => options.Device = ComputeDevice.Auto));
    }

    [TestMethod]
    public void Cuda_NegativeIndex_Throws() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ComputeDevice.Cuda(-1));

    [TestMethod]
    public void ToString_EachKind_IsTorchsName()
        => Assert.AreEqual("auto cpu cuda:2", $"{ComputeDevice.Auto} {ComputeDevice.Cpu} {ComputeDevice.Cuda(2)}");

    [TestMethod]
    public void Explain_LoaderMissesGlibcxx_NamesLibstdcxxAndTheCure()
    {
        const string loader = "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)";

        string text = TorchLibrary.Explain(loader);

        Assert.StartsWith("libstdc++ is too old for TorchSharp, which needs GLIBCXX_3.4.32 (GCC 13)", text);
    }

    [TestMethod]
    public void Explain_NoNativeLibrary_NamesThePackageToAdd()
    {
        string text = TorchLibrary.Explain("Unable to load shared library 'LibTorchSharp'");

        Assert.StartsWith("libtorch is missing: add the NuGet package TorchSharp-cpu", text);
        StringAssert.Contains(text, "Unable to load shared library 'LibTorchSharp'");
    }
}
