// Speed, as ratios: each line runs two things in turn in this one process, on the same cells, after a warm-up, so that a machine that is
// busy or slow is so for both. Names given as arguments choose lines; --quick runs one round of each with a narrow network.
using Microsoft.ML.DeepYeast.Benchmarks;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
bool quick = args.Contains("--quick");
string[] names = [.. args.Where(arg => arg != "--quick")];

var benchmarks = new Dictionary<string, Func<bool, Comparison>>
{
    ["draw"] = DrawBenchmark.CreateCores,
    ["read"] = DrawBenchmark.CreatePreprocessed,
    ["train"] = TrainBenchmark.Create,
    ["score"] = ScoreBenchmark.Create,
};
string[] unknown = [.. names.Except(benchmarks.Keys)];
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"There is no benchmark '{string.Join("', '", unknown)}'. The benchmarks are: {string.Join(", ", benchmarks.Keys)}; --quick runs one round.");
    return 2;
}

Console.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, libtorch {torch.__version__}, {torch.get_num_threads()} threads, float32");
foreach ((string name, Func<bool, Comparison> create) in benchmarks.Where(entry => names.Length == 0 || names.Contains(entry.Key)))
{
    using Comparison comparison = create(quick);
    Console.WriteLine($"{name,-6} {comparison.Measure(quick ? 1 : 7)}");
}
return 0;
