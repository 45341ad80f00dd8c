using System.Security.Cryptography;

namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>The checksum that the reference publishes with its files. It finds damage, not malice.</summary>
internal static class Md5Checksum
{
    private const int HexDigits = 2 * MD5.HashSizeInBytes;

    /// <exception cref="ArgumentException">It is not 32 hexadecimal digits.</exception>
    public static void Validate(string md5)
    {
        if (md5.Length != HexDigits || !md5.All(char.IsAsciiHexDigit))
            throw new ArgumentException($"The MD5 '{md5}' must be {HexDigits} hexadecimal digits.", nameof(md5));
    }

    /// <summary>The MD5 of all that is in a stream, in lower case.</summary>
    public static async Task<string> ComputeAsync(Stream stream, CancellationToken cancellationToken)
    {
        stream.Position = 0;
#pragma warning disable CA5351 // it is what the reference publishes
        byte[] hash = await MD5.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
#pragma warning restore CA5351
        return Convert.ToHexString(hash).ToLowerInvariant();
    }

    public static bool AreEqual(string first, string second) => string.Equals(first, second, StringComparison.OrdinalIgnoreCase);
}
