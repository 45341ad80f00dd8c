using System.CommandLine;
using DeepYeastSamples;
using Spectre.Console;

var verbose = new Option<bool>("--verbose") { Description = "Shows where an error came from.", Recursive = true };
var root = new RootCommand("Samples of Microsoft.ML.DeepYeast: networks that tell yeast cells apart by where a protein sits. NAME -h explains a sample.")
{
    TrainSample.Command(),
    ExperimentSample.Command(),
    LearningRateSample.Command(),
    PredictSample.Command(),
    ExplainSample.Command(),
    EvaluateSample.Command(),
    ContactSheetSample.Command(),
    ClassifySample.Command(),
    FeaturesSample.Command(),
    FineTuneSample.Command(),
    SummarySample.Command(),
    CustomNetworkSample.Command(),
    verbose,
};

if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 1000;   // a file is as wide as its longest line
ParseResult parsed = root.Parse(args.Length == 0 ? ["train"] : args);
try
{
    if (parsed.Errors.Count > 0)
        throw new UserErrorException(ErrorText.Of(parsed.Errors));
    // Ctrl-C is ours (Interruption): the library's own time limit is shorter than a gradient step may take.
    return parsed.Invoke(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return Interruption.ExitCode;
}
catch (Exception error)
{
    Console.Error.WriteLine(parsed.GetValue(verbose) ? error.ToString() : ErrorText.Of(error));
    return 1;
}
