using Microsoft.ML.DeepYeast.Tests;

// Torch sums in an order that depends on the number of threads, and some tests compare bit for bit or count live tensors.
[assembly: DoNotParallelize]

// The contract check needs members of ML.NET that it keeps internal; so does the library, see its Plumbing folder.
[assembly: System.Runtime.CompilerServices.IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: System.Runtime.CompilerServices.IgnoresAccessChecksTo("Microsoft.ML.Data")]

return args switch
{
    [SecondProcess.Verb, ..] => SecondProcess.Run(args),
    [KilledTraining.Verb, ..] => KilledTraining.Run(args),
    [KilledExperiment.Verb, ..] => KilledExperiment.Run(args),
    _ => await MicrosoftTestingPlatformApplication.RunAsync(args),
};
