namespace Microsoft.ML.DeepYeast;

/// <summary>One cell from grey levels to features; its scratch memory serves row after row.</summary>
internal sealed class CellPreprocessor(DeepYeastPreprocessingEstimator.Options options)
{
    private readonly CellPlanes _planes = new();
    private readonly ContrastStretch _stretch = new(options.LowPercentile, options.HighPercentile);
    private readonly CellResizer _resizer = new(options.Height, options.Width);

    /// <summary>Reads the row's cell and writes its features in (channel, row, column) order.</summary>
    /// <exception cref="InvalidOperationException">The row has no cell, or one of another size where that is refused.</exception>
    public void Read(CellSource source, Span<float> features)
    {
        if (!source.TryRead(_planes))
            throw new InvalidOperationException("there is no image. Check the path, or filter such rows out.");

        bool fits = _planes.Height == options.Height && _planes.Width == options.Width;
        if (!fits && options.Sizing == CellSizing.Refuse)
        {
            throw new InvalidOperationException(
                $"it has {_planes.Height} x {_planes.Width} pixels, not {options.Height} x {options.Width}, and option {nameof(options.Sizing)} is {options.Sizing}.");
        }

        int size = options.Height * options.Width;
        for (int channel = 0; channel < options.Channels.Count; channel++)
        {
            Span<float> plane = _planes.Plane(channel), target = features.Slice(channel * size, size);
            if (options.Contrast == CellContrast.Percentiles)
                _stretch.Apply(plane);
            if (fits)
                plane.CopyTo(target);
            else if (options.Sizing == CellSizing.Resize)
                _resizer.Resize(plane, _planes.Height, _planes.Width, target);
            else
                _resizer.CropOrPad(plane, _planes.Height, _planes.Width, target);
            for (int i = 0; i < target.Length; i++)
                target[i] = GreyLevels.ToFeature(target[i]);
        }
    }
}
