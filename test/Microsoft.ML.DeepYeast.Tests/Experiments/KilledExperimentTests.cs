using System.Text.Json;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// kill -9 at random moments of an experiment, again and again: nothing that a trial had come to is lost, no trial that had ended is run again, and none is tried twice. A few times on small
/// cells, or, where tests may be long, twenty times on real ones.
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
        var judged = new Dictionary<string, string[]>();   // its results so far, with the time of each
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
                string[] results = Judged(text);
                if (judged.TryGetValue(path, out string[]? earlier))
                    CollectionAssert.AreEqual(earlier, results.Take(earlier.Length).ToArray(), $"after {killed} kills");
                judged[path] = results;
            }
        }

        string[] lines = File.ReadAllLines(output);
        TestContext.WriteLine($"{killed} kills.\n{string.Join("\n", lines)}");
        Assert.IsTrue(realCells ? killed == kills : killed > 0, $"{killed} kills");
        Assert.AreEqual("refitted True", lines[^1]);
        CollectionAssert.AreEqual(new[] { "1", "2", "3", "4", "5", "6" }, lines[..^1].Select(line => line.Split(',')[0]).ToArray());
        Assert.IsTrue(lines[..^1].All(line => line.EndsWith(',')), "None failed.");
        Assert.IsTrue(lines[..^1].Any(line => line.Split(',')[2] == "True"));
        Assert.IsNotEmpty(ended);
        Assert.IsTrue(judged.Values.Any(results => results.Length > 1));
        string[] kinds = [.. KilledExperiment.TrialFiles(experiment).Values.Select(KindOf)];
        Assert.HasCount(kinds.Length, kinds.Distinct().ToArray(), string.Join("\n", kinds));
    }

    // A baseline has one result, a training the last of three.
    private static bool HasEnded(string json)
    {
        JsonElement trial = JsonDocument.Parse(json).RootElement;
        int results = trial.GetProperty("Results").GetArrayLength();
        return results > 0 && (trial.GetProperty("Settings").ValueKind == JsonValueKind.Null || results == 3);
    }

    // What was cut short on the way to a rung is replaced later.
    private static string[] Judged(string json)
    {
        JsonElement trial = JsonDocument.Parse(json).RootElement;
        bool isBaseline = trial.GetProperty("Settings").ValueKind == JsonValueKind.Null;
        return [.. trial.GetProperty("Results").EnumerateArray().Where(result => isBaseline || result.GetProperty("Rung").ValueKind != JsonValueKind.Null).Select(result => result.GetRawText())];
    }

    // The number of epochs is fitted to the time.
    private static string KindOf(string json)
    {
        JsonElement trial = JsonDocument.Parse(json).RootElement, settings = trial.GetProperty("Settings");
        IEnumerable<JsonProperty> properties = settings.ValueKind == JsonValueKind.Null ? [] : settings.EnumerateObject().Where(property => property.Name != "Epochs");
        return $"{trial.GetProperty("Trainer")} {trial.GetProperty("Input")} {string.Join(", ", properties)}";
    }
}
