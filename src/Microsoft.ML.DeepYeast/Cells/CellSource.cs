using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepYeast;

/// <summary>Grey levels of one cell as planes of rows and columns; the array is reused from row to row and may be longer than is filled.</summary>
internal sealed class CellPlanes
{
    public float[] Values { get; private set; } = [];

    public int Height { get; private set; }

    public int Width { get; private set; }

    public Span<float> Plane(int channel) => Values.AsSpan(channel * Height * Width, Height * Width);

    public void Resize(int channels, int height, int width)
    {
        (Height, Width) = (height, width);
        if (Values.Length < channels * height * width)
            Values = new float[channels * height * width];
    }
}

/// <summary>Reads cells from a column, whatever its type.</summary>
internal abstract class CellSource
{
    /// <summary>Reads the row's cell; false where it has none.</summary>
    public abstract bool TryRead(CellPlanes planes);

    public static bool CanRead(DataViewType itemType) => itemType == NumberDataViewType.Single || itemType == NumberDataViewType.Byte;

    public static ArgumentOutOfRangeException Unreadable(string name, string type) => ColumnErrors.Mismatch(
        $"Column '{name}' is {type} but must be an image, or a vector of bytes or floats of known size. Put LoadImages before DeepYeastPreprocess, or name another input column.");

    /// <summary>Checks the column against the options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or not an image or a vector of the right size.</exception>
    public static DataViewSchema.Column Check(DataViewSchema schema, DeepYeastPreprocessingEstimator.Options options)
    {
        if (schema.GetColumnOrNull(options.InputColumnName) is not { } column)
            throw ColumnErrors.Missing(schema, "image", options.InputColumnName);
        if (column.Type is VectorDataViewType { IsKnownSize: true } vector && CanRead(vector.ItemType))
            _ = VectorOrder.Of(column.Name, vector, options);
        else if (column.Type is not ImageDataViewType)
            throw Unreadable(column.Name, column.Type.ToString()!);
        return column;
    }

    public static CellSource Open(DataViewRow row, DataViewSchema.Column column, DeepYeastPreprocessingEstimator.Options options) => column.Type switch
    {
        VectorDataViewType vector when vector.ItemType == NumberDataViewType.Byte => new FromVector<byte>(row, column, VectorOrder.Of(column.Name, vector, options), options.Channels),
        VectorDataViewType vector => new FromVector<float>(row, column, VectorOrder.Of(column.Name, vector, options), options.Channels),
        _ => new FromImage(row, column, options.Channels),
    };

    /// <summary>Where a vector's channels, rows and columns lie.</summary>
    private readonly record struct VectorOrder(int Channels, int Height, int Width, bool ChannelsLast)
    {
        public static VectorOrder Of(string name, VectorDataViewType type, DeepYeastPreprocessingEstimator.Options options)
        {
            IReadOnlyList<int> d = type.Dimensions;
            int plane = options.Height * options.Width;
            if (d.Count != 3 && options.Layout == CellLayout.Auto)
            {
                throw ColumnErrors.Mismatch(
                    $"Column '{name}' is {type}, which does not tell channels from rows and columns. Set option {nameof(options.Layout)} of DeepYeastPreprocess, " +
                    "or give the vector three dimensions, for example [VectorType(2, 64, 64)].");
            }
            if (d.Count != 3 && type.Size % plane != 0)
            {
                throw ColumnErrors.Mismatch(
                    $"Column '{name}' is {type}, whose {type.Size} values are not a whole number of channels of {options.Height} x {options.Width}. " +
                    "Set options Height and Width of DeepYeastPreprocess to the size of the cells.");
            }
            bool last = options.Layout == CellLayout.ChannelsLast || (options.Layout == CellLayout.Auto && d[2] < d[0]);
            VectorOrder order = d.Count != 3 ? new(type.Size / plane, options.Height, options.Width, last)
                : last ? new(d[2], d[0], d[1], last) : new(d[0], d[1], d[2], last);
            int needed = options.Channels.Max(channel => (int)channel) + 1;
            return needed <= order.Channels ? order : throw ColumnErrors.Mismatch(
                $"Column '{name}' is {type} with {order.Channels} channels, but option {nameof(options.Channels)} of DeepYeastPreprocess asks for channel " +
                $"{needed} ({(ImageChannel)(needed - 1)}). Set {nameof(options.Channels)}, or {nameof(options.Layout)} if the order was told wrongly.");
        }
    }

    private sealed class FromImage(DataViewRow row, DataViewSchema.Column column, IReadOnlyList<ImageChannel> channels) : CellSource
    {
        private const int BytesPerPixel = 4;

        private readonly ValueGetter<MLImage> _get = row.GetGetter<MLImage>(column);
        private MLImage? _image;   // the getter disposes the one before, and the loader the last

        public override bool TryRead(CellPlanes planes)
        {
            try
            {
                _get(ref _image!);
            }
            catch (ArgumentException e)   // what MLImage throws where Skia cannot decode
            {
                throw new InvalidDataException("it is not an image that can be decoded.", e);
            }
            if (_image is null)
                return false;
            planes.Resize(channels.Count, _image.Height, _image.Width);
            ReadOnlySpan<byte> pixels = _image.Pixels;
            bool blueFirst = _image.PixelFormat == MLPixelFormat.Bgra32;
            for (int c = 0; c < channels.Count; c++)
            {
                int offset = blueFirst && channels[c] is (ImageChannel.Red or ImageChannel.Blue) ? (int)ImageChannel.Blue - (int)channels[c] : (int)channels[c];
                Span<float> plane = planes.Plane(c);
                for (int i = 0; i < plane.Length; i++)
                    plane[i] = pixels[i * BytesPerPixel + offset];
            }
            return true;
        }
    }

    private sealed class FromVector<T>(DataViewRow row, DataViewSchema.Column column, VectorOrder order, IReadOnlyList<ImageChannel> channels) : CellSource
        where T : struct, INumberBase<T>
    {
        private readonly ValueGetter<VBuffer<T>> _get = row.GetGetter<VBuffer<T>>(column);
        private readonly T[] _values = new T[order.Channels * order.Height * order.Width];
        private VBuffer<T> _buffer;

        public override bool TryRead(CellPlanes planes)
        {
            _get(ref _buffer);
            if (_buffer.Length == 0)   // an array that is null
                return false;
            FeatureValues.CopyTo(_buffer, _values, column, row);
            planes.Resize(channels.Count, order.Height, order.Width);
            int size = order.Height * order.Width;
            for (int c = 0; c < channels.Count; c++)
            {
                (int start, int step) = order.ChannelsLast ? ((int)channels[c], order.Channels) : ((int)channels[c] * size, 1);
                Span<float> plane = planes.Plane(c);
                for (int i = 0; i < plane.Length; i++)
                    plane[i] = float.CreateTruncating(_values[start + i * step]);
            }
            return true;
        }
    }
}
