using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>libtorch's one switch for rounded products, which several computations share.</summary>
[TestClass]
public sealed class ProductRoundingTests
{
    [TestMethod]
    public void Enter_ExactBesideRounding_IsExactUntilItsEndAndRestoresWhatWasSet()
    {
        TorchLibrary.EnsureLoaded();
        (bool, bool) before = Switches();
        try
        {
            (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (true, false);

            using (ProductRounding.Scope rounding = ProductRounding.Enter(exact: false))
            {
                Assert.AreEqual((true, true), Switches());
                using (ProductRounding.Scope exact = ProductRounding.Enter(exact: true))
                    Assert.AreEqual((false, false), Switches());
                Assert.AreEqual((true, true), Switches());
            }
            Assert.AreEqual((true, false), Switches());
        }
        finally
        {
            (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = before;
        }
    }

    [TestMethod]
    public void Enter_OnACpu_LeavesTheSwitches()
    {
        TorchLibrary.EnsureLoaded();
        (bool, bool) before = Switches();

        using ProductRounding.Scope scope = ProductRounding.Enter(Precision.Full, CPU);

        Assert.AreEqual(before, Switches());
    }

    private static (bool Convolutions, bool Matrices) Switches() => (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
}
