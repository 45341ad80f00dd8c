namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Names in a legacy Keras weight file: tf_keras, src/saving/legacy/hdf5_format.py.</summary>
internal static class KerasLayout
{
    /// <summary>At the root (or at <see cref="ModelWeights"/>): the names of all layers, in order.</summary>
    public const string LayerNames = "layer_names";

    /// <summary>At a layer's group: the paths of its weights below that group, in order.</summary>
    public const string WeightNames = "weight_names";

    /// <summary>In a file of a whole model, the group that is laid out as a weight file's root.</summary>
    public const string ModelWeights = "model_weights";

    /// <summary>The group of weights that a model has outside its layers; none here.</summary>
    public const string TopLevelWeights = "top_level_model_weights";

    /// <summary>The program under Keras, which decides whether kernels are mirrored.</summary>
    public const string Backend = "backend";

    /// <summary>Version of the Keras that wrote the file.</summary>
    public const string Version = "keras_version";

    /// <summary>Bytes that an attribute may have. Longer lists are split into attributes with 0, 1, 2 ... behind the name.</summary>
    public const int AttributeLimit = 64512;
}
