using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>An optimizer at work on the flat tensors of one network.</summary>
internal abstract class OptimizerState : IResumable, IDisposable
{
    private readonly List<Tensor> _owned = [];

    /// <summary>Changes the parameters by one step against the gradients.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Change(learningRate);
    }

    /// <summary>The same, in a dispose scope and without gradients of it.</summary>
    protected abstract void Change(double learningRate);

    /// <summary>Makes a tensor, of nobody's scope, the optimizer's.</summary>
    protected Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }

    public abstract void Save(BinaryWriter writer);

    public abstract void Load(BinaryReader reader);

    public virtual void Dispose()
    {
        foreach (Tensor tensor in _owned)
            tensor.Dispose();
    }
}
