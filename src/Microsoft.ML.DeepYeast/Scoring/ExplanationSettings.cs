using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>What a <see cref="DeepYeastExplanationTransformer"/> adds, as its file has it.</summary>
/// <param name="InputColumnName">The column that is read.</param>
/// <param name="OutputColumnName">The column of maps.</param>
/// <param name="OverlayColumnName">The column of images; null for none.</param>
/// <param name="OverlayScale">Pixels of the image for a pixel of the cell, along each side.</param>
/// <param name="LayerName">The layer whose map it is.</param>
/// <param name="ClassIndex">The class that is explained, from 0; null for the predicted one.</param>
/// <param name="Method">How the map is computed.</param>
internal sealed record ExplanationSettings(
    string InputColumnName, string OutputColumnName, string? OverlayColumnName, int OverlayScale, string LayerName, int? ClassIndex, ExplanationMethod Method)
{
    // 64 x 64 pixels become 1024 x 1024, more than a screen shows; a bound on what a damaged file can make us allocate.
    private const int LargestScale = 16;

    /// <summary>The type of the images for cells of a shape.</summary>
    public ImageDataViewType OverlayType(CellShape cell) => new(cell.Height * OverlayScale, cell.Width * OverlayScale);

    /// <exception cref="ArgumentException">A setting is out of range, or does not fit the network; the message says what to change.</exception>
    public void Validate(NetworkGraph graph)
    {
        graph.RequireClassifier("network");
        ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        if (OverlayColumnName is not null)
            ArgumentException.ThrowIfNullOrWhiteSpace(OverlayColumnName);
        if (OverlayColumnName == OutputColumnName)
            throw new ArgumentException($"Options {nameof(OutputColumnName)} and {nameof(OverlayColumnName)} are both '{OutputColumnName}', but maps and images need a column each.");
        if (OverlayScale is < 1 or > LargestScale)
            throw DeepYeastTrainer.Options.OutOfRange(nameof(OverlayScale), OverlayScale, $"at least 1 and at most {LargestScale}");
        if (!Enum.IsDefined(Method))
            throw DeepYeastTrainer.Options.OutOfRange(nameof(Method), Method, string.Join(" or ", Enum.GetNames<ExplanationMethod>()));
        if (graph.GetOutputShape(LayerName) is { IsVector: true } vector)
        {
            throw new ArgumentException(
                $"Layer '{LayerName}' of network '{graph.Name}' gives the vector {vector}, which does not say where in the cell something is. Name a layer with rows and columns; " +
                $"the last one is '{GradCam.DefaultLayer(graph)}'.");
        }
        if (ClassIndex < 0 || ClassIndex >= graph.ClassCount)
            throw new ArgumentException($"Class {ClassIndex} is to be explained but network '{graph.Name}' has {graph.ClassCount} classes.");
    }
}
