namespace Microsoft.ML.DeepYeast;

/// <summary>
/// The architectures that come with the library, as functions from the cells' shape and the number of classes to a graph. Any function of
/// that form is an architecture.
/// </summary>
public static partial class Networks
{
    // Parnamaa and Parts: half of the units of each hidden dense layer.
    private const double UsualDropout = 0.5;

    /// <summary>
    /// The 11-layer network of Parnamaa and Parts (G3 7(5):1385-1392, 2017): eight convolutions in three blocks, three dense layers.
    /// With 12 classes and cells of 2 x 64 x 64 it has 10,987,788 trainable parameters. Layer names are the reference's.
    /// </summary>
    /// <param name="cells">Shape of the cells; height and width at least 8.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    public static NetworkGraph DeepYeast(CellShape cells, int classCount) => DeepYeast(cells, classCount, width: 1);

    /// <summary>The same network with its number of filters and units scaled: work and parameters go with the square of the width.</summary>
    /// <param name="cells">Shape of the cells; height and width at least 8.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <param name="width">Factor on filters and hidden units, above 0 and at most 4; each is rounded up.</param>
    /// <param name="dropout">Share of the units of each hidden dense layer that a training step leaves out, in [0, 1); 0 for none. Narrow layers and many cells want less than the published half.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The cells are too small, the number of classes is below 1, or <paramref name="dropout"/> is out of range.</exception>
    public static NetworkGraph DeepYeast(CellShape cells, int classCount, double width, double dropout = UsualDropout)
    {
        NetworkBuilder net = Convolutions("DeepYeast", cells, width);
        net.Flatten("flatten");
        net.Dense("ip1", Scaled(512, width)).BatchNormalization("bn4").Relu("relu4").Dropout("dropout", dropout);
        net.Dense("ip2", Scaled(512, width)).BatchNormalization("bn5").Relu("relu5").Dropout("dropout_1", dropout);
        return net.Dense("ip3", classCount).Softmax("predictions").ToGraph();
    }

    /// <summary>
    /// DeepYeast's convolutions with the mean of each channel in place of the two dense layers, which have most of its parameters. It does not
    /// mind where in the picture something is, and so learns more from few cells: from 770 real ones of 5 proteins, at a quarter of the width, 0.68 of
    /// unseen cells were right against DeepYeast's 0.62 (means of three seeds after 24 epochs, each network at the better of two learning rates).
    /// </summary>
    /// <param name="cells">Shape of the cells; height and width at least 8.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    public static NetworkGraph DeepYeastPooled(CellShape cells, int classCount) => DeepYeastPooled(cells, classCount, width: 1);

    /// <summary>The same network with its number of filters scaled: work and parameters go with the square of the width.</summary>
    /// <param name="cells">Shape of the cells; height and width at least 8.</param>
    /// <param name="classCount">Number of classes, at least 1.</param>
    /// <param name="width">Factor on filters, above 0 and at most 4; each is rounded up.</param>
    /// <param name="dropout">
    /// Share of the channels' means that a training step leaves out, in [0, 1); 0 for none. Narrow networks learn more from many cells without: at a quarter of the width, 40,000 drawn cells of 12
    /// classes seen once made 0.905 of unseen ones right, and 0.843 with half left out.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The cells are too small, the number of classes is below 1, or <paramref name="dropout"/> is out of range.</exception>
    public static NetworkGraph DeepYeastPooled(CellShape cells, int classCount, double width, double dropout = UsualDropout)
        => Convolutions("DeepYeastPooled", cells, width).GlobalAveragePooling2D("pool4").Dropout("dropout", dropout)
            .Dense("ip3", classCount).Softmax("predictions").ToGraph();

    private static NetworkBuilder Convolutions(string name, CellShape cells, double width)
    {
        if (width is not (> 0 and <= 4))
            throw new ArgumentOutOfRangeException(nameof(width), width, $"The width factor is {width} but must be above 0 and at most 4.");
        var net = new NetworkBuilder(name, cells);
        foreach (var (block, filters, depth) in new[] { (1, 64, 2), (2, 128, 2), (3, 256, 4) })
        {
            for (int i = 1; i <= depth; i++)
                net.Conv2D($"conv{block}_{i}", Scaled(filters, width), size: 3).BatchNormalization($"bn{block}_{i}").Relu($"relu{block}_{i}");
            net.MaxPooling2D($"pool{block}", size: 2);
        }
        return net;
    }

    private static int Scaled(int units, double width) => (int)Math.Ceiling(units * width);
}
