using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>An optimizer that changes each parameter by its own gradients alone, at work on the flat tensors of one network, slice by slice.</summary>
internal abstract class ElementwiseOptimizerState : OptimizerState
{
    // Values of one slice on a CPU: what a step reads and writes of it then stays in the caches from one operation to the next.
    private const long SliceLength = 1 << 17;

    private readonly IReadOnlyList<FlatSpan> _part;
    private readonly Tensor _whole;
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _gradients;
    private readonly Tensor[]? _kernels;   // 1 where a parameter belongs to a kernel, else 0

    /// <param name="network">The network, prepared for training.</param>
    /// <param name="weightDecay">See <see cref="Optimizer.WeightDecay"/>.</param>
    /// <param name="part">Which parameters it changes; null for all.</param>
    protected ElementwiseOptimizerState(TorchNetwork network, double weightDecay, IReadOnlyList<FlatSpan>? part)
    {
        _whole = network.Parameters;
        _part = part ?? [new(0, _whole.shape[0])];
        _parameters = Cut(_whole);
        _gradients = Cut(network.Gradients!);
        WeightDecay = weightDecay;
        _kernels = weightDecay > 0 ? Cut(Own(network.CreateKernelMask())) : null;
    }

    private double WeightDecay { get; }

    protected sealed override void Change(double learningRate)
    {
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

    /// <summary>The slices of a tensor that is as long as the parameters, as views. A GPU takes each part whole.</summary>
    protected Tensor[] Cut(Tensor flat)
    {
        long longest = flat.device_type == DeviceType.CPU ? SliceLength : long.MaxValue;
        return [.. _part.SelectMany(span => span.Cut(longest)).Select(slice => Own(flat.narrow(0, slice.Start, slice.Length).DetachFromDisposeScope()))];
    }
}
