using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast;

/// <summary>How a training turns gradients into new weights: <see cref="AdamOptimizer"/>, <see cref="SgdOptimizer"/> or <see cref="MuonOptimizer"/>.</summary>
public abstract record Optimizer
{
    private protected Optimizer()
    {
    }

    /// <summary>
    /// Share of each kernel that a step takes away, times the learning rate, apart from the gradient (Loshchilov and Hutter, arXiv:1711.05101);
    /// 0 or more. Biases and batch norms are left alone.
    /// </summary>
    public double WeightDecay { get; init; }

    internal virtual void Validate()
    {
        if (WeightDecay is not (>= 0 and < double.PositiveInfinity))
            throw DeepYeastTrainer.Options.OutOfRange($"{nameof(DeepYeastTrainer.Options.Optimizer)}.{nameof(WeightDecay)}", WeightDecay, "at least 0 and finite");
    }

    private protected static void RequireShare(string setting, double value)
        => DeepYeastTrainer.Options.RequireShare($"{nameof(DeepYeastTrainer.Options.Optimizer)}.{setting}", value);

    /// <summary>Begins to optimize a network that is prepared for training.</summary>
    internal abstract Training.OptimizerState Start(TorchNetwork network);
}
