using System.Text.Encodings.Web;
using System.Text.Json;

namespace DeepYeastSamples;

/// <summary>Seconds that the phases of the train sample took.</summary>
internal sealed record PhaseSeconds(double Reading, double Training, double Evaluating, double Saving, double SecondProcess)
{
    public double Total => Reading + Training + Evaluating + Saving + SecondProcess;
}

/// <summary>The figures of a run as JSON, for scripts.</summary>
internal static class MetricsFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string path, object figures) => WholeFile.Write(path, file => JsonSerializer.Serialize(file, figures, Format));

    public static void Write(string path, TrainSettings settings, string network, Evaluation evaluation, PhaseSeconds seconds)
        => Write(path, new
        {
            evaluation.Accuracy,
            evaluation.MacroAccuracy,
            evaluation.LogLoss,
            evaluation.Classes,
            evaluation.Confusion,
            Seconds = seconds,
            Settings = new
            {
                settings.Data,
                settings.Label,
                settings.Split,
                settings.Test,
                Cells = settings.Data is null ? settings.Cells : (int?)null,
                settings.Recipe,
                settings.Trainer.Epochs,
                Network = network,
                Batch = settings.Trainer.BatchSize,
                settings.Trainer.LearningRate,
                Augmentation = settings.Trainer.Augmentation.ToString(),
                settings.Trainer.MixupAlpha,
                settings.Seed,
                Device = settings.Trainer.Device.ToString(),
                settings.Out,
            },
        });
}
