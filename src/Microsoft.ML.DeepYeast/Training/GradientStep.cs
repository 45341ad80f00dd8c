using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>One step of a training: forward, loss, backward, new weights.</summary>
internal sealed class GradientStep : IDisposable
{
    private readonly TorchNetwork _network;
    private readonly OptimizerState _optimizer;
    private readonly double? _clipNorm;
    private readonly Scalar _two = 2;   // held: see AdamOptimizer

    /// <param name="network">The network, which is changed.</param>
    /// <param name="optimizer">The rule.</param>
    /// <param name="clipNorm">The longest gradient, as the root of the sum of squares; a longer one is scaled down. Null for any length.</param>
    public GradientStep(TorchNetwork network, Optimizer optimizer, double? clipNorm = null)
    {
        (_network, _clipNorm) = (network, clipNorm);
        network.PrepareTraining();
        _optimizer = optimizer.Start(network);
    }

    /// <summary>What the optimizer remembers.</summary>
    public IResumable Memory => _optimizer;

    /// <summary>Computes the loss of a batch and changes the weights. Nothing waits for the device.</summary>
    /// <param name="cells">(n, C, H, W) on the network's device.</param>
    /// <param name="targets">(n, K): the probability that each class should get, times what an error on it counts.</param>
    /// <param name="pass">The training pass.</param>
    /// <param name="learningRate">The step size.</param>
    /// <returns>The mean cross-entropy, a scalar, and the logits (n, K), both from before the change. Where the loss is not finite, neither are the new weights.</returns>
    public (Tensor Loss, Tensor Logits) Take(Tensor cells, Tensor targets, ForwardPass pass, double learningRate)
    {
        using var grad = enable_grad();   // whatever the caller's code has set
        _network.Gradients!.zero_();
        Tensor logits = _network.Forward(cells, pass, logits: true);
        using Scalar rows = cells.shape[0];
        Tensor loss = logits.log_softmax(1).mul(targets).sum().neg().div(rows);
        loss.backward();
        AddL2();
        Clip();
        _optimizer.Step(learningRate);
        return (loss.detach(), logits.detach());
    }

    // The derivative of factor w^2; the loss that is reported leaves the squares out, so that networks and trainings compare.
    private void AddL2()
    {
        if (_network.L2 is null)
            return;
        using var noGrad = no_grad();
        _network.Gradients!.addcmul_(_network.Parameters, _network.L2, _two);
    }

    private void Clip()
    {
        if (_clipNorm is not { } longest)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar limit = longest, one = 1;
        Tensor scale = _network.Gradients!.norm().reciprocal_().mul_(limit).clamp_max_(one);
        _network.Gradients.mul_(scale);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _two.Dispose();
    }
}
