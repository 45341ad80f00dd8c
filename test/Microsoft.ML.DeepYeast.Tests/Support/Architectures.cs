namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>The library's architectures by name, so that a test can have a row for each.</summary>
internal static class Architectures
{
    public static NetworkGraph Build(string name, CellShape cells, int classCount) => name switch
    {
        nameof(DeepYeast.Networks.DeepYeast) => DeepYeast.Networks.DeepYeast(cells, classCount),
        nameof(DeepYeast.Networks.ResNet50) => DeepYeast.Networks.ResNet50(cells, classCount),
        nameof(DeepYeast.Networks.MobileNet) => DeepYeast.Networks.MobileNet(cells, classCount),
        nameof(DeepYeast.Networks.DenseNet40_BC) => DeepYeast.Networks.DenseNet40_BC(cells, classCount),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such architecture."),
    };
}
