using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>An optimizer that changes each parameter by its own gradients alone, at work on the flat tensors of one network, slice by slice.</summary>
internal abstract class ElementwiseOptimizerState : OptimizerState
{
    // Values of one slice on a CPU: what a step reads and writes of it then stays in the caches from one operation to the next.
    private const long SliceLength = 1 << 17;

    private readonly TorchNetwork _network;
    private readonly FlatSpan[] _slices;
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _gradients;
    private readonly Tensor[]? _kernels;   // 1 where a parameter belongs to a kernel, else 0

    /// <param name="network">The network, prepared for training.</param>
    /// <param name="weightDecay">See <see cref="Optimizer.WeightDecay"/>.</param>
    /// <param name="part">Which parameters it changes; null for all.</param>
    protected ElementwiseOptimizerState(TorchNetwork network, double weightDecay, IReadOnlyList<FlatSpan>? part = null)
    {
        _network = network;
        long longest = network.Device.type == DeviceType.CPU ? SliceLength : long.MaxValue;   // a GPU takes each part whole
        _slices = [.. (part ?? [new(0, network.Parameters.shape[0])]).SelectMany(span => span.Cut(longest))];
        _parameters = Cut(network.Parameters);
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

    /// <summary>Zeros, one for each parameter that is changed, which belong to the optimizer; and the part of them that is for each slice.</summary>
    protected (Tensor Memory, Tensor[] Slices) CreateMemory()
    {
        Tensor memory = Own(zeros(_slices.Sum(slice => slice.Length), _network.Type, _network.Device).DetachFromDisposeScope());
        var slices = new Tensor[_slices.Length];
        long start = 0;
        for (int i = 0; i < slices.Length; i++)
        {
            slices[i] = View(memory, new(start, _slices[i].Length));
            start += _slices[i].Length;
        }
        return (memory, slices);
    }

    private Tensor[] Cut(Tensor parameters) => [.. _slices.Select(slice => View(parameters, slice))];

    private Tensor View(Tensor flat, FlatSpan span) => Own(flat.narrow(0, span.Start, span.Length).DetachFromDisposeScope());
}
