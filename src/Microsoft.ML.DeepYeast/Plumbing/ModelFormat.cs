using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The version that this library's components write into model files.</summary>
internal static class ModelFormat
{
    private const uint Current = 0x00010001;

    /// <param name="signature">Eight characters that mark the component's data.</param>
    /// <param name="loaderSignature">The load name of its LoadableClass attribute, at most 24 characters.</param>
    public static VersionInfo Version(string signature, string loaderSignature) => new(
        modelSignature: signature,
        verWrittenCur: Current,
        verReadableCur: Current,
        verWeCanReadBack: Current,
        // The simple name: a full one would tie the file to this assembly's version.
        loaderAssemblyName: typeof(ModelFormat).Assembly.GetName().Name,
        loaderSignature: loaderSignature);

    /// <exception cref="FormatException">The file is of a newer format, or not this component's.</exception>
    public static void Check(ModelLoadContext context, string signature, string loaderSignature)
    {
        if (context.Header.ModelVerReadable > Current)
        {
            throw new FormatException(
                $"The model file was written by a newer Microsoft.ML.DeepYeast: {loaderSignature} has format {context.Header.ModelVerReadable:X8} and this " +
                $"version reads up to {Current:X8}. Update the package Microsoft.ML.DeepYeast.");
        }
        context.CheckAtModel(Version(signature, loaderSignature));
    }
}
