using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Batches that are computed at the same time share the cores.</summary>
[TestClass]
[DoNotParallelize]   // others compute, too
public sealed class ComputeThreadsTests
{
    private const int Own = 8;

    [TestMethod]
    public void Share_SeveralScopesAtOnce_DividesAndGivesBack() => OnAThreadOfItsOwn(() =>
    {
        using (ComputeThreads.Share(null))
        {
            Assert.AreEqual(Own, get_num_threads());
            OnAThreadOfItsOwn(() =>
            {
                using (ComputeThreads.Share(null))
                    Assert.AreEqual(Own / 2, get_num_threads());
                Assert.AreEqual(Own, get_num_threads());
            });
        }
        Assert.AreEqual(Own, get_num_threads());
    });

    [TestMethod]
    public void Share_MoreScopesThanThreads_LeavesEachOne() => OnAThreadOfItsOwn(() =>
    {
        var scopes = Enumerable.Range(0, 2 * Own).Select(_ => ComputeThreads.Share(null)).ToArray();

        Assert.AreEqual(1, get_num_threads());

        foreach (ComputeThreads.Scope scope in scopes)
            scope.Dispose();
        Assert.AreEqual(Own, get_num_threads());
    });

    [TestMethod]
    public void Take_WhileOthersCompute_KeepsItsNumber() => OnAThreadOfItsOwn(() =>
    {
        using ComputeThreads.Scope other = ComputeThreads.Share(null);
        using ComputeThreads.Scope training = ComputeThreads.Take(null);

        Assert.AreEqual(Own, get_num_threads());
    });

    [TestMethod]
    public void Take_ANumber_HoldsUntilTheEnd() => OnAThreadOfItsOwn(() =>
    {
        using (ComputeThreads.Take(3))
            Assert.AreEqual(3, get_num_threads());
        Assert.AreEqual(Own, get_num_threads());
    });

    [TestMethod]
    public void Fit_Threads_ComputesWithThemAndGivesTheCallersBack() => OnAThreadOfItsOwn(() =>
    {
        int during = 0;

        Tiny.Fit(new MLContext(seed: 1), change: options =>
        {
            options.Threads = 1;
            options.ProgressCallback = report => during = report.Phase == TrainingPhase.Training ? get_num_threads() : during;
        });

        Assert.AreEqual(1, during);
        Assert.AreEqual(Own, get_num_threads());
    });

    [TestMethod]
    public void Threads_NotPositive_ThrowsSayingWhatIsAllowed()
    {
        using DeepYeastPredictionTransformer model = Tiny.Fit(new MLContext(seed: 1));

        var scoring = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Threads = 0);
        var training = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tiny.Trainer(new MLContext(), options => options.Threads = -1));

        StringAssert.StartsWith(scoring.Message, "Option Threads is 0 but must be at least 1, or null for as many as there are cores.");
        StringAssert.StartsWith(training.Message, "Option Threads is -1 but must be at least 1, or null for as many as there are cores.");
    }

    // The number of threads is a setting of the thread, and tests must not leave theirs behind.
    private static void OnAThreadOfItsOwn(Action action)
    {
        Exception? error = null;
        int before = get_num_threads();
        var thread = new Thread(() =>
        {
            set_num_threads(Own);
            try
            {
                action();
            }
            catch (Exception e)
            {
                error = e;
            }
        });
        thread.Start();
        thread.Join();
        set_num_threads(before);   // also the number that new threads begin with
        if (error is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }
}
