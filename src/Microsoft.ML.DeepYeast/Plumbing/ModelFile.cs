using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Loads model files.</summary>
internal static class ModelFile
{
    /// <summary>As ML.NET's Load, but a file that is cut short or changed gives one kind of exception, whoever notices it.</summary>
    /// <exception cref="FormatException">The file is damaged, or of a newer format.</exception>
    public static ITransformer Load(ModelOperationsCatalog catalog, string path)
    {
        try
        {
            return catalog.Load(path, out _);
        }
        catch (Exception e) when (e is TargetInvocationException or FormatException or InvalidDataException or InvalidOperationException or EndOfStreamException or ArgumentException
            || (e is FileNotFoundException && File.Exists(path)))   // the assembly that a changed byte names
        {
            Exception cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;   // ML.NET calls components by reflection
            if (cause is FormatException && cause.Message.StartsWith(NetworkStream.MessageStart, StringComparison.Ordinal))
                ExceptionDispatchInfo.Throw(cause);
            throw NetworkStream.Damaged(cause);
        }
    }
}
