using Microsoft.ML.DeepYeast.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Batches that are computed at the same time share the cores.</summary>
[TestClass]
[DoNotParallelize]   // others compute, too
public sealed class ComputeThreadsTests
{
    private const int Set = 8;

    [TestMethod]
    public void Share_SeveralScopesAtOnce_DividesAndGivesBack() => OnANewThread(() =>
    {
        SetByTheApplication();
        using (ComputeThreads.Share(null))
        {
            Assert.AreEqual(Set, get_num_threads());
            using (ComputeThreads.Share(null))
                Assert.AreEqual(Set / 2, get_num_threads());
            Assert.AreEqual(Set, get_num_threads());
        }
        Assert.AreEqual(Set, get_num_threads());
    });

    // libtorch gives a new thread the number that any other has set last: here one's share.
    [TestMethod]
    public void Share_ThreadThatBeginsWhileOthersHaveShares_GetsItsPartOfAll()
    {
        int all = 0, second = 0;
        OnANewThread(() =>
        {
            using ComputeThreads.Scope first = ComputeThreads.Share(null);
            all = get_num_threads();
            using ComputeThreads.Scope other = ComputeThreads.Share(1);
            OnANewThread(() =>
            {
                using (ComputeThreads.Take(null))
                    second = get_num_threads();
            });
        });

        Assert.AreEqual(all, second);
    }

    [TestMethod]
    public void Share_MoreScopesThanThreads_LeavesEachOne() => OnANewThread(() =>
    {
        SetByTheApplication();
        var scopes = new Stack<ComputeThreads.Scope>(Enumerable.Range(0, 2 * Set).Select(_ => ComputeThreads.Share(null)));

        Assert.AreEqual(1, get_num_threads());

        while (scopes.TryPop(out ComputeThreads.Scope scope))
            scope.Dispose();
        Assert.AreEqual(Set, get_num_threads());
    });

    [TestMethod]
    public void Take_AroundAShare_IsGivenBackAfterIt() => OnANewThread(() =>
    {
        using ComputeThreads.Scope training = ComputeThreads.Take(3);

        using (ComputeThreads.Share(null))
            Assert.AreEqual(1, get_num_threads());

        Assert.AreEqual(3, get_num_threads());
    });

    [TestMethod]
    public void Take_WhileOthersCompute_KeepsItsNumber() => OnANewThread(() =>
    {
        SetByTheApplication();
        using ComputeThreads.Scope other = ComputeThreads.Share(Set);
        using ComputeThreads.Scope training = ComputeThreads.Take(null);

        Assert.AreEqual(Set, get_num_threads());
    });

    [TestMethod]
    public void Fit_Threads_ComputesWithThemAndGivesTheCallersBack() => OnANewThread(() =>
    {
        SetByTheApplication();
        int during = 0;

        Tiny.Fit(new MLContext(seed: 1), change: options =>
        {
            options.Threads = 3;
            options.ProgressCallback = report => during = report.Phase == TrainingPhase.Training ? get_num_threads() : during;
        });

        Assert.AreEqual(3, during);
        Assert.AreEqual(Set, get_num_threads());
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

    // An application's own number counts once this thread has computed: before, it cannot be told from what other threads have set.
    private static void SetByTheApplication()
    {
        using (ComputeThreads.Take(1))
        {
        }
        set_num_threads(Set);
    }

    private static void OnANewThread(Action action)
    {
        Exception? error = null;
        int before = get_num_threads();
        var thread = new Thread(() =>
        {
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
