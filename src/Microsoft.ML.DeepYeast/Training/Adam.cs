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

    // TorchSharp turns a number into a native scalar that nothing holds during the call, so a collection in between would free it:
    // what every step uses is made once and kept.
    private readonly Scalar _keepFirst = FirstDecay, _addFirst = 1 - FirstDecay;
    private readonly Scalar _keepSecond = SecondDecay, _addSecond = 1 - SecondDecay;
    private readonly Scalar _epsilon = Epsilon;
    private readonly Tensor _first = zeros_like(parameters).DetachFromDisposeScope();
    private readonly Tensor _second = zeros_like(parameters).DetachFromDisposeScope();
    private long _step;

    /// <summary>Changes the parameters by one step against the gradients.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step++;
        _first.mul_(_keepFirst).add_(gradients, _addFirst);
        _second.mul_(_keepSecond).addcmul_(gradients, gradients, _addSecond);
        using Scalar rate = -learningRate * Math.Sqrt(1 - Math.Pow(SecondDecay, _step)) / (1 - Math.Pow(FirstDecay, _step));
        parameters.addcdiv_(_first, _second.sqrt().add_(_epsilon), rate);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        foreach (Scalar scalar in new[] { _keepFirst, _addFirst, _keepSecond, _addSecond, _epsilon })
            scalar.Dispose();
    }
}
