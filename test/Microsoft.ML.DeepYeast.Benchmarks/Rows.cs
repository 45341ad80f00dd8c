using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast.Benchmarks;

/// <summary>A cell as a model reads it.</summary>
internal sealed class CellRow
{
    [VectorType(2, 64, 64)]
    public float[] Features { get; set; } = [];
}

/// <summary>What a model gives for a cell.</summary>
internal sealed class ScoreRow
{
    public const int ClassCount = 12;

    [VectorType(ClassCount)]
    public float[] Score { get; set; } = [];
}
