using System.Diagnostics;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// How a network is trained, as plain values with their ranges: what an experiment searches, and what any other search that goes by ML.NET's attributes can fill.
/// </summary>
public sealed record TrialSettings
{
    internal const string Scratch = "Scratch", Given = "Given", Drawn = "Drawn";
    private const string Adam = "Adam", Sgd = "Sgd", Muon = "Muon";
    private const string Cosine = "Cosine", Constant = "Constant", None = "None", Reference = "Reference", RoundCells = "RoundCells", Strong = "Strong";
    // Weights averaged over so many of the last steps, where the rate does not fall.
    private const double ConstantRateDecay = 0.99;

    /// <summary>Name of the architecture in <see cref="Networks"/>.</summary>
    [Choice([nameof(Networks.DeepYeastPooled), nameof(Networks.DeepYeast), nameof(Networks.MobileNet), nameof(Networks.ResNet50), nameof(Networks.DenseNet40_BC)], nameof(Networks.DeepYeastPooled))]
    public string Network { get; set; } = nameof(Networks.DeepYeastPooled);

    /// <summary>Factor on the numbers of filters of DeepYeast and DeepYeastPooled; the others have one width.</summary>
    [Range(0.125, 1.0, init: 0.25, logBase: true)]
    public double Width { get; set; } = 0.25;

    /// <summary>Share of the units before the last layers of DeepYeast and DeepYeastPooled that a training step leaves out; the others have no dropout.</summary>
    [Range(0.0, 0.5, init: 0.5)]
    public double Dropout { get; set; } = 0.5;

    /// <summary>How often the training goes over its cells; see <see cref="DeepYeastTrainer.Options.Epochs"/>.</summary>
    [Range(8, 128, init: 48, logBase: true)]
    public int Epochs { get; set; } = 48;

    /// <summary>Cells a gradient step.</summary>
    [Choice([16, 32, 64], 16)]
    public int BatchSize { get; set; } = 16;

    /// <summary>Adam; Sgd with a Nesterov momentum of 0.9; or Muon, see <see cref="MuonOptimizer"/>.</summary>
    [Choice([Adam, Sgd, Muon], Adam)]
    public string Optimizer { get; set; } = Adam;

