using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Adam (Kingma and Ba, arXiv:1412.6980) on one flat tensor, in the form of the paper's section 2 last paragraph, which Keras 2 uses: the
/// bias corrections are folded into the step size, and epsilon is added to the uncorrected root.
/// </summary>
internal sealed class Adam(Tensor parameters, Tensor gradients) : IDisposable
{
    // The paper's defaults and Keras's.
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    // Keras 2's default; torch's is 1e-8.
    private const double Epsilon = 1e-7;

    private readonly Tensor _first = zeros_like(parameters).DetachFromDisposeScope();
    private readonly Tensor _second = zeros_like(parameters).DetachFromDisposeScope();
    private long _step;

    /// <summary>Changes the parameters by one step against the gradients.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step++;
        _first.mul_(FirstDecay).add_(gradients, 1 - FirstDecay);
        _second.mul_(SecondDecay).addcmul_(gradients, gradients, 1 - SecondDecay);
        double rate = learningRate * Math.Sqrt(1 - Math.Pow(SecondDecay, _step)) / (1 - Math.Pow(FirstDecay, _step));
        parameters.addcdiv_(_first, _second.sqrt().add_(Epsilon), -rate);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
