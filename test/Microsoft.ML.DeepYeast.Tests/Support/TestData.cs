namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Real cells and Keras's figures, which are not part of the repository.</summary>
internal static class TestData
{
    private const string Variable = "DEEPYEAST_TEST_DATA";

    /// <summary>The path of a file or folder of the test data. Without it the test is inconclusive, or, where CI is "true", fails.</summary>
    public static string Path(string relative)
    {
        string path = System.IO.Path.Combine(Root(), relative);
        if (File.Exists(path) || Directory.Exists(path))
            return path;
        string message = $"There is no {path}. Set {Variable} to the folder of the test data.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(message);
        Assert.Inconclusive(message);
        return path;
    }

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root)
            return root;
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "Microsoft.ML.DeepYeast.sln")))
            folder = System.IO.Path.GetDirectoryName(folder);
        return System.IO.Path.Combine(folder ?? ".", "..", "shared", "data");
    }
}
