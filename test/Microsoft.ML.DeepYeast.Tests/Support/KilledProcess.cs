using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>This program once more, which can be killed at any moment.</summary>
internal static class KilledProcess
{
    /// <summary>Starts it; it ends by itself, or is killed some time after it has changed what it leaves.</summary>
    /// <param name="state">What it leaves, such as its newest file.</param>
    /// <param name="killAfter">How long after that it is killed; null to let it be.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Whether it came to its end.</returns>
    public static bool Run(Func<string> state, TimeSpan? killAfter, params string[] arguments)
    {
        using Process process = Process.Start(SecondProcess.StartInfo(arguments))!;
        Task<string> errors = process.StandardError.ReadToEndAsync(), text = process.StandardOutput.ReadToEndAsync();
        if (killAfter is { } time)
        {
            string before = state();
            while (!process.WaitForExit(milliseconds: 1) && state() == before)
            {
            }
            if (!process.WaitForExit(time))
            {
                process.Kill();
                process.WaitForExit();
                return false;
            }
        }
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, text.Result + errors.Result);
        return true;
    }
}
