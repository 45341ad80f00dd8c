namespace Microsoft.ML.DeepYeast;

/// <summary>Brings one channel of a cell to the wanted size.</summary>
internal sealed class CellResizer(int height, int width)
{
    // Images of one data set have few sizes; where they have many, the oldest weights are not worth keeping.
    private const int MostSizes = 256;

    private readonly Dictionary<(int Source, int Target), AxisWeights> _weights = [];
    private float[] _scratch = [];

    /// <summary>Bilinear scaling; where it shrinks, the filter widens with the scale, so that no pixel is skipped.</summary>
    public void Resize(ReadOnlySpan<float> source, int sourceHeight, int sourceWidth, Span<float> target)
    {
        AxisWeights rows = Weights(sourceHeight, height), columns = Weights(sourceWidth, width);
        if (_scratch.Length < sourceHeight * width)
            _scratch = new float[sourceHeight * width];

        for (int row = 0; row < sourceHeight; row++)
        {
            ReadOnlySpan<float> line = source.Slice(row * sourceWidth, sourceWidth);
            for (int column = 0; column < width; column++)
                _scratch[row * width + column] = columns.Sum(line, column, step: 1);
        }
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
                target[row * width + column] = rows.Sum(_scratch.AsSpan(column), row, step: width);
        }
    }

    private AxisWeights Weights(int source, int target)
    {
        if (_weights.TryGetValue((source, target), out AxisWeights? weights))
            return weights;
        if (_weights.Count == MostSizes)
            _weights.Clear();
        return _weights[(source, target)] = new(source, target);
    }

    /// <summary>Copies the centre; what the source does not cover becomes black. An odd pixel more lies below or to the right.</summary>
    public void CropOrPad(ReadOnlySpan<float> source, int sourceHeight, int sourceWidth, Span<float> target)
    {
        target.Clear();
        int rows = Math.Min(height, sourceHeight), columns = Math.Min(width, sourceWidth);
        int fromRow = (sourceHeight - rows) / 2, fromColumn = (sourceWidth - columns) / 2;
        int toRow = (height - rows) / 2, toColumn = (width - columns) / 2;
        for (int row = 0; row < rows; row++)
            source.Slice((fromRow + row) * sourceWidth + fromColumn, columns).CopyTo(target[((toRow + row) * width + toColumn)..]);
    }

    /// <summary>The weights of the source pixels in each target pixel along one axis; pixel centres lie at half.</summary>
    private sealed class AxisWeights
    {
        private readonly int[] _first;
        private readonly float[][] _weights;

        public AxisWeights(int sourceLength, int targetLength)
        {
            _first = new int[targetLength];
            _weights = new float[targetLength][];
            double scale = (double)sourceLength / targetLength, radius = Math.Max(1, scale);
            for (int i = 0; i < targetLength; i++)
            {
                double centre = (i + 0.5) * scale - 0.5;
                int first = Math.Max(0, (int)Math.Floor(centre - radius) + 1), last = Math.Min(sourceLength - 1, (int)Math.Ceiling(centre + radius) - 1);
                double[] weights = [.. Enumerable.Range(first, last - first + 1).Select(pixel => 1 - Math.Abs(pixel - centre) / radius)];
                double sum = weights.Sum();
                _first[i] = first;
                _weights[i] = [.. weights.Select(weight => (float)(weight / sum))];
            }
        }

        public float Sum(ReadOnlySpan<float> source, int target, int step)
        {
            float sum = 0;
            float[] weights = _weights[target];
            for (int i = 0; i < weights.Length; i++)
                sum += weights[i] * source[(_first[target] + i) * step];
            return sum;
        }
    }
}
