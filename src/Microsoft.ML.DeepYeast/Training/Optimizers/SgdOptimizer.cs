using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Stochastic gradient descent with momentum as Keras has it: a velocity v = momentum v - rate g is added to the weights, or, with
/// Nesterov's look ahead (Sutskever et al., ICML 2013), momentum v - rate g.
/// </summary>
public sealed record SgdOptimizer : Optimizer
{
    // tanelp/deepyeast: what its ResNet and DenseNet recipes and its fine-tuning use.
    private const double ReferenceMomentum = 0.9;

    /// <summary>Share of the velocity that a step keeps, in [0, 1).</summary>
    public double Momentum { get; init; } = ReferenceMomentum;

    /// <summary>Whether to look ahead along the velocity.</summary>
    public bool Nesterov { get; init; } = true;

    internal override void Validate()
    {
        base.Validate();
        RequireShare(nameof(Momentum), Momentum);
    }

    internal override OptimizerState Start(TorchNetwork network) => new State(this, network);

    private sealed class State : ElementwiseOptimizerState
    {
        private readonly bool _nesterov;
        private readonly Tensor _velocity;
        private readonly Tensor[] _velocitySlices;
        private readonly Scalar _keep;   // held: see AdamOptimizer
        private Scalar? _rate;

        public State(SgdOptimizer settings, TorchNetwork network) : base(network, settings.WeightDecay)
        {
            _nesterov = settings.Nesterov;
            (_velocity, _velocitySlices) = CreateMemory();
            _keep = (double)(float)settings.Momentum;   // Keras rounds it to float32, whatever the weights are
        }

        protected override void BeginStep(double learningRate)
        {
            _rate?.Dispose();
            _rate = -learningRate;
        }

        protected override void Update(int slice, Tensor parameters, Tensor gradients)
        {
            Tensor velocity = _velocitySlices[slice].mul_(_keep).add_(gradients, _rate!);
            if (_nesterov)
                parameters.add_(velocity, _keep).add_(gradients, _rate!);
            else
                parameters.PlusInPlace(velocity);
        }

        public override void Save(BinaryWriter writer) => TensorStream.Write(writer, _velocity);

        public override void Load(BinaryReader reader) => TensorStream.ReadInto(reader, _velocity);

        public override void Dispose()
        {
            base.Dispose();
            _keep.Dispose();
            _rate?.Dispose();
        }
    }
}
