using Microsoft.ML;
using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

internal static class SavedModel
{
    /// <summary>Where the samples save and look for a model unless they are told otherwise.</summary>
    public const string DefaultPath = "models/deepyeast.zip";

    /// <summary>Loads a saved pipeline; all that it takes is an MLContext.</summary>
    /// <exception cref="UserErrorException">There is no such file, or it is not a model.</exception>
    public static ITransformer Load(MLContext mlContext, string path, out DataViewSchema? inputSchema)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"There is no model '{path}'. The sample 'train' makes one.");
        try
        {
            return mlContext.Model.Load(path, out inputSchema);
        }
        catch (Exception e)
        {
            throw new UserErrorException($"'{path}' cannot be loaded as a model: {ErrorText.Of(e)}", e);
        }
    }

    /// <summary>The network inside a saved pipeline. Where the samples' own is not there yet, it is trained first, on drawn cells of the 12 main classes.</summary>
    /// <exception cref="UserErrorException">There is no such file, or no network in it.</exception>
    public static Network LoadNetwork(string path)
    {
        if (path == DefaultPath && !File.Exists(path))
        {
            AnsiConsole.WriteLine($"There is no model '{path}' yet. First the sample 'train' makes one.");
            TrainSample.Command().Parse([]).Invoke(new() { EnableDefaultExceptionHandler = false });
            AnsiConsole.WriteLine();
        }
        return StepOf(path, Network.Of);
    }

    /// <summary>The classifier inside a saved pipeline.</summary>
    /// <exception cref="UserErrorException">There is no such file, or no classifier in it.</exception>
    public static DeepYeastPredictionTransformer LoadClassifier(string path) => StepOf(path, DeepYeastPredictionTransformer.Of);

    private static T StepOf<T>(string path, Func<ITransformer, T> find)
    {
        ITransformer model = Load(new MLContext(), path, out _);
        try
        {
            return find(model);
        }
        catch (ArgumentException e)
        {
            throw new UserErrorException($"'{path}' has no network of this library in it.", e);
        }
    }
}
