// Speed, as ratios: each line runs two things in turn in this one process, on the same cells, after a warm-up, so that a machine that is
// busy or slow is so for both.
using System.CommandLine;
using System.Globalization;
using Microsoft.ML.DeepYeast.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

if (ProcessBenchmarks.TryRunChild(args))
    return 0;

var names = new Argument<string[]>("name") { Description = $"Which to run: {string.Join(", ", Benchmarks.All.Keys)}. [default: all]", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. Benchmarks.All.Keys]);
var quick = new Option<bool>("--quick") { Description = "One round of each, with few cells and narrow networks: shows that they run, not how fast." };
var json = new Option<FileInfo?>("--json") { Description = "Also write the figures to this file.", HelpName = "FILE" };
var command = new RootCommand("Measures the library against other ways to do the same work, side by side.") { names, quick, json };
command.SetAction(parsed => Report.Run(parsed.GetValue(names)!, parsed.GetValue(quick), parsed.GetValue(json)));
return command.Parse(args).Invoke();
