using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) for the kernels of convolutions, and Adam with Keras's defaults for all else: biases, batch
/// norms, depthwise kernels and dense layers. A kernel, as a matrix of outputs and of what an output multiplies, changes against a momentum all of whose singular values are made about
/// equal, so that no few directions have all of the change. It learns from far fewer steps than Adam does, each of which takes a little longer.
/// </summary>
/// <remarks>
/// With momentum B = momentum B + (1 - momentum) g, the change is -0.2 sqrt(max(rows, columns)) rate O, where O comes from (1 - momentum) g + momentum B, over its Frobenius norm, by
/// five steps X = a X + (b X X' + c (X X')^2) X of Newton and Schulz. The factor, of Liu et al., arXiv:2502.16982, makes a weight change about as much as with Adam, so that
/// Adam's learning rates suit. That is torch.optim.Muon with its defaults and <c>match_rms_adamw</c>, but for <see cref="Optimizer.WeightDecay"/>, which is 0 here.
/// </remarks>
public sealed record MuonOptimizer : Optimizer
{
    // Jordan et al.'s, and torch.optim.Muon's.
    private const double DefaultMomentum = 0.95;
    private const int NewtonSchulzSteps = 5;
    private const float A = 3.4445f, B = -4.7750f, C = 2.0315f;
    private const double SmallestNorm = 1e-7;
    // Liu et al.: the root mean square of what Adam changes the weights by is 0.2 to 0.4 of the rate.
    private const double RateFactor = 0.2;

    /// <summary>Share of the mean of gradients that a step keeps, in [0, 1).</summary>
    public double Momentum { get; init; } = DefaultMomentum;

    internal override void Validate()
    {
        base.Validate();
        RequireShare(nameof(Momentum), Momentum);
    }

    internal override OptimizerState Start(TorchNetwork network) => new State(this, network);

    private sealed class State : OptimizerState
    {
        private readonly double _weightDecay;
        private readonly OptimizerState _others;
        private readonly Tensor _momenta;
        private readonly List<(Tensor Weights, Tensor Gradients, Tensor Momentum, double Scale)> _kernels = [];
        private readonly Scalar _keep, _add, _smallestNorm = SmallestNorm;   // held: see AdamOptimizer

        public State(MuonOptimizer settings, TorchNetwork network)
        {
            using var scope = NewDisposeScope();
            _weightDecay = settings.WeightDecay;
            (_keep, _add) = (settings.Momentum, 1 - settings.Momentum);
            (FlatSpan Span, long Outputs)[] kernels = [.. network.ConvolutionKernels];
            _others = new AdamOptimizer { WeightDecay = settings.WeightDecay }.Start(network, [.. new FlatSpan(0, network.Parameters.shape[0]).Except(kernels.Select(kernel => kernel.Span))]);
            _momenta = Own(zeros(kernels.Sum(kernel => kernel.Span.Length), network.Type, network.Device).DetachFromDisposeScope());
            long start = 0;
            foreach ((FlatSpan span, long outputs) in kernels)
            {
                long inputs = span.Length / outputs;
                _kernels.Add((Matrix(network.Parameters, span.Start), Matrix(network.Gradients!, span.Start), Matrix(_momenta, start), RateFactor * Math.Sqrt(Math.Max(outputs, inputs))));
                start += span.Length;

                Tensor Matrix(Tensor flat, long at) => Own(flat.narrow(0, at, span.Length).view(outputs, inputs).DetachFromDisposeScope());
            }
        }

        protected override void Change(double learningRate)
        {
            _others.Step(learningRate);
            using Scalar left = 1 - learningRate * _weightDecay;
            foreach ((Tensor weights, Tensor gradients, Tensor momentum, double scale) in _kernels)
            {
                using var scope = NewDisposeScope();
                using Scalar rate = -learningRate * scale;
                momentum.mul_(_keep).add_(gradients, _add);
                weights.mul_(left).add_(Orthogonal(gradients.mul(_add).add_(momentum, _keep)), rate);
            }
        }

        /// <summary>The same singular vectors, with singular values of about 1 (0.7 to 1.2) but for those of next to nothing.</summary>
        private Tensor Orthogonal(Tensor matrix)
        {
            bool isTall = matrix.shape[0] > matrix.shape[1];
            Tensor x = isTall ? matrix.t() : matrix;   // the products below are of as many rows as the shorter side has
            x = x.div(x.norm().clamp_min_(_smallestNorm));
            for (int step = 0; step < NewtonSchulzSteps; step++)
            {
                Tensor square = x.mm(x.t());
                x = addmm(x, addmm(square, square, square, beta: B, alpha: C), x, beta: A, alpha: 1);
            }
            return isTall ? x.t() : x;
        }

        public override void Save(BinaryWriter writer)
        {
            _others.Save(writer);
            TensorStream.Write(writer, _momenta);
        }

        public override void Load(BinaryReader reader)
        {
            _others.Load(reader);
            TensorStream.ReadInto(reader, _momenta);
        }

        public override void Dispose()
        {
            base.Dispose();
            _others.Dispose();
            foreach (Scalar scalar in new[] { _keep, _add, _smallestNorm })
                scalar.Dispose();
        }
    }
}
