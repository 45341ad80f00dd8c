using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>An optimizer at work on the flat tensors of one network.</summary>
internal abstract class OptimizerState : IResumable, IDisposable
{
    private readonly Tensor? _kernels;   // 1 where a parameter belongs to a kernel, else 0

    protected OptimizerState(TorchNetwork network, double weightDecay)
    {
        Parameters = network.Parameters;
        Gradients = network.Gradients!;
        WeightDecay = weightDecay;
        _kernels = weightDecay > 0 ? network.CreateKernelMask() : null;
    }

    protected Tensor Parameters { get; }

    protected Tensor Gradients { get; }

    private double WeightDecay { get; }

    /// <summary>Changes the parameters by one step against the gradients.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (_kernels is not null)
        {
            using Scalar taken = -learningRate * WeightDecay;
            Parameters.addcmul_(Parameters, _kernels, taken);
        }
        Update(learningRate);
    }

    protected abstract void Update(double learningRate);

    public abstract void Save(BinaryWriter writer);

    public abstract void Load(BinaryReader reader);

    public virtual void Dispose() => _kernels?.Dispose();
}
