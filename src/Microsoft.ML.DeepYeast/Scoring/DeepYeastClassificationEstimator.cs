using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepYeast;

/// <summary>Classifies cells with a network that is trained already. It learns nothing from the data and needs no label.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Features (input)</term><description>Vector of floats in [-1, 1], (channel, row, column), as DeepYeastPreprocess gives it.</description></item>
/// <item><term>Score (output)</term><description>Vector of floats: a probability for each class, in the order of the class names; they sum to 1.</description></item>
/// <item><term>PredictedLabel (output)</term><description>Key whose values are the class names: the class with the highest score.</description></item>
/// </list>
/// </remarks>
public sealed class DeepYeastClassificationEstimator : IEstimator<DeepYeastPredictionTransformer>
{
    private readonly IHost _host;
    private readonly Network _network;
    private readonly ClassLabels _labels;
    private readonly string _featureColumnName;
    private readonly ComputeDevice _device;
    private readonly bool _testTimeAugmentation;
    private readonly TrainingHistory _history;

    internal DeepYeastClassificationEstimator(
        IHostEnvironment environment, Network network, IReadOnlyList<string> classNames, string featureColumnName, ComputeDevice device, bool testTimeAugmentation,
        TrainingHistory? history = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentException.ThrowIfNullOrWhiteSpace(featureColumnName);
        NetworkGraph graph = network.Graph;
        graph.RequireClassifier(nameof(network));
        if (classNames.Count != graph.ClassCount)
        {
            throw new ArgumentException(
                $"Network '{graph.Name}' has {graph.ClassCount} classes but {classNames.Count} class names were given ({string.Join(", ", classNames)}). " +
                "Give a name for each class in the order of the network's outputs.", nameof(classNames));
        }
        if (classNames.Count < 2)
            throw new ArgumentException($"Network '{graph.Name}' has {graph.ClassCount} class, but a classifier needs at least 2.", nameof(network));
        ClassLabels.CheckNames(classNames);
        _host = environment.Register(nameof(DeepYeastClassificationEstimator));
        (_network, _labels, _featureColumnName, _device, _testTimeAugmentation) = (network, ClassLabels.Of(classNames), featureColumnName, device, testTimeAugmentation);
        _history = history ?? TrainingHistory.Empty;
    }

    /// <summary>Checks the feature column and gives the transformer; no row is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type or shape.</exception>
    public DeepYeastPredictionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FeatureColumn.Check(input.Schema, _featureColumnName, _network.Graph.InputShape);
        return new(_host, _network, _featureColumnName, _labels, _device, _history, _testTimeAugmentation);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _featureColumnName);
        return ScoreColumns.AppendTo(inputSchema, ScoreColumns.TextKey);
    }
}
