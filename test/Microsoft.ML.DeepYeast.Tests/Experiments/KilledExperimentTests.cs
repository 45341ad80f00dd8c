using System.Text.Json;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// kill -9 at random moments of an experiment, again and again: no trial that had ended is lost or run twice. A few times on small cells, or, where tests may be long, twenty times on
/// real ones.
/// </summary>
[TestClass]
public sealed class KilledExperimentTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Execute_AfterKillsAtRandomMoments_HasEveryTrialOnce()
    {
        (bool realCells, int kills) = LongTests.Enabled ? (true, 20) : (false, 3);
        using var folder = new TemporaryFolder();
        string experiment = folder.File("experiment"), output = folder.File("runs.csv");
        var random = new Random(7);
        var ended = new Dictionary<string, string>();   // what a trial's file said once it had ended
        int killed = 0;
        bool over = false;
        while (!over)
        {
            TimeSpan? time = killed < kills ? TimeSpan.FromMilliseconds(random.Next(0, realCells ? 4000 : 1500)) : null;
            over = KilledExperiment.Run(realCells, experiment, output, time);
            killed += over ? 0 : 1;
            foreach ((string path, string text) in KilledExperiment.TrialFiles(experiment))
            {
                if (ended.TryGetValue(path, out string? before))
                    Assert.AreEqual(before, text, $"after {killed} kills");
                else if (HasEnded(text))
                    ended.Add(path, text);
            }
        }

        string[] lines = File.ReadAllLines(output);
        TestContext.WriteLine($"{killed} kills.\n{string.Join("\n", lines)}");
        Assert.IsGreaterThan(0, killed);
        Assert.AreEqual("refitted True", lines[^1]);
        CollectionAssert.AreEqual(new[] { "1", "2", "3", "4", "5", "6" }, lines[..^1].Select(line => line.Split(',')[0]).ToArray());
        Assert.IsTrue(lines[..^1].All(line => line.EndsWith(',')), "None failed.");
        Assert.IsTrue(lines[..^1].Any(line => line.Split(',')[2] == "True"));
        Assert.IsNotEmpty(ended);
    }

    // A baseline has one result, a training the last of three.
    private static bool HasEnded(string json)
    {
        JsonElement trial = JsonDocument.Parse(json).RootElement;
        int results = trial.GetProperty("Results").GetArrayLength();
        return results > 0 && (trial.GetProperty("Settings").ValueKind == JsonValueKind.Null || results == 3);
    }
}
