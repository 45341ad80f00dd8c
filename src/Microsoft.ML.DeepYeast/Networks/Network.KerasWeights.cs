using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Weights;

namespace Microsoft.ML.DeepYeast;

public sealed partial class Network
{
    /// <summary>
    /// Reads weights that legacy Keras saved as HDF5: weight files (<c>save_weights</c>) and whole models (<c>save</c>, <c>ModelCheckpoint</c>).
    /// As in Keras, layers that have weights are matched in order, and so are the weights of a layer; names that somebody gave must agree too,
    /// while Keras's own (<c>conv2d_1</c>) may differ. Half and double precision are converted to single.
    /// </summary>
    /// <param name="graph">The network that the weights were saved from, as a graph.</param>
    /// <param name="path">The file. Nothing but this file is opened, whatever it links to.</param>
    /// <returns>The graph with the file's weights.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The file holds weights of another network: the message lists its layers and the graph's side by side,
    /// or, where only the number of classes differs, says both numbers.</exception>
    /// <exception cref="FormatException">The file is not HDF5, cut short or damaged, not saved by legacy Keras, or a weight is not a finite floating-point number.</exception>
    /// <exception cref="IOException">The file does not exist (<see cref="FileNotFoundException"/>) or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Network LoadKerasWeights(NetworkGraph graph, string path)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(path);
        return KerasWeightReader.Read(graph, path);
    }

    /// <summary>
    /// Writes the weights as Keras 2's <c>save_weights</c> does (legacy HDF5, single precision), for <c>load_weights</c> in Keras and for
    /// <see cref="LoadKerasWeights"/>, which gives back the same bits. An existing file is replaced once the new one is whole.
    /// </summary>
    /// <param name="path">The file; its folder must exist. Keras wants a name that ends in <c>.h5</c> or <c>.hdf5</c>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder may not be written to.</exception>
    public void SaveKerasWeights(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        AtomicFile.Write(path, stream => KerasWeightWriter.Write(this, stream));
    }
}
