namespace Microsoft.ML.DeepYeast;

public sealed partial class DeepYeastExplanationEstimator
{
    /// <summary>Settings of the explanation. The defaults are Grad-CAM for the predicted class at the last layer that says where in the cell something is.</summary>
    public sealed class Options
    {
        /// <summary>The column that is read: cells as DeepYeastPreprocess gives them. Null for the one that the classifier reads, which is <c>Features</c> where there is only a network.</summary>
        public string? InputColumnName { get; set; }

        /// <summary>The column of maps that is added: vector of floats, (row, column), with the layer's height and width.</summary>
        public string OutputColumnName { get; set; } = Defaults.OutputColumnName;

        /// <summary>
        /// A column of images to add: the cell in red and green, and over it the map in sky blue, the stronger the higher. Null for none. An image is the cursor's or the
        /// engine's, which dispose it for the next row, as ML.NET's own image columns are: save or copy it before.
        /// </summary>
        public string? OverlayColumnName { get; set; }

        /// <summary>Pixels of the image for a pixel of the cell along each side, at least 1 and at most 16.</summary>
        public int OverlayScale { get; set; } = Defaults.OverlayScale;

        /// <summary>
        /// The layer whose map it is, of those with rows and columns; <see cref="NetworkGraph.Summary"/> lists them. Null for the one that the first vector is made of,
        /// poolings left aside: relu3_4 in the published network, final_relu in ResNet50.
        /// </summary>
        public string? LayerName { get; set; }

        /// <summary>Name of the class to explain; null for the class with the highest score, cell by cell.</summary>
        public string? ClassName { get; set; }

        /// <summary>
        /// Names of the classes in the order of the network's outputs, for <see cref="ClassName"/>. Null for those of the classifier, or, where there is only a network of 12
        /// classes, <see cref="LocalizationClasses.Main"/>.
        /// </summary>
        public IReadOnlyList<string>? ClassNames { get; set; }

        /// <summary>How the map is computed.</summary>
        public ExplanationMethod Method { get; set; } = ExplanationMethod.GradCam;

        /// <summary>Where it is computed.</summary>
        public ComputeDevice Device { get; set; } = ComputeDevice.Auto;
    }

    internal static class Defaults
    {
        public const string OutputColumnName = "Explanation";
        // A cell of 64 x 64 pixels becomes 256 x 256, which shows its pixels on a screen.
        public const int OverlayScale = 4;
    }
}
