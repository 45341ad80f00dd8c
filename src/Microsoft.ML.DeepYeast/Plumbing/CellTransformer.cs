using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>A step of a pipeline that adds columns to rows of cells: what all transformers of this library have in common.</summary>
public abstract class CellTransformer : ITransformer
{
    private protected CellTransformer(IHostEnvironment environment) => Host = environment.Register(GetType().Name);

    /// <summary>True: every row is treated by itself.</summary>
    public bool IsRowToRowMapper => true;

    private protected IHost Host { get; }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return CreateView(input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return CreateMapper(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Save(ctx);

    private protected abstract IDataView CreateView(IDataView input);

    private protected abstract IRowToRowMapper CreateMapper(DataViewSchema inputSchema);

    private protected abstract void Save(ModelSaveContext context);
}
