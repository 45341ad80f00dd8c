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
        int killed = 0;
        var trials = new Dictionary<string, TrialFile>();
        bool over = false;
        while (!over)
        {
            TimeSpan? time = killed < kills ? TimeSpan.FromMilliseconds(random.Next(0, realCells ? 4000 : 1500)) : null;
            over = KilledExperiment.Run(realCells, experiment, output, time);
            killed += over ? 0 : 1;
            foreach ((string path, string text) in KilledExperiment.TrialFiles(experiment))
            {
                TrialFile trial = TrialFile.Parse(text);
                if (trials.TryGetValue(path, out TrialFile? before))
                {
                    CollectionAssert.AreEqual(before.Judged, trial.Judged.Take(before.Judged.Length).ToArray(), $"after {killed} kills");
                    if (before.HasEnded)
                        Assert.AreEqual(before.Text, text, $"after {killed} kills");
                }
                trials[path] = trial;
            }
        }

        string[] lines = File.ReadAllLines(output);
        TestContext.WriteLine($"{killed} kills.\n{string.Join("\n", lines)}");
        Assert.IsTrue(realCells ? killed == kills : killed > 0, $"{killed} kills");
        Assert.AreEqual("refitted True", lines[^1]);
        CollectionAssert.AreEqual(new[] { "1", "2", "3", "4", "5", "6" }, lines[..^1].Select(line => line.Split(',')[0]).ToArray());
        Assert.IsTrue(lines[..^1].All(line => line.EndsWith(',')), "None failed.");
        Assert.IsTrue(lines[..^1].Any(line => line.Split(',')[2] == "True"));
        Assert.IsTrue(trials.Values.Any(trial => trial.HasEnded));
        Assert.IsTrue(trials.Values.Any(trial => trial.Judged.Length > 1));
        string[] kinds = [.. trials.Values.Select(trial => trial.Kind)];
        Assert.HasCount(kinds.Length, kinds.Distinct().ToArray(), string.Join("\n", kinds));
    }

    /// <summary>What a trial's file says.</summary>
    /// <param name="Text">All of it.</param>
    /// <param name="HasEnded">Whether nothing more is to come: a baseline has one result, a training the last of three.</param>
    /// <param name="Judged">Its results so far, with the time of each; without one that was cut short on the way to a rung, which is replaced later.</param>
    /// <param name="Kind">What is tried, but for the number of epochs, which is fitted to the time.</param>
    private sealed record TrialFile(string Text, bool HasEnded, string[] Judged, string Kind)
    {
        public static TrialFile Parse(string text)
        {
            JsonElement trial = JsonDocument.Parse(text).RootElement, settings = trial.GetProperty("Settings");
            bool isBaseline = settings.ValueKind == JsonValueKind.Null;
            JsonElement[] results = [.. trial.GetProperty("Results").EnumerateArray()];
            return new(
                text,
                results.Length == (isBaseline ? 1 : 3),
                [.. results.Where(result => isBaseline || result.GetProperty("Rung").ValueKind != JsonValueKind.Null).Select(result => result.GetRawText())],
                $"{trial.GetProperty("Trainer")} {trial.GetProperty("Input")} {string.Join(", ", isBaseline ? [] : settings.EnumerateObject().Where(property => property.Name != "Epochs"))}");
        }
    }
}
