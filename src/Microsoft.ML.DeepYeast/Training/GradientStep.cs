using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>One step of a training: forward, loss, backward, new weights.</summary>
internal sealed class GradientStep : IDisposable
{
    private readonly TorchNetwork _network;
    private readonly OptimizerState _optimizer;
    private readonly Scalar _two = 2;   // held: see AdamOptimizer

    /// <param name="network">The network, which is changed.</param>
    /// <param name="optimizer">The rule.</param>
    public GradientStep(TorchNetwork network, Optimizer optimizer)
    {
        _network = network;
        network.PrepareTraining();
        _optimizer = optimizer.Start(network);
    }

    /// <summary>Computes the loss of a batch and, where it is finite, changes the weights.</summary>
    /// <param name="cells">(n, C, H, W) on the network's device.</param>
    /// <param name="classes">(n), int64.</param>
    /// <param name="pass">The training pass.</param>
    /// <param name="learningRate">The step size.</param>
    /// <returns>The mean cross-entropy and the logits (n, K), both from before the change.</returns>
    public (double Loss, Tensor Logits) Take(Tensor cells, Tensor classes, ForwardPass pass, double learningRate)
    {
        _network.Gradients!.zero_();
        Tensor logits = _network.Forward(cells, pass, logits: true);
        Tensor loss = functional.cross_entropy(logits, classes);
        loss.backward();
        double value = loss.to(float64).item<double>();
        if (double.IsFinite(value))
        {
            AddL2();
            _optimizer.Step(learningRate);
        }
        return (value, logits);
    }

    // The derivative of factor w^2; the loss that is reported leaves the squares out, so that networks and trainings compare.
    private void AddL2()
    {
        if (_network.L2 is null)
            return;
        using var noGrad = no_grad();
        _network.Gradients!.addcmul_(_network.Parameters, _network.L2, _two);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _two.Dispose();
    }
}
