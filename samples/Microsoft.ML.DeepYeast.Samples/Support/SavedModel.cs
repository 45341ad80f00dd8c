using Microsoft.ML;

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
}
