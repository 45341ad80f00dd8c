using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>Getters on the output of an <see cref="IBatchModel"/>.</summary>
internal static class BatchOutput
{
    /// <summary>A getter of the whole output as a vector.</summary>
    public static ValueGetter<VBuffer<float>> CreateVectorGetter(Func<ReadOnlyMemory<float>> current) => (ref VBuffer<float> value) =>
    {
        ReadOnlySpan<float> output = current().Span;
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, output.Length);
        output.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
