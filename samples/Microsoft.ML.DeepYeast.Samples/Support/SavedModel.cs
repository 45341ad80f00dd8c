using Microsoft.ML;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

internal static class SavedModel
{
    /// <summary>Loads a saved pipeline; all that it takes is an MLContext.</summary>
    /// <exception cref="UserErrorException">There is no such file, or it is not a model.</exception>
    public static ITransformer Load(MLContext mlContext, string path, out DataViewSchema? inputSchema)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"There is no model '{path}'.");
        try
        {
            return mlContext.Model.Load(path, out inputSchema);
        }
        catch (Exception e)
        {
            throw new UserErrorException($"'{path}' cannot be loaded as a model: {ErrorText.Of(e)}", e);
        }
    }

    /// <summary>The network inside a saved pipeline.</summary>
    /// <exception cref="UserErrorException">There is no such file, or no network in it.</exception>
    public static Network LoadNetwork(string path)
    {
        ITransformer model = Load(new MLContext(), path, out _);
        try
        {
            return Network.Of(model);
        }
        catch (ArgumentException e)
        {
            throw new UserErrorException($"'{path}' has no network of this library in it.", e);
        }
    }
}
