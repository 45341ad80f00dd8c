using Microsoft.ML.DeepYeast.Torch;
using Microsoft.ML.DeepYeast.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", kellerjordan.github.io/posts/muon, 2024) for the kernels of convolutions, and Adam with Keras's
/// defaults for all else: biases, batch norms, depthwise kernels and dense layers. A kernel, as a matrix of outputs and of what an output multiplies, changes against a
/// momentum all of whose singular values are made about equal, so that no few directions have all of the change.
/// </summary>
/// <remarks>
/// <para>
/// With the moving average M = momentum M + (1 - momentum) g of gradients, the change is -0.2 sqrt(max(r, n)) rate O for r rows and n columns, where O comes from
/// X = (1 - momentum) g + momentum M, over its Frobenius norm, by five steps X = a X + (b X X' + c (X X')^2) X of Newton and Schulz; X' is the transpose, and
/// a, b and c are 3.4445, -4.7750 and 2.0315. The factor 0.2 sqrt(max(r, n)), of Liu et al., arXiv:2502.16982, makes a weight change about as much as with Adam.
/// That is torch.optim.Muon with <c>match_rms_adamw</c>, on kernels as matrices and in the precision of the weights, where it has bfloat16.
/// </para>
/// <para>
/// The steps take 5 (4 r^2 n + 2 r^3) operations a kernel, with r the smaller of the two, whatever the batch: a tenth of the training step of a quarter of DeepYeastPooled on a CPU, five times the
/// rest of the step of <see cref="Networks.MobileNet"/>, whose kernels are large and used for few pixels (docs/speed.md).
/// </para>
/// </remarks>
public sealed record MuonOptimizer : Optimizer
{
    // Jordan et al.'s, and torch.optim.Muon's: pytorch/pytorch, torch/optim/_muon.py.
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
        private readonly Tensor _averages;
        private readonly List<(Tensor Weights, Tensor Gradients, Tensor Average, double Scale)> _kernels = [];
        private readonly Scalar _keep, _add, _smallestNorm = SmallestNorm;   // held: see AdamOptimizer

        public State(MuonOptimizer settings, TorchNetwork network)
        {
            using var scope = NewDisposeScope();
            _weightDecay = settings.WeightDecay;
            (_keep, _add) = (settings.Momentum, 1 - settings.Momentum);
            (FlatSpan Span, long Outputs)[] kernels = [.. network.ConvolutionKernels];
            FlatSpan[] others = [.. new FlatSpan(0, network.Parameters.shape[0]).Except(kernels.Select(kernel => kernel.Span))];
            _others = new AdamOptimizer { WeightDecay = settings.WeightDecay }.Start(network, others);
            _averages = Own(zeros(kernels.Sum(kernel => kernel.Span.Length), network.Type, network.Device).DetachFromDisposeScope());
            long start = 0;
            foreach ((FlatSpan span, long outputs) in kernels)
            {
                long inputs = span.Length / outputs;
                double scale = RateFactor * Math.Sqrt(Math.Max(outputs, inputs));
                _kernels.Add((Matrix(network.Parameters, span.Start), Matrix(network.Gradients!, span.Start), Matrix(_averages, start), scale));
                start += span.Length;

                Tensor Matrix(Tensor flat, long at) => Own(flat.narrow(0, at, span.Length).view(outputs, inputs).DetachFromDisposeScope());
            }
        }

        protected override void Change(double learningRate)
        {
            _others.Step(learningRate);
            using Scalar left = 1 - learningRate * _weightDecay;
            foreach ((Tensor weights, Tensor gradients, Tensor average, double scale) in _kernels)
            {
                using var scope = NewDisposeScope();
                using Scalar rate = -learningRate * scale;
                average.mul_(_keep).add_(gradients, _add);
                weights.mul_(left).add_(Orthogonal(gradients.mul(_add).add_(average, _keep)), rate);
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
            TensorStream.Write(writer, _averages);
        }

        public override void Load(BinaryReader reader)
        {
            _others.Load(reader);
            TensorStream.ReadInto(reader, _averages);
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
