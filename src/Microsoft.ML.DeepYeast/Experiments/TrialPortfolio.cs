namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>What is tried first: cheap baselines, and settings that are known to work.</summary>
internal static class TrialPortfolio
{
    private static readonly ExperimentTrainer[] s_baselines = [ExperimentTrainer.SdcaMaximumEntropy, ExperimentTrainer.LightGbm, ExperimentTrainer.FastTreeOva];

    // Recipes.FewCells, and others that did about as well on real cells of one field when they were trained on another; those of the reference's scripts are of large data.
    private static readonly TrialSettings[] s_recipes =
    [
        new(),
        new() { Width = 0.25, Epochs = 64, Augmentation = "RoundCells", MixupAlpha = 0 },
        new() { Network = nameof(Networks.DeepYeast), Epochs = 40, BatchSize = 32, Augmentation = "Reference", MixupAlpha = 0.2 },
        new() { Width = 0.5, Epochs = 36, MixupAlpha = 0.2 },
        new() { Width = 0.25, Epochs = 48, Augmentation = "RoundCells", MixupAlpha = 0.2, LabelSmoothing = 0.1 },
        new() { Network = nameof(Networks.MobileNet), Epochs = 40, BatchSize = 32, Augmentation = "Reference", MixupAlpha = 0 },
        new() { Width = 0.25, Epochs = 48, Optimizer = "Sgd", LearningRate = 0.05, WeightDecay = 1e-4, Augmentation = "RoundCells", MixupAlpha = 0 },
        new() { Network = nameof(Networks.ResNet50), Epochs = 40, BatchSize = 32, Optimizer = "Sgd", LearningRate = 0.1, WeightDecay = 1e-4, Augmentation = "Reference", MixupAlpha = 0 },
        new() { Network = nameof(Networks.DenseNet40_BC), Epochs = 40, BatchSize = 32, Optimizer = "Sgd", LearningRate = 0.1, WeightDecay = 1e-4, Augmentation = "Reference", MixupAlpha = 0 },
    ];

    /// <summary>What is tried first, in this order: the cheapest first, so that there is a model whatever happens.</summary>
    /// <param name="settings">The experiment's.</param>
    /// <param name="givenKnowsClasses">Whether there is a given network with as many classes as the label.</param>
    public static IEnumerable<TrialRecord> First(DeepYeastExperimentSettings settings, bool givenKnowsClasses)
    {
        (ICollection<ExperimentTrainer> trainers, bool hasStartingNetwork) = (settings.Trainers, settings.StartingNetwork is not null);
        List<TrialRecord> baselines = [.. Baselines(trainers, BaselineInput.Statistics)];
        List<TrialRecord> networks = [.. hasStartingNetwork ? From(TrialSettings.Given) : [], .. s_recipes.Take(settings.BeginsWithRecipes ? s_recipes.Length : 0).Select(Of).Where(record => trainers.Contains(record.Trainer!.Value))];
        return [.. baselines.Take(1), .. givenKnowsClasses ? [AsItIs(ReadyNetwork.Given)] : Array.Empty<TrialRecord>(), .. networks.Take(1), .. baselines.Skip(1), .. hasStartingNetwork ? Baselines(trainers, BaselineInput.NetworkFeatures) : [], .. networks.Skip(1)];
    }

    /// <summary>Trainings that begin with a network, from its fine-tuning to its training anew.</summary>
    public static IEnumerable<TrialRecord> From(string startingPoint) =>
    [
        Of(new() { StartingPoint = startingPoint, Epochs = 32, LearningRate = 5e-4 }),
        Of(new() { StartingPoint = startingPoint, Epochs = 32, LearningRate = 1e-3, Augmentation = "RoundCells", MixupAlpha = 0 }),
    ];

    /// <summary>A network as it is.</summary>
    public static TrialRecord AsItIs(ReadyNetwork network) => new() { Number = 0, Ready = network };

    public static IEnumerable<TrialRecord> Baselines(ICollection<ExperimentTrainer> trainers, BaselineInput input)
        => s_baselines.Where(trainers.Contains).Select(trainer => new TrialRecord { Number = 0, Trainer = trainer, Input = input });

    public static TrialRecord Of(TrialSettings settings) => new() { Number = 0, Trainer = Enum.Parse<ExperimentTrainer>(settings.Network), Settings = settings };
}
