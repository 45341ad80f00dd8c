using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Sums up losses and right answers on the device, so that the host need not wait for it after each batch.</summary>
internal sealed class SummedFigures(Device device) : IDisposable
{
    private readonly Tensor _sums = zeros(2, float64, device).DetachFromDisposeScope();   // loss, right answers
    private long _cells;

    /// <summary>Takes a batch in.</summary>
    /// <param name="loss">Its mean loss, a scalar.</param>
    /// <param name="right">For each cell whether its answer is right.</param>
    public void Add(Tensor loss, Tensor right)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar cells = right.shape[0];
        _sums.PlusInPlace(stack([loss.to(float64).mul(cells), right.sum().to(float64)]));
        _cells += right.shape[0];
    }

    /// <summary>Waits for the device, gives what was added since the last call, and begins anew.</summary>
    public TrainingFigures Take()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double[] sums = _sums.cpu().data<double>().ToArray();
        _sums.zero_();
        var figures = new TrainingFigures(sums[0], sums[1], _cells);
        _cells = 0;
        return figures;
    }

    public void Dispose() => _sums.Dispose();
}
