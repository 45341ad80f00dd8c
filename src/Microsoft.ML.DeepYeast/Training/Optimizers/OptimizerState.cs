using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>An optimizer at work on the flat tensors of one network, slice by slice.</summary>
internal abstract class OptimizerState : IResumable, IDisposable
{
    // Values of one slice on a CPU: what a step reads and writes of it then stays in the caches from one operation to the next.
    private const long SliceLength = 1 << 17;

    private readonly List<Tensor> _owned = [];
    private readonly Tensor _whole;
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _gradients;
    private readonly Tensor[]? _kernels;   // 1 where a parameter belongs to a kernel, else 0

    protected OptimizerState(TorchNetwork network, double weightDecay)
    {
        _whole = network.Parameters;
        _parameters = Cut(_whole);
        _gradients = Cut(network.Gradients!);
        WeightDecay = weightDecay;
        _kernels = weightDecay > 0 ? Cut(Own(network.CreateKernelMask())) : null;
    }

    private double WeightDecay { get; }

    /// <summary>Changes the parameters by one step against the gradients.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar taken = -learningRate * WeightDecay;
        BeginStep(learningRate);
        for (int slice = 0; slice < _parameters.Length; slice++)
        {
            if (_kernels is not null)
                _parameters[slice].addcmul_(_parameters[slice], _kernels[slice], taken);
            Update(slice, _parameters[slice], _gradients[slice]);
        }
    }

    /// <summary>Prepares what is the same for all slices of a step.</summary>
    protected abstract void BeginStep(double learningRate);

    /// <summary>Changes a slice of the parameters.</summary>
    protected abstract void Update(int slice, Tensor parameters, Tensor gradients);

    /// <summary>A tensor like the parameters, zeros, which belongs to the optimizer.</summary>
    protected Tensor CreateMemory() => Own(zeros_like(_whole).DetachFromDisposeScope());

    /// <summary>The slices of a tensor that is as long as the parameters, as views. A GPU takes it whole.</summary>
    protected Tensor[] Cut(Tensor flat)
    {
        long length = flat.device_type == DeviceType.CPU ? SliceLength : flat.shape[0];
        int count = (int)((flat.shape[0] + length - 1) / Math.Max(1, length));
        return [.. Enumerable.Range(0, count).Select(slice => Own(flat.narrow(0, slice * length, Math.Min(length, flat.shape[0] - slice * length)).DetachFromDisposeScope()))];
    }

    private Tensor Own(Tensor tensor)
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
