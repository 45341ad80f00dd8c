using System.CommandLine;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>The library's networks by name, for the command line.</summary>
internal static class Architecture
{
    private static readonly Dictionary<string, Func<CellShape, int, NetworkGraph>> s_networks = new()
    {
        [nameof(Networks.DeepYeast)] = Networks.DeepYeast,
        [nameof(Networks.DeepYeastPooled)] = Networks.DeepYeastPooled,
        [nameof(Networks.ResNet50)] = Networks.ResNet50,
        [nameof(Networks.MobileNet)] = Networks.MobileNet,
        [nameof(Networks.DenseNet40_BC)] = Networks.DenseNet40_BC,
    };

    /// <summary>A new option that takes one of the names.</summary>
    public static Option<string?> CreateOption(string description) => new Option<string?>("--network")
    {
        Description = description,
    }.AcceptOnlyFromAmong([.. s_networks.Keys]);

    /// <summary>Whether the architecture comes in other widths.</summary>
    public static bool HasWidth(string name) => name is nameof(Networks.DeepYeast) or nameof(Networks.DeepYeastPooled);

    /// <summary>The architecture of this name.</summary>
    public static Func<CellShape, int, NetworkGraph> Find(string name, double width = 1) => (name, width) switch
    {
        (_, 1) => s_networks[name],
        (nameof(Networks.DeepYeast), _) => (cells, classCount) => Networks.DeepYeast(cells, classCount, width),
        (nameof(Networks.DeepYeastPooled), _) => (cells, classCount) => Networks.DeepYeastPooled(cells, classCount, width),
        _ => throw new UserErrorException($"--width is for {nameof(Networks.DeepYeast)} and {nameof(Networks.DeepYeastPooled)}; leave it out for {name}."),
    };
}
