using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Turns images of cells, or vectors of grey levels, into vectors of floats in [-1, 1]; see <see cref="DeepYeastPreprocessingEstimator"/>.</summary>
public sealed class DeepYeastPreprocessingTransformer : CellTransformer
{
    internal const string LoaderSignature = "DeepYeastPreprocess";
    internal static readonly ComponentFormat Format = new("DPYPREPR", LoaderSignature);

    // Far more than any microscope has; a bound on what a damaged file can make us allocate.
    private const int MaximumChannels = 1024;

    private readonly DeepYeastPreprocessingEstimator.Options _options;

    internal DeepYeastPreprocessingTransformer(IHostEnvironment environment, DeepYeastPreprocessingEstimator.Options options) : base(environment) => _options = options;

    private protected override IDataView CreateView(IDataView input) => RowView.Create(Host, this, input, Bind);

    private protected override IRowToRowMapper CreateMapper(DataViewSchema inputSchema) => RowView.CreateMapper(Host, this, inputSchema, Bind);

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
    {
        writer.Write(_options.InputColumnName);
        writer.Write(_options.OutputColumnName);
        writer.Write(_options.PathColumnName);
        writer.Write(_options.Channels.Count);
        foreach (ImageChannel channel in _options.Channels)
            writer.Write((int)channel);
        writer.Write(_options.Height);
        writer.Write(_options.Width);
        writer.Write((int)_options.Sizing);
        writer.Write((int)_options.Contrast);
        writer.Write(_options.LowPercentile);
        writer.Write(_options.HighPercentile);
        writer.Write((int)_options.Layout);
    });

    internal static DeepYeastPreprocessingTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        var options = new DeepYeastPreprocessingEstimator.Options
        {
            InputColumnName = reader.ReadString(),
            OutputColumnName = reader.ReadString(),
            PathColumnName = reader.ReadString(),
            Channels = ReadChannels(reader),
            Height = reader.ReadInt32(),
            Width = reader.ReadInt32(),
            Sizing = (CellSizing)reader.ReadInt32(),
            Contrast = (CellContrast)reader.ReadInt32(),
            LowPercentile = reader.ReadDouble(),
            HighPercentile = reader.ReadDouble(),
            Layout = (CellLayout)reader.ReadInt32(),
        };
        NetworkStream.RequireValid(options.Validate);
        return new(environment, options);
    }

    private static ImageChannel[] ReadChannels(ComponentReader reader)
    {
        int count = reader.ReadInt32();
        if (count is < 1 or > MaximumChannels)
            throw NetworkStream.Damaged($"{count} channels are preprocessed");
        return [.. Enumerable.Range(0, count).Select(_ => (ImageChannel)reader.ReadInt32())];
    }

    private BoundPreprocessing Bind(DataViewSchema schema) => new(_options, schema);

    /// <summary>The preprocessing for data of one schema.</summary>
    private sealed class BoundPreprocessing(DeepYeastPreprocessingEstimator.Options options, DataViewSchema schema) : IRowModel
    {
        private readonly DataViewSchema.Column _input = CellSource.Check(schema, options);
        private readonly DataViewSchema.Column? _path = schema.GetColumnOrNull(options.PathColumnName) is { Type: TextDataViewType } column ? column : null;

        public DataViewSchema.DetachedColumn Output { get; } = new(options.OutputColumnName,
            new VectorDataViewType(NumberDataViewType.Single, options.Shape.Channels, options.Shape.Height, options.Shape.Width));

        public IReadOnlyCollection<int> Inputs => _path is { } path ? [_input.Index, path.Index] : [_input.Index];

        public Delegate CreateGetter(DataViewRow row)
        {
            var preprocessor = new CellPreprocessor(options);
            CellSource source = CellSource.Open(row, _input, options);
            ValueGetter<ReadOnlyMemory<char>>? getPath = _path is { } path ? row.GetGetter<ReadOnlyMemory<char>>(path) : null;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, options.Shape.Size);
                try
                {
                    preprocessor.Read(source, editor.Values);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    throw new InvalidOperationException($"The cell of {Describe(row, getPath)} in column '{_input.Name}' cannot be read: {e.Message}", e);
                }
                value = editor.Commit();
            });
        }

        private static string Describe(DataViewRow row, ValueGetter<ReadOnlyMemory<char>>? getPath)
        {
            if (getPath is null)
                return $"row {row.Position}";
            ReadOnlyMemory<char> path = default;
            getPath(ref path);
            return $"row {row.Position} ('{path}')";
        }
    }
}
