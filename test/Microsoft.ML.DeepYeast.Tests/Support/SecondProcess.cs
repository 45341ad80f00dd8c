using System.Diagnostics;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Scores cells with a saved model in a process of its own, whose MLContext nobody has told of this library.</summary>
internal static class SecondProcess
{
    public const string Verb = "--score-in-second-process";

    /// <summary>Starts this program once more and gives the scores that it computes for the rows.</summary>
    public static float[][] Score(string modelPath, IReadOnlyList<Tiny.Row> rows, TemporaryFolder folder)
    {
        string input = folder.File("cells.bin"), output = folder.File("scores.bin");
        using (var writer = new BinaryWriter(File.Create(input)))
        {
            foreach (float value in rows.SelectMany(row => row.Features))
                writer.Write(value);
        }
        ProcessStartInfo start = StartInfo(Verb, modelPath, input, output);
        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, text + errors.Result);

        using var reader = new BinaryReader(File.OpenRead(output));
        return [.. rows.Select(_ => Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadSingle()).ToArray())];
    }

    /// <summary>How this program is started once more; what it prints is kept.</summary>
    public static ProcessStartInfo StartInfo(params string[] arguments)
    {
        string host = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] program = isDotnet ? ["exec", typeof(SecondProcess).Assembly.Location] : [];
        return new(host, [.. program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
    }

    /// <summary>What the second process does. No type of the library is named here: ML.NET must find it by the model file alone.</summary>
    public static int Run(string[] args)
    {
        float[] values;
        using (var reader = new BinaryReader(File.OpenRead(args[2])))
            values = [.. Enumerable.Range(0, (int)(reader.BaseStream.Length / sizeof(float))).Select(_ => reader.ReadSingle())];

        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(args[1], out _);
        IDataView cells = mlContext.Data.LoadFromEnumerable(values.Chunk(2 * 8 * 8).Select(features => new Tiny.Row { Features = features, Label = "red" }));
        using var writer = new BinaryWriter(File.Create(args[3]));
        foreach (float[] scores in model.Transform(cells).GetColumn<float[]>("Score"))
        {
            writer.Write(scores.Length);
            foreach (float score in scores)
                writer.Write(score);
        }
        return 0;
    }
}
