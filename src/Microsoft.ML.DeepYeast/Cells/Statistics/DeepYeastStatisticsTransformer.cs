using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Adds simple statistics of cells as a column; see <see cref="DeepYeastStatisticsEstimator"/>.</summary>
public sealed class DeepYeastStatisticsTransformer : CellTransformer
{
    internal const string LoaderSignature = "DeepYeastStatistics";
    internal static readonly ComponentFormat Format = new("DPYSTATS", LoaderSignature);

    private readonly string _outputColumnName;
    private readonly string _inputColumnName;

    internal DeepYeastStatisticsTransformer(IHostEnvironment environment, string outputColumnName, string inputColumnName) : base(environment)
        => (_outputColumnName, _inputColumnName) = (outputColumnName, inputColumnName);

    private protected override IDataView CreateView(IDataView input) => RowView.Create(Host, this, input, Bind);

    private protected override IRowToRowMapper CreateMapper(DataViewSchema inputSchema) => RowView.CreateMapper(Host, this, inputSchema, Bind);

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
    {
        writer.Write(_outputColumnName);
        writer.Write(_inputColumnName);
    });

    internal static DeepYeastStatisticsTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        string outputColumnName = reader.ReadString(), inputColumnName = reader.ReadString();
        return new(environment, outputColumnName, inputColumnName);
    }

    private BoundStatistics Bind(DataViewSchema schema)
    {
        (DataViewSchema.Column input, CellShape shape) = FeatureColumn.Find(schema, _inputColumnName);
        return new(_outputColumnName, input, shape);
    }

    /// <summary>The statistics for data of one schema.</summary>
    private sealed class BoundStatistics(string outputColumnName, DataViewSchema.Column input, CellShape shape) : IRowModel
    {
        public DataViewSchema.DetachedColumn Output { get; } = SlotNames.Floats(outputColumnName, CellStatistics.Names(shape.Channels));

        public IReadOnlyCollection<int> Inputs => [input.Index];

        public Delegate CreateGetter(DataViewRow row)
        {
            var statistics = new CellStatistics(shape);
            float[] cell = new float[shape.Size];
            int count = ((VectorDataViewType)Output.Type).Size;
            ValueGetter<VBuffer<float>> getCell = row.GetGetter<VBuffer<float>>(row.Schema[input.Index]);
            VBuffer<float> buffer = default;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                getCell(ref buffer);
                FeatureValues.CopyTo(buffer, cell, input, row);
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, count);
                statistics.Measure(cell, editor.Values);
                value = editor.Commit();
            });
        }
    }
}
