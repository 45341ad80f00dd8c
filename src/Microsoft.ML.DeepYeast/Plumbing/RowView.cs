using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>One added column, computed from a row by itself.</summary>
internal interface IRowModel
{
    /// <summary>The column that is added.</summary>
    DataViewSchema.DetachedColumn Output { get; }

    /// <summary>Indices of the columns that it is computed from.</summary>
    IReadOnlyCollection<int> Inputs { get; }

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the added column.</summary>
    Delegate CreateGetter(DataViewRow row);
}

/// <summary>Data views and row mappers around an <see cref="IRowModel"/>.</summary>
internal static class RowView
{
    /// <summary>The view with the column added.</summary>
    /// <param name="host">The transformer's host.</param>
    /// <param name="transformer">The transformer.</param>
    /// <param name="input">The source.</param>
    /// <param name="bind">Makes the model for a schema, or throws where a column is missing or of another type.</param>
    public static IDataView Create(IHost host, ITransformer transformer, IDataView input, Func<DataViewSchema, IRowModel> bind)
        => new RowToRowMapperTransform(host, input, new Mapper(transformer, bind(input.Schema)), schema => new Mapper(transformer, bind(schema)));

    /// <summary>The mapper that a prediction engine runs.</summary>
    public static IRowToRowMapper CreateMapper(IHost host, ITransformer transformer, DataViewSchema schema, Func<DataViewSchema, IRowModel> bind)
        => (IRowToRowMapper)Create(host, transformer, new EmptyDataView(host, schema), bind);

    private sealed class Mapper(ITransformer transformer, IRowModel model) : IRowMapper
    {
        public DataViewSchema.DetachedColumn[] GetOutputColumns() => [model.Output];

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput) => column => activeOutput(0) && model.Inputs.Contains(column);

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            return [activeOutput(0) ? model.CreateGetter(input) : null!];
        }

        public ITransformer GetTransformer() => transformer;

        // Only ML.NET's legacy saving of views asks for this; Model.Save saves transformers.
        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("A view cannot be saved; save the transformer.");
    }
}
