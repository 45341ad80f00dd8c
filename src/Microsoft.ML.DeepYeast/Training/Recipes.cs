using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Settings of trainings that are known to work, each as new options that may be changed before the trainer gets them. Those that are named after
/// a network are the reference's (tanelp/deepyeast, examples): 300 epochs in batches of 64, of which the best by validation accuracy is kept. Most
/// of them lower the rate by validation, so Fit needs validation data or <see cref="DeepYeastTrainer.Options.ValidationFraction"/>. Unlike the reference they re-estimate
/// the statistics of batch normalizations before each validation; <see cref="DeepYeastTrainer.Options.Statistics"/> has Keras's rule.
/// </summary>
public static class Recipes
{
    // tanelp/deepyeast, examples/train_*.py.
    private const int ReferenceEpochs = 300;
    private const int ReferenceBatchSize = 64;
    private const double ReferenceAdamRate = 1e-3;
    private const double ReferenceSgdRate = 0.1;
    private const double ReferenceMixupAlpha = 0.2;

    /// <summary>The reference's for <see cref="Networks.DeepYeast(CellShape, int)"/>: Adam at 1e-3, lowered on a plateau.</summary>
    public static DeepYeastTrainer.Options DeepYeast() => Reference(Networks.DeepYeast, new AdamOptimizer(), ReferenceAdamRate, new PlateauSchedule());

    /// <summary>The same with the reference's augmentation: shifts by up to 10 pixels, mirrored left to right.</summary>
    public static DeepYeastTrainer.Options DeepYeastAugmented()
    {
        DeepYeastTrainer.Options options = DeepYeast();
        options.Augmentation = CellAugmentation.Reference;
        return options;
    }

    /// <summary>The same with the reference's augmentation and mixup of alpha 0.2.</summary>
    public static DeepYeastTrainer.Options DeepYeastMixup()
    {
        DeepYeastTrainer.Options options = DeepYeastAugmented();
        options.MixupAlpha = ReferenceMixupAlpha;
        return options;
    }

    /// <summary>The reference's for <see cref="Networks.ResNet50"/>: SGD at 0.1 with a Nesterov momentum of 0.9, lowered on a plateau.</summary>
    public static DeepYeastTrainer.Options ResNet50() => Reference(Networks.ResNet50, new SgdOptimizer(), ReferenceSgdRate, new PlateauSchedule());

    /// <summary>The reference's for <see cref="Networks.DenseNet40_BC"/>: as for ResNet50.</summary>
    [SuppressMessage("Naming", "CA1707", Justification = "The reference's name.")]
    public static DeepYeastTrainer.Options DenseNet40_BC() => Reference(Networks.DenseNet40_BC, new SgdOptimizer(), ReferenceSgdRate, new PlateauSchedule());

    /// <summary>The reference's for <see cref="Networks.MobileNet"/>: Adam at 1e-3 throughout.</summary>
    public static DeepYeastTrainer.Options MobileNet() => Reference(Networks.MobileNet, new AdamOptimizer(), ReferenceAdamRate, new ConstantSchedule());

    /// <summary>
    /// For some hundred cells, in two minutes on a CPU: <see cref="Networks.DeepYeastPooled(CellShape, int, double, double)"/> at a quarter of its width, 48 epochs of
    /// Adam in batches of 16 at 1e-3 along a cosine, mixup of alpha 0.2, no other augmentation, no validation needed. Chosen by training on one field of real
    /// cells and testing on another.
    /// </summary>
    public static DeepYeastTrainer.Options FewCells() => new()
    {
        Network = (cells, classCount) => Networks.DeepYeastPooled(cells, classCount, width: 0.25),
        Epochs = 48,
        MixupAlpha = ReferenceMixupAlpha,
    };

    private static DeepYeastTrainer.Options Reference(Func<CellShape, int, NetworkGraph> network, Optimizer optimizer, double rate, LearningRateSchedule schedule) => new()
    {
        Network = network,
        Optimizer = optimizer,
        LearningRate = rate,
        Schedule = schedule,
        Epochs = ReferenceEpochs,
        BatchSize = ReferenceBatchSize,
    };
}
