namespace Microsoft.ML.DeepYeast;

/// <summary>How a map of what a network looked at is computed. Both are sums of a layer's channels, each with the mean of its gradient as weight.</summary>
public enum ExplanationMethod
{
    /// <summary>
    /// Grad-CAM (Selvaraju et al., arXiv:1610.02391, equations 1 and 2): the gradient is that of the class's score before the softmax, and what is negative in the
    /// map becomes 0. It shows what speaks for the class, however certain the network is.
    /// </summary>
    GradCam,

    /// <summary>
    /// The reference's variant (tanelp/deepyeast, examples/grad_cam.py): the gradient is that of the class's probability, and what is negative in the gradient
    /// becomes 0 before the mean. Where the network is certain, all of the map is near 0.
    /// </summary>
    ClippedSoftmax,
}
