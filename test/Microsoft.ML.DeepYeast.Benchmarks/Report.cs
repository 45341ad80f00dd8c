using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>Runs benchmarks and tells what they found, on the console and in a file.</summary>
internal static class Report
{
    private const int Rounds = 7;
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static int Run(string[] names, bool quick, FileInfo? json)
    {
        TorchLibrary.EnsureLoaded();
        bool hasGpu = torch.cuda.is_available();
        string machine = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, " +
            $"{(Processor.HasBFloat16 ? "with" : "without")} bfloat16 instructions, libtorch {torch.__version__}, {torch.get_num_threads()} threads{(hasGpu ? ", CUDA" : "")}";
        Console.WriteLine(machine);
        var figures = new Dictionary<string, Figure>();
        foreach ((string name, Func<bool, IMeasurement> create) in Benchmarks.All.Where(entry => names.Length == 0 ? hasGpu || !entry.Key.StartsWith(GpuBenchmarks.Prefix, StringComparison.Ordinal) : names.Contains(entry.Key)))
        {
            using IMeasurement measurement = create(quick);
            figures[name] = measurement.Measure(quick ? 1 : Rounds);
            Console.WriteLine($"{name,-16} {figures[name]}");
        }
        if (json is not null)
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(new { machine, quick, figures }, s_indented));
        return 0;
    }
}
