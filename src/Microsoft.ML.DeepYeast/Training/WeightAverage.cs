using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// The exponential moving average of a network's parameters (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992): less noisy than the
/// parameters themselves.
/// </summary>
internal sealed class WeightAverage : IResumable, IDisposable
{
    private readonly Tensor _parameters;
    private readonly Tensor _average;
    private readonly double _decay;
    private long _step;
    private bool _shown;   // whether the average is in the place of the parameters

    public WeightAverage(Tensor parameters, double decay)
    {
        _parameters = parameters;
        _decay = decay;
        using var noGrad = no_grad();
        _average = parameters.clone().DetachFromDisposeScope();
    }

    /// <summary>Takes the parameters of a step in. Early on a smaller decay forgets the first ones: step s averages over about s / 10 steps.</summary>
    public void Update()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step++;
        double keep = Math.Min(_decay, (1.0 + _step) / (10 + _step));
        using Scalar kept = keep, added = 1 - keep;
        _average.mul_(kept).add_(_parameters, added);
    }

    /// <summary>Puts the average in the place of the parameters, or the parameters back; what is there already stays.</summary>
    public void Show(bool average)
    {
        if (average == _shown)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor parameters = _parameters.clone();
        _parameters.copy_(_average);
        _average.copy_(parameters);
        _shown = average;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_step);
        writer.Write(_shown);
        TensorStream.Write(writer, _average);
    }

    public void Load(BinaryReader reader)
    {
        _step = reader.ReadInt64();
        _shown = reader.ReadBoolean();
        TensorStream.ReadInto(reader, _average);
    }

    public void Dispose() => _average.Dispose();
}
