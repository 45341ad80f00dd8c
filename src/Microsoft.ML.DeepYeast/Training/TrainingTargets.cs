using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Turns classes into what the network shall answer, a probability for each class, and weighs what each class counts.</summary>
internal sealed class TrainingTargets : IDisposable
{
    private readonly int _classCount;
    private readonly double _smoothing;
    private readonly Tensor? _weights;   // (K); null where all count alike

    /// <param name="classCount">Number of classes.</param>
    /// <param name="smoothing">Share of the target that is spread evenly over all classes (Szegedy et al., arXiv:1512.00567, section 7).</param>
    /// <param name="weights">How much an error on each class counts; null for 1.</param>
    /// <param name="device">Where the targets are needed.</param>
    public TrainingTargets(int classCount, double smoothing, double[]? weights, Device device)
    {
        (_classCount, _smoothing) = (classCount, smoothing);
        _weights = weights is null ? null : tensor(weights, float32).to(device).DetachFromDisposeScope();
    }

    /// <summary>(n) class indices as (n, K) probabilities.</summary>
    public Tensor Create(Tensor classes)
    {
        using Scalar right = 1 - _smoothing, everywhere = _smoothing / _classCount;
        return nn.functional.one_hot(classes, _classCount).to(float32).mul_(right).PlusInPlace(everywhere);
    }

    /// <summary>(n, K) probabilities, times what an error on each class counts.</summary>
    public Tensor Weigh(Tensor targets) => _weights is null ? targets : targets.mul(_weights);

    public void Dispose() => _weights?.Dispose();
}
