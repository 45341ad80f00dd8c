using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Loads cells from TIFF files as vectors of floats; see <see cref="CellImageLoadingEstimator"/>.</summary>
public sealed class CellImageLoadingTransformer : CellTransformer
{
    internal const string LoaderSignature = "DeepYeastCellImages";
    internal static readonly ComponentFormat Format = new("DPYTIFFS", LoaderSignature);

    // Far more than any microscope has; a bound on what a damaged file can make us allocate.
    private const int MaximumColumns = 1024;

    private readonly CellImageLoadingEstimator.Options _options;

    internal CellImageLoadingTransformer(IHostEnvironment environment, CellImageLoadingEstimator.Options options) : base(environment) => _options = options;

    private protected override IDataView CreateView(IDataView input) => RowView.Create(Host, this, input, Bind);

    private protected override IRowToRowMapper CreateMapper(DataViewSchema inputSchema) => RowView.CreateMapper(Host, this, inputSchema, Bind);

    private protected override void Save(ModelSaveContext context) => ComponentWriter.Write(context, Format, writer =>
    {
        writer.Write(_options.InputColumnNames.Count);
        foreach (string name in _options.InputColumnNames)
            writer.Write(name);
        writer.Write(_options.OutputColumnName);
        writer.Write(_options.Shape.Channels);
        writer.Write(_options.Shape.Height);
        writer.Write(_options.Shape.Width);
        writer.Write(_options.ImageFolder ?? "");
    });

    internal static CellImageLoadingTransformer Read(IHostEnvironment environment, ComponentReader reader)
    {
        int columns = reader.ReadInt32();
        if (columns is < 1 or > MaximumColumns)
            throw NetworkStream.Damaged($"{columns} columns name its images");
        var options = new CellImageLoadingEstimator.Options
        {
            InputColumnNames = [.. Enumerable.Range(0, columns).Select(_ => reader.ReadString())],
            OutputColumnName = reader.ReadString(),
            Shape = new(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()),
            ImageFolder = reader.ReadString() is { Length: > 0 } folder ? folder : null,
        };
        NetworkStream.RequireValid(options.Validate);
        return new(environment, options);
    }

    internal static ArgumentOutOfRangeException NotText(string name, string type) => ColumnErrors.Mismatch($"Path column '{name}' is {type} but must be text, the names of TIFF files.");

    private BoundLoading Bind(DataViewSchema schema) => new(_options, schema);

    /// <summary>The loading for data of one schema.</summary>
    private sealed class BoundLoading(CellImageLoadingEstimator.Options options, DataViewSchema schema) : IRowModel
    {
        private readonly DataViewSchema.Column[] _paths = [.. options.InputColumnNames.Select(name => Find(schema, name))];

        public DataViewSchema.DetachedColumn Output { get; } = new(options.OutputColumnName,
            new VectorDataViewType(NumberDataViewType.Single, options.Shape.Channels, options.Shape.Height, options.Shape.Width));

        public IReadOnlyCollection<int> Inputs => [.. _paths.Select(path => path.Index)];

        public Delegate CreateGetter(DataViewRow row)
        {
            var reader = new TiffReader(options.Shape.Height, options.Shape.Width);
            ValueGetter<ReadOnlyMemory<char>>[] getPaths = [.. _paths.Select(path => row.GetGetter<ReadOnlyMemory<char>>(path))];
            int pages = options.Shape.Channels / _paths.Length, size = options.Shape.Size / _paths.Length;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, options.Shape.Size);
                ReadOnlyMemory<char> path = default;
                for (int i = 0; i < _paths.Length; i++)
                {
                    getPaths[i](ref path);
                    reader.Read(Locate(path.ToString(), _paths[i].Name, row), pages, editor.Values.Slice(i * size, size));
                }
                value = editor.Commit();
            });
        }

        private string Locate(string path, string columnName, DataViewRow row)
        {
            if (path == "")
                throw new FileNotFoundException($"Column '{columnName}' names no file in row {row.Position}. Give every row its files, or leave the row out.");
            string full = Path.GetFullPath(path, options.ImageFolder is null ? Environment.CurrentDirectory : Path.GetFullPath(options.ImageFolder));
            return File.Exists(full) ? full : throw new FileNotFoundException(
                $"There is no file '{full}', which column '{columnName}' names in row {row.Position}. Check the path, or set option {nameof(options.ImageFolder)} of LoadCellImages.", full);
        }

        private static DataViewSchema.Column Find(DataViewSchema schema, string name)
        {
            if (schema.GetColumnOrNull(name) is not { } column)
                throw ColumnErrors.Missing(schema, "path", name);
            return column.Type is TextDataViewType ? column : throw NotText(name, column.Type.ToString()!);
        }
    }
}
