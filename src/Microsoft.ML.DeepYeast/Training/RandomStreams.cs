using Microsoft.ML.DeepYeast.Datasets;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>What a training draws at random.</summary>
internal enum RandomDraw
{
    ValidationSplit,
    Weights,
    Order,
    MixupOrder,
    MixupShares,

    /// <summary>Augmentation and dropout, on the device.</summary>
    Step,
}

/// <summary>
/// The random numbers of a training as functions of its seed and of the place where they are drawn, so that a training that goes on from the
/// middle draws what it would have drawn.
/// </summary>
internal sealed class RandomStreams(int seed)
{
    /// <summary>A generator of its own for one draw.</summary>
    /// <param name="draw">What is drawn.</param>
    /// <param name="index">Number of the epoch or step.</param>
    public Random Create(RandomDraw draw, long index = 0) => new((int)(Key(draw, index) >> 33));

    /// <summary>Sets what tensors are filled from to the beginning of one draw.</summary>
    public void Restart(TorchRandom random, RandomDraw draw, long index) => random.Restart((long)Key(draw, index));

    private ulong Key(RandomDraw draw, long index)
    {
        ulong ofDraw = new Xoshiro(((ulong)(uint)seed << 8) | (byte)draw).Next();
        return new Xoshiro(ofDraw + (ulong)index).Next();
    }
}
