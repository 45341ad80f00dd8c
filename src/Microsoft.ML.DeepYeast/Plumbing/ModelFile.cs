using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Loads model files.</summary>
internal static class ModelFile
{
    /// <summary>As ML.NET's Load, but what a component says of a damaged file comes as it is: ML.NET wraps it, since it calls components by reflection.</summary>
    public static ITransformer Load(ModelOperationsCatalog catalog, string path)
    {
        try
        {
            return catalog.Load(path, out _);
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }
}
