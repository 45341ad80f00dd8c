using System.Globalization;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.DeepYeast.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Shows where in a cell a trained network sees what speaks for a class: a map for each cell (Grad-CAM, arXiv:1610.02391), and if wanted an image of the cell with the map
/// over it. It learns nothing from the data and needs no label.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Features (input)</term><description>Vector of floats in [-1, 1], (channel, row, column), as DeepYeastPreprocess gives it.</description></item>
/// <item><term>Explanation (output)</term><description>Vector of floats, (row, column), with the layer's height and width: the higher, the more speaks for the class there.
/// NaN where the features are not finite.</description></item>
/// <item><term>Overlay (output, by option)</term><description>Image of the cell with the map over it.</description></item>
/// </list>
/// </remarks>
public sealed partial class DeepYeastExplanationEstimator : IEstimator<DeepYeastExplanationTransformer>
{
    private readonly IHost _host;
    private readonly Network _network;
    private readonly ExplanationSettings _settings;
    private readonly ComputeDevice _device;

    internal DeepYeastExplanationEstimator(IHostEnvironment environment, Network network, Options options)
        : this(environment, network, options, classNames: null, DeepYeastTrainer.Defaults.FeatureColumnName)
    {
    }

    internal DeepYeastExplanationEstimator(IHostEnvironment environment, ITransformer model, Options options)
        : this(environment, ModelSteps.FindLast<DeepYeastPredictionTransformer>(model), options)
    {
    }

    private DeepYeastExplanationEstimator(IHostEnvironment environment, DeepYeastPredictionTransformer classifier, Options options)
        : this(environment, classifier.Model, options, classifier.ClassNames ?? Numbers(classifier.Model.Graph.ClassCount), classifier.FeatureColumnName)
    {
    }

    private DeepYeastExplanationEstimator(IHostEnvironment environment, Network network, Options options, IReadOnlyList<string>? classNames, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        network.Graph.RequireClassifier(nameof(network));
        _settings = new(options.InputColumnName ?? featureColumnName, options.OutputColumnName, options.OverlayColumnName, options.OverlayScale,
            options.LayerName ?? GradCam.DefaultLayer(network.Graph), ClassIndexOf(options, classNames, network.Graph), options.Method);
        _settings.Validate(network.Graph);
        (_network, _device) = (network, options.Device);
        _host = environment.Register(nameof(DeepYeastExplanationEstimator));
    }

    /// <summary>Checks the input column and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type or shape.</exception>
    public DeepYeastExplanationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FeatureColumn.Check(input.Schema, _settings.InputColumnName, _network.Graph.InputShape);
        return new(_host, _network, _settings, _device);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _settings.InputColumnName);
        SchemaShape.Column map = ColumnShapes.Floats(_settings.OutputColumnName);
        return _settings.OverlayColumnName is null
            ? ColumnShapes.Append(inputSchema, map)
            : ColumnShapes.Append(inputSchema, map, ColumnShapes.Scalar(_settings.OverlayColumnName, _settings.OverlayType(_network.Graph.InputShape)));
    }

    private static int? ClassIndexOf(Options options, IReadOnlyList<string>? ownNames, NetworkGraph graph)
    {
        if (options.ClassName is not { } name)
            return null;
        IReadOnlyList<string> names = options.ClassNames ?? ownNames ?? LocalizationClasses.Main;
        if (names.Count != graph.ClassCount)
        {
            throw new ArgumentException(
                $"Class '{name}' is to be explained, and network '{graph.Name}' has {graph.ClassCount} classes, but there are {names.Count} class names ({string.Join(", ", names)}). " +
                $"Set option {nameof(Options.ClassNames)} to a name for each class in the order of the network's outputs.", nameof(options));
        }
        int index = names.ToList().IndexOf(name);
        return index >= 0 ? index : throw new ArgumentException($"There is no class '{name}' to explain. The classes are: {string.Join(", ", names.Select(known => $"'{known}'"))}.", nameof(options));
    }

    // What ClassProbability calls classes whose keys have no values.
    private static string[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(key => key.ToString(CultureInfo.InvariantCulture))];
}
