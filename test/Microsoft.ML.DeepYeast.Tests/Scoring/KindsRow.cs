namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>A row with a column of every kind.</summary>
internal sealed class KindsRow
{
    [VectorType(2, 8, 8)]
    public float[] Features { get; set; } = [];

    public bool Boolean { get; set; }

    public byte Byte { get; set; }

    public long Int64 { get; set; }

    public double Double { get; set; }

    public string? Text { get; set; }

    public DateTime DateTime { get; set; }

    public TimeSpan TimeSpan { get; set; }

    [KeyType(9)]
    public uint Key { get; set; }

    [VectorType(3)]
    public int[] Fixed { get; set; } = [];

    public string[] Variable { get; set; } = [];

    [Microsoft.ML.Transforms.Image.ImageType(3, 2)]
    public MLImage Image { get; set; } = null!;

    public static List<KindsRow> Create(int count) => [.. Tiny.Rows(count).Select(row => new KindsRow
    {
        Features = row.Features,
        Boolean = row.Id % 3 == 0,
        Byte = (byte)row.Id,
        Int64 = row.Id - 5_000_000_000,
        Double = row.Id / 7.0,
        Text = row.Id % 5 == 0 ? null : $"row {row.Id}",
        DateTime = new DateTime(2017, 1, 1).AddHours(row.Id),
        TimeSpan = TimeSpan.FromMinutes(row.Id),
        Key = (uint)(row.Id % 10),
        Fixed = [row.Id, -row.Id, 0],
        Variable = [.. Enumerable.Range(0, row.Id % 4).Select(i => $"{row.Id}.{i}")],
        Image = MLImage.CreateFromPixels(2, 3, MLPixelFormat.Rgba32, [.. Enumerable.Range(0, 24).Select(i => i % 4 == 3 ? byte.MaxValue : (byte)(row.Id + i))]),
    })];
}
