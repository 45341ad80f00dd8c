namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// kill -9 at random moments of a training, after a checkpoint of its own, again and again: the weights at the end are those of a training that was left alone. A few times on a small
/// problem, or, where tests may be long, fifty times on real cells.
/// </summary>
[TestClass]
public sealed class KilledTrainingTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Resume_AfterKillsAtRandomMoments_EndsWithTheSameBits()
    {
        (bool realCells, int kills) = LongTests.Enabled ? (true, 50) : (false, 3);
        using var folder = new TemporaryFolder();
        Assert.IsTrue(KilledTraining.Run(realCells, folder.File("whole"), folder.File("whole.bin"), killAfter: null));
        var random = new Random(5);
        int killed = 0, trainings = 0;

        while (killed < kills)
        {
            // A training that comes to its end before the last kill is checked, and another begun.
            string checkpoints = folder.File($"killed-{++trainings}"), output = folder.File($"killed-{trainings}.bin");
            bool over = false;
            while (!over)
            {
                TimeSpan? time = killed < kills ? TimeSpan.FromMilliseconds(random.Next(0, realCells ? 3000 : 300)) : null;
                over = KilledTraining.Run(realCells, checkpoints, output, time);
                killed += over ? 0 : 1;
            }
            Assert.AreSequenceEqual(File.ReadAllBytes(folder.File("whole.bin")), File.ReadAllBytes(output), $"training {trainings}, {killed} kills so far");
        }
        TestContext.WriteLine($"{killed} kills in {trainings} trainings.");
    }
}
