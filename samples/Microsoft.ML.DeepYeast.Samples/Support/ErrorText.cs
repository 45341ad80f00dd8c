using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.RegularExpressions;

namespace DeepYeastSamples;

/// <summary>What was wrong with the command line or with the files that it names; the message is all that the user needs.</summary>
internal sealed class UserErrorException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Errors in one line, for users.</summary>
internal static partial class ErrorText
{
    public static string Of(Exception error)
    {
        // These say only that something failed elsewhere: on another thread, or while a model file was taken apart.
        while (error.InnerException is not null && (error is AggregateException or TargetInvocationException || error.Message.StartsWith("Splitter/consolidator", StringComparison.Ordinal)))
            error = error.InnerException;
        string text = ForDevelopers().Replace(error.Message, "").ReplaceLineEndings(" ").Trim();
        return OptionOfTheLibrary().Replace(text, match => TrainSettings.NameOnTheCommandLine(match.Groups[1].Value) ?? ExperimentSettings.NameOnTheCommandLine(match.Groups[1].Value) ?? match.Value);
    }

    /// <summary>Of several errors the one that names an option: a misspelled one makes an error of its value as well.</summary>
    public static string Of(IEnumerable<ParseError> errors)
    {
        ParseError error = errors.FirstOrDefault(error => error.Message.Contains("'-", StringComparison.Ordinal)) ?? errors.Last();
        return $"{error.Message.Split(" as expected type")[0].ReplaceLineEndings(" ").Replace("\t", "").Trim().TrimEnd('.')}. (-h explains the options.)";
    }

    [GeneratedRegex(@"\boption (\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex OptionOfTheLibrary();

    // What .NET adds to the messages of argument errors.
    [GeneratedRegex(@" \(Parameter '[^']*'\)|\s*Actual value was .*\.")]
    private static partial Regex ForDevelopers();
}
