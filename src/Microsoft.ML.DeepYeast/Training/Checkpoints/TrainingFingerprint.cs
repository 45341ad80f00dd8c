using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>What two trainings must have in common for one to go on where the other stopped: each thing by name, in a form that can be compared.</summary>
internal static class TrainingFingerprint
{
    private const int ShownBytes = 8;

    public static Dictionary<string, string> Of(
        DeepYeastTrainer.Options options, NetworkGraph graph, ClassLabels labels, Precision precision, IReadOnlyList<double>? classWeights, TrainingCells cells, int[] trainingRows,
        TrainingCells? validation)
        => new()
        {
            ["the network"] = $"{graph.Name} {Short(NetworkStream.GraphOf(graph))}",
            ["option StartingNetwork"] = options.StartingNetwork is null ? "null" : Short(NetworkStream.Hash(options.StartingNetwork)),
            ["option FreezeThrough"] = options.FreezeThrough ?? "null",
            ["the list of classes"] = labels.Names is null ? Text(labels.Count) : string.Join(", ", labels.Names),
            ["the training data"] = Describe(cells),
            ["the choice of training rows"] = Short(MemoryMarshal.AsBytes(trainingRows.AsSpan())),
            ["the validation data"] = validation is null ? "none" : validation == cells ? "set aside" : Describe(validation),
            ["option Epochs"] = Text(options.Epochs),
            ["option BatchSize"] = Text(options.BatchSize),
            ["option LearningRate"] = Text(options.LearningRate),
            ["option Optimizer"] = Json(options.Optimizer),
            ["option Schedule"] = Json(options.Schedule),
            ["option EarlyStopping"] = Json(options.EarlyStopping),
            ["option Selection"] = $"{options.Selection}",
            ["option Augmentation"] = Json(options.Augmentation),
            ["option MixupAlpha"] = Text(options.MixupAlpha),
            ["option LabelSmoothing"] = Text(options.LabelSmoothing),
            ["option ClassWeights"] = classWeights is null ? "none" : string.Join(" ", classWeights.Select(Text)),
            ["option GradientClipNorm"] = options.GradientClipNorm is { } norm ? Text(norm) : "null",
            ["option WeightAverageDecay"] = Text(options.WeightAverageDecay),
            ["option ValidationFraction"] = Text(options.ValidationFraction),
            ["option Statistics"] = $"{options.Statistics}",
            ["the precision"] = $"{precision}",
        };

    /// <exception cref="InvalidOperationException">The two differ; the message says in what.</exception>
    public static void RequireEqual(string checkpoint, CheckpointManifest manifest, int seed, IReadOnlyDictionary<string, string> now)
    {
        IReadOnlyDictionary<string, string> then = manifest.Settings;
        string[] differences = [.. manifest.Seed == seed ? Array.Empty<string>() : [$"the seed was {manifest.Seed} and is {seed}"], .. now.Keys.Union(then.Keys).Where(name => then.GetValueOrDefault(name) != now.GetValueOrDefault(name))
            .Select(name => $"{name} was {then.GetValueOrDefault(name, "not there")} and is {now.GetValueOrDefault(name, "not there")}")];
        if (differences.Length > 0)
        {
            throw new InvalidOperationException(
                $"The training cannot go on from '{checkpoint}': {string.Join("; ", differences)}. Set these as they were, or begin anew with another {nameof(DeepYeastTrainer.Options.CheckpointFolder)}.");
        }
    }

    private static string Describe(TrainingCells cells) => $"{Text(cells.Count)} cells {Short(cells.Hash())}";

    private static string Short(ReadOnlySpan<byte> data) => Convert.ToHexString(SHA256.HashData(data), 0, ShownBytes).ToLowerInvariant();

    private static string Json(object? settings) => settings is null ? "null" : $"{settings.GetType().Name} {JsonSerializer.Serialize(settings, settings.GetType())}";

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
