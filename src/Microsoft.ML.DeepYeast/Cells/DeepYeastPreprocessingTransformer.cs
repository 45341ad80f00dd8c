using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(DeepYeastPreprocessingTransformer), null, typeof(SignatureLoadModel),
    "DeepYeast preprocessing", DeepYeastPreprocessingTransformer.LoaderSignature)]

namespace Microsoft.ML.DeepYeast;

/// <summary>Turns images of cells, or vectors of grey levels, into vectors of floats in [-1, 1]; see <see cref="DeepYeastPreprocessingEstimator"/>.</summary>
public sealed class DeepYeastPreprocessingTransformer : ITransformer
{
    internal const string LoaderSignature = "DeepYeastPreprocess";
    private const string Signature = "DPYPREPR";

    private readonly IHost _host;
    private readonly DeepYeastPreprocessingEstimator.Options _options;

    internal DeepYeastPreprocessingTransformer(IHostEnvironment environment, DeepYeastPreprocessingEstimator.Options options)
        => (_host, _options) = (environment.Register(nameof(DeepYeastPreprocessingTransformer)), options);

    /// <summary>True: every row is treated by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Map(input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Map(new EmptyDataView(_host, inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ModelFormat.Version(Signature, LoaderSignature));
        ctx.SaveNonEmptyString(_options.InputColumnName);
        ctx.SaveNonEmptyString(_options.OutputColumnName);
        ctx.SaveString(_options.PathColumnName);
        ctx.Writer.Write(_options.Channels.Count);
        foreach (ImageChannel channel in _options.Channels)
            ctx.Writer.Write((int)channel);
        ctx.Writer.Write(_options.Height);
        ctx.Writer.Write(_options.Width);
        ctx.Writer.Write((int)_options.Sizing);
        ctx.Writer.Write((int)_options.Contrast);
        ctx.Writer.Write(_options.LowPercentile);
        ctx.Writer.Write(_options.HighPercentile);
        ctx.Writer.Write((int)_options.Layout);
    }

    internal static DeepYeastPreprocessingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelFormat.Check(ctx, Signature, LoaderSignature);
        var options = new DeepYeastPreprocessingEstimator.Options
        {
            InputColumnName = ctx.LoadNonEmptyString(),
            OutputColumnName = ctx.LoadNonEmptyString(),
            PathColumnName = ctx.LoadString(),
            Channels = ReadChannels(ctx.Reader),
            Height = ctx.Reader.ReadInt32(),
            Width = ctx.Reader.ReadInt32(),
            Sizing = (CellSizing)ctx.Reader.ReadInt32(),
            Contrast = (CellContrast)ctx.Reader.ReadInt32(),
            LowPercentile = ctx.Reader.ReadDouble(),
            HighPercentile = ctx.Reader.ReadDouble(),
            Layout = (CellLayout)ctx.Reader.ReadInt32(),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"The model file is damaged: {e.Message}", e);
        }
        return new(env, options);
    }

    private static ImageChannel[] ReadChannels(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count is < 1 or > MaximumChannels)
            throw new FormatException($"The model file is damaged: {count} channels are preprocessed.");
        return [.. Enumerable.Range(0, count).Select(_ => (ImageChannel)reader.ReadInt32())];
    }

    // Far more than any microscope has; a bound on what a damaged file can make us allocate.
    private const int MaximumChannels = 1024;

    private RowToRowMapperTransform Map(IDataView input) => new(_host, input, new Mapper(this, input.Schema), schema => new Mapper(this, schema));

    private sealed class Mapper : IRowMapper
    {
        private readonly DeepYeastPreprocessingTransformer _parent;
        private readonly DataViewSchema.Column _input;
        private readonly DataViewSchema.Column? _path;

        public Mapper(DeepYeastPreprocessingTransformer parent, DataViewSchema schema)
        {
            _parent = parent;
            _input = CellSource.Check(schema, parent._options);
            _path = schema.GetColumnOrNull(parent._options.PathColumnName) is { Type: TextDataViewType } column ? column : null;
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
        {
            CellShape shape = _parent._options.Shape;
            return [new(_parent._options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width))];
        }

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            => column => activeOutput(0) && (column == _input.Index || column == _path?.Index);

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            if (!activeOutput(0))
                return [null!];
            var preprocessor = new CellPreprocessor(_parent._options);
            CellSource source = CellSource.Open(input, _input, _parent._options);
            ValueGetter<ReadOnlyMemory<char>>? getPath = _path is { } path ? input.GetGetter<ReadOnlyMemory<char>>(path) : null;
            return
            [
                (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
                {
                    VBufferEditor<float> editor = VBufferEditor.Create(ref value, _parent._options.Shape.Size);
                    try
                    {
                        preprocessor.Read(source, editor.Values);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        throw new InvalidOperationException($"The cell of {Row(input, getPath)} in column '{_input.Name}' cannot be read: {e.Message}", e);
                    }
                    value = editor.Commit();
                }),
            ];
        }

        public ITransformer GetTransformer() => _parent;

        // Only ML.NET's legacy saving of views asks for this; Model.Save saves transformers.
        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("A view of preprocessed cells cannot be saved; save the transformer.");

        private static string Row(DataViewRow row, ValueGetter<ReadOnlyMemory<char>>? getPath)
        {
            if (getPath is null)
                return $"row {row.Position}";
            ReadOnlyMemory<char> path = default;
            getPath(ref path);
            return $"row {row.Position} ('{path}')";
        }
    }
}
