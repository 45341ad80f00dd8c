// Speed, as ratios: each line runs two things in turn in this one process, on the same cells, after a warm-up, so that a machine that is
// busy or slow is so for both.
using System.CommandLine;
using System.Globalization;
using Microsoft.ML.DeepYeast.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

if (ProcessBenchmarks.TryRunChild(args) || HalvingComparison.TryRunChild(args))
    return 0;

var names = new Argument<string[]>("name") { Description = $"Which to run: {string.Join(", ", Benchmarks.All.Keys)}. [default: all]", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. Benchmarks.All.Keys]);
var quick = new Option<bool>("--quick") { Description = "One round of each, with few cells and narrow networks: shows that they run, not how fast." };
var json = new Option<FileInfo?>("--json") { Description = "Also write the figures to this file.", HelpName = "FILE" };
var command = new RootCommand("Measures the library against other ways to do the same work, side by side.") { names, quick, json };
command.SetAction(parsed => Report.Run(parsed.GetValue(names)!, parsed.GetValue(quick), parsed.GetValue(json)));

var minutes = new Option<double>("--minutes") { Description = "Time of each search.", DefaultValueFactory = _ => 10, HelpName = "N" };
var seeds = new Option<int>("--seeds") { Description = "Searches of each kind.", DefaultValueFactory = _ => 3, HelpName = "N" };
var plot = new Option<FileInfo>("--plot") { Description = "Where the curves are drawn.", DefaultValueFactory = _ => new("halving.svg"), HelpName = "FILE.svg" };
var halving = new Command("halving", "Compares experiments with successive halving with random searches: the best validation accuracy over time.") { minutes, seeds, plot };
halving.SetAction(parsed => HalvingComparison.Run(parsed.GetValue(minutes), parsed.GetValue(seeds), parsed.GetRequiredValue(plot)));
command.Add(halving);
return command.Parse(args).Invoke();
