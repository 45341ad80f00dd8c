namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Rows whose column Image is a vector of bytes, (2, 64, 64), drawn at random.</summary>
internal static class ByteCells
{
    public sealed class Row
    {
        [VectorType(2, 64, 64)]
        public byte[] Image { get; set; } = [];

        public string? Label { get; set; }
    }

    public static IEnumerable<Row> Create(int count, int channels, int height, int width)
    {
        var random = new Random(7);
        for (int i = 0; i < count; i++)
        {
            byte[] image = new byte[channels * height * width];
            random.NextBytes(image);
            yield return new() { Image = image, Label = $"class {i % 2}" };
        }
    }
}

/// <summary>A row that names an image file.</summary>
internal sealed class PathRow
{
    public string? ImagePath { get; set; }

    public string? Label { get; set; }
}

/// <summary>PNG files of random pixels.</summary>
internal static class PngFile
{
    public static string Write(string path, int width, int height, int seed)
    {
        byte[] pixels = new byte[4 * width * height];
        new Random(seed).NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
            pixels[i] = byte.MaxValue;
        using MLImage image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
        return path;
    }
}
