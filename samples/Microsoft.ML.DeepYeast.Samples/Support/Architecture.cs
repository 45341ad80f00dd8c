using System.CommandLine;
using Microsoft.ML.DeepYeast;

namespace DeepYeastSamples;

/// <summary>The library's networks by name, for the command line.</summary>
internal static class Architecture
{
    private static readonly Dictionary<string, Func<CellShape, int, NetworkGraph>> s_networks = new()
    {
        [nameof(Networks.DeepYeast)] = Networks.DeepYeast,
        [nameof(Networks.ResNet50)] = Networks.ResNet50,
        [nameof(Networks.MobileNet)] = Networks.MobileNet,
        [nameof(Networks.DenseNet40_BC)] = Networks.DenseNet40_BC,
    };

    /// <summary>A new option that takes one of the names.</summary>
    public static Option<string> CreateOption(string description) => new Option<string>("--network")
    {
        Description = description,
        DefaultValueFactory = _ => nameof(Networks.DeepYeast),
    }.AcceptOnlyFromAmong([.. s_networks.Keys]);

    /// <summary>The architecture of this name; a width other than 1 is for DeepYeast alone.</summary>
    public static Func<CellShape, int, NetworkGraph> Find(string name, double width = 1)
    {
        if (width == 1)
            return s_networks[name];
        return name == nameof(Networks.DeepYeast)
            ? (cells, classCount) => Networks.DeepYeast(cells, classCount, width)
            : throw new UserErrorException($"--width is for {nameof(Networks.DeepYeast)} alone; leave it out for {name}.");
    }
}
