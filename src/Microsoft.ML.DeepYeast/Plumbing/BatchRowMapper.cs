using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>An <see cref="IBatchModel"/> on one row at a time, as a prediction engine runs it.</summary>
internal sealed class BatchRowMapper(ITransformer transformer, IBatchModel model, DataViewSchema schema) : IRowMapper
{
    private readonly DataViewSchema.Column _input = model.FindInput(schema);

    /// <summary>The mapper as an engine takes it.</summary>
    public static IRowToRowMapper Create(IHost host, ITransformer transformer, IBatchModel model, DataViewSchema schema)
        => new RowToRowMapperTransform(host, new EmptyDataView(host, schema), new BatchRowMapper(transformer, model, schema),
            other => new BatchRowMapper(transformer, model, other));

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        => column => column == _input.Index && Enumerable.Range(0, GetOutputColumns().Length).Any(activeOutput);

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => model.CreateOutputColumns(schema);

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
    {
        disposer = null;
        int columns = GetOutputColumns().Length;
        if (!Enumerable.Range(0, columns).Any(activeOutput))
            return new Delegate[columns];

        ValueGetter<VBuffer<float>> getInput = input.GetGetter<VBuffer<float>>(_input);
        float[] values = new float[model.InputSize], output = new float[model.OutputSize];
        VBuffer<float> buffer = default;
        long position = -1;

        ReadOnlyMemory<float> Current()
        {
            if (position != input.Position)
            {
                getInput(ref buffer);
                FeatureValues.CopyTo(buffer, values, _input, input);
                model.Score(values, 1, output);
                position = input.Position;
            }
            return output;
        }
        return [.. Enumerable.Range(0, columns).Select(column => activeOutput(column) ? model.CreateGetter(column, Current) : null!)];
    }

    public ITransformer GetTransformer() => transformer;

    // Only ML.NET's legacy saving of views asks for this; Model.Save saves transformers.
    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("A view of predictions cannot be saved; save the transformer.");
}