    /// <summary>The largest step size.</summary>
    [Range(1e-4, 0.5, init: 1e-3, logBase: true)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Share of each weight that a step of the full rate takes away, as a factor on the rate.</summary>
    [Range(1e-6, 0.1, init: 1e-6, logBase: true)]
    public double WeightDecay { get; set; } = 1e-6;

    /// <summary>Cosine: the rate falls to 0 along half a wave. Constant: it stays, and the weights are averaged over the last steps.</summary>
    [Choice([Cosine, Constant], Cosine)]
    public string Schedule { get; set; } = Cosine;

    /// <summary>
    /// None; Reference (shifts, mirrored left to right); RoundCells (also top to bottom, and turned by quarters); Strong (also by small angles, with changes of brightness, and noise).
    /// </summary>
    [Choice([None, Reference, RoundCells, Strong], None)]
    public string Augmentation { get; set; } = None;

    /// <summary>See <see cref="DeepYeastTrainer.Options.MixupAlpha"/>.</summary>
    [Range(0.0, 0.4, init: 0.2)]
    public double MixupAlpha { get; set; } = 0.2;

    /// <summary>See <see cref="DeepYeastTrainer.Options.LabelSmoothing"/>.</summary>
    [Range(0.0, 0.2, init: 0.0)]
    public double LabelSmoothing { get; set; }

    /// <summary>Whether errors on rare classes count more; see <see cref="ClassWeights.Balanced"/>.</summary>
    [BooleanChoice(false)]
    public bool BalancedClasses { get; set; }

    /// <summary>
    /// Scratch: weights drawn at random. Given: <see cref="DeepYeastExperimentSettings.StartingNetwork"/>. Drawn: a network that was trained on drawn cells. The last two have an architecture of
    /// their own, whatever <see cref="Network"/>, <see cref="Width"/> and <see cref="Dropout"/> say.
    /// </summary>
    [Choice([Scratch, Given, Drawn], Scratch)]
    public string StartingPoint { get; set; } = Scratch;

    /// <summary>The same as options of the trainer.</summary>
    /// <param name="startingNetwork">The network that <see cref="StartingPoint"/> speaks of; null for weights drawn at random.</param>
    /// <exception cref="ArgumentException">A name is none of those that its property has.</exception>
    public DeepYeastTrainer.Options ToOptions(Network? startingNetwork = null)
    {
        Func<CellShape, int, NetworkGraph> network = Architecture();
        if (startingNetwork is null != (StartingPoint == Scratch))
            throw new ArgumentException($"{nameof(StartingPoint)} is '{StartingPoint}', {(startingNetwork is null ? "so a starting network is needed" : "but there is a starting network")}.", nameof(startingNetwork));
        return new()
        {
            Network = startingNetwork is null ? network : null,
            StartingNetwork = startingNetwork,
            Epochs = Epochs,
            BatchSize = BatchSize,
            Optimizer = Optimizer switch
            {
                Adam => new AdamOptimizer { WeightDecay = WeightDecay },
                Sgd => new SgdOptimizer { WeightDecay = WeightDecay },
                Muon => new MuonOptimizer { WeightDecay = WeightDecay },
                _ => throw Unknown(nameof(Optimizer), Optimizer),
            },
            LearningRate = LearningRate,
            Schedule = Schedule switch
            {
                Cosine => new CosineSchedule(),
                Constant => new ConstantSchedule(),
                _ => throw Unknown(nameof(Schedule), Schedule),
            },
            WeightAverageDecay = Schedule == Constant ? ConstantRateDecay : 0,
            Augmentation = Augmentation switch
            {
                None => CellAugmentation.None,
                Reference => CellAugmentation.Reference,
                RoundCells => CellAugmentation.RoundCells,
                Strong => CellAugmentation.RoundCells with { MaximumRotation = 20, Brightness = 0.3, Noise = 5 },
                _ => throw Unknown(nameof(Augmentation), Augmentation),
            },
            MixupAlpha = MixupAlpha,
            LabelSmoothing = LabelSmoothing,
            ClassWeights = BalancedClasses ? ClassWeights.Balanced : ClassWeights.None,
            Selection = ModelSelection.Last,
        };
    }

    /// <summary>A learning rate that often suits the optimizer: half of those in the reference's scripts, whose batches are larger; for Muon between those that docs/experiments.md has for few and for many cells.</summary>
    internal double UsualRate => Optimizer switch { Sgd => 0.05, Muon => 2e-3, _ => 5e-4 };

    /// <summary>Whether <see cref="Width"/> and <see cref="Dropout"/> say anything of the architecture.</summary>
    internal bool HasWidth => Network is nameof(Networks.DeepYeastPooled) or nameof(Networks.DeepYeast);

    /// <summary>Architecture and starting point, for people.</summary>
    internal string Describe()
    {
        string width = HasWidth ? FormattableString.Invariant($" x {Width}") : "";
        return StartingPoint switch
        {
            Given => "the given network",
            Drawn => "the network of drawn cells",
            _ => $"{Network}{width}",
        };
    }

    /// <summary>The architecture without a starting network.</summary>
    internal Func<CellShape, int, NetworkGraph> Architecture()
    {
        (double width, double dropout) = (Width, Dropout);
        return Network switch
        {
            nameof(Networks.DeepYeastPooled) => (cells, classCount) => Networks.DeepYeastPooled(cells, classCount, width, dropout),
            nameof(Networks.DeepYeast) => (cells, classCount) => Networks.DeepYeast(cells, classCount, width, dropout),
            nameof(Networks.MobileNet) => Networks.MobileNet,
            nameof(Networks.ResNet50) => Networks.ResNet50,
            nameof(Networks.DenseNet40_BC) => Networks.DenseNet40_BC,
            _ => throw Unknown(nameof(Network), Network),
        };
    }

    private static ArgumentException Unknown(string property, string value)
    {
        var choice = (ChoiceAttribute)Attribute.GetCustomAttribute(typeof(TrialSettings).GetProperty(property) ?? throw new UnreachableException(), typeof(ChoiceAttribute))!;
        return new ArgumentException($"{property} is '{value}' but must be one of {string.Join(", ", choice.Candidates)}.", property);
    }
}
