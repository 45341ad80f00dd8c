using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Adam (Kingma and Ba, arXiv:1412.6980), in the form of the paper's section 2, last paragraph, which Keras 2 uses: the bias corrections are
/// folded into the step size, and epsilon is added to the uncorrected root. With <see cref="Optimizer.WeightDecay"/> it is AdamW.
/// </summary>
public sealed record AdamOptimizer : Optimizer
{
    // The paper's defaults and Keras's.
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    // Keras 2's default; torch's is 1e-8.
    private const double KerasEpsilon = 1e-7;

    /// <summary>Share of the mean of gradients that a step keeps, in [0, 1).</summary>
    public double Beta1 { get; init; } = FirstDecay;

    /// <summary>Share of the mean of squared gradients that a step keeps, in [0, 1).</summary>
    public double Beta2 { get; init; } = SecondDecay;

    /// <summary>Added to the root of the mean square, above 0.</summary>
    public double Epsilon { get; init; } = KerasEpsilon;

    internal override void Validate()
    {
        base.Validate();
        RequireShare(nameof(Beta1), Beta1);
        RequireShare(nameof(Beta2), Beta2);
        if (Epsilon is not (> 0 and < double.PositiveInfinity))
            throw DeepYeastTrainer.Options.OutOfRange($"{nameof(DeepYeastTrainer.Options.Optimizer)}.{nameof(Epsilon)}", Epsilon, "above 0 and finite");
    }

    internal override OptimizerState Start(TorchNetwork network) => new State(this, network, part: null);

    /// <summary>Begins to optimize a part of a network's parameters.</summary>
    internal OptimizerState Start(TorchNetwork network, IReadOnlyList<FlatSpan> part) => new State(this, network, part);

    private sealed class State : ElementwiseOptimizerState
    {
        private readonly AdamOptimizer _settings;
        private readonly Tensor _first;
        private readonly Tensor _second;
        private readonly Tensor[] _firstSlices;
        private readonly Tensor[] _secondSlices;
        // TorchSharp turns a number into a native scalar that nothing holds during the call, so a collection in between would free it:
        // what every step uses is made once and kept.
        private readonly Scalar _keepFirst, _addFirst, _keepSecond, _addSecond, _epsilon;
        private Scalar? _rate;
        private long _step;

        public State(AdamOptimizer settings, TorchNetwork network, IReadOnlyList<FlatSpan>? part) : base(network, settings.WeightDecay, part)
        {
            _settings = settings;
            (_first, _firstSlices) = CreateMemory();
            (_second, _secondSlices) = CreateMemory();
            (_keepFirst, _addFirst) = (settings.Beta1, 1 - settings.Beta1);
            (_keepSecond, _addSecond) = (settings.Beta2, 1 - settings.Beta2);
            _epsilon = settings.Epsilon;
        }

        protected override void BeginStep(double learningRate)
        {
            _step++;
            // Keras rounds the rates to float32 before it takes these powers, though not in the means.
            double firstBias = 1 - Math.Pow((float)_settings.Beta1, _step), secondBias = 1 - Math.Pow((float)_settings.Beta2, _step);
            _rate?.Dispose();
            _rate = -learningRate * Math.Sqrt(secondBias) / firstBias;
        }

        protected override void Update(int slice, Tensor parameters, Tensor gradients)
        {
            Tensor first = _firstSlices[slice].mul_(_keepFirst).add_(gradients, _addFirst);
            Tensor second = _secondSlices[slice].mul_(_keepSecond).addcmul_(gradients, gradients, _addSecond);
            using Tensor root = second.sqrt();   // freed at once, so that the next slice finds it in the caches
            parameters.addcdiv_(first, root.PlusInPlace(_epsilon), _rate!);
        }

        public override void Save(BinaryWriter writer)
        {
            writer.Write(_step);
            TensorStream.Write(writer, _first);
            TensorStream.Write(writer, _second);
        }

        public override void Load(BinaryReader reader)
        {
            _step = reader.ReadInt64();
            TensorStream.ReadInto(reader, _first);
            TensorStream.ReadInto(reader, _second);
        }

        public override void Dispose()
        {
            base.Dispose();
            foreach (Scalar? scalar in new[] { _keepFirst, _addFirst, _keepSecond, _addSecond, _epsilon, _rate })
                scalar?.Dispose();
        }
    }
}
