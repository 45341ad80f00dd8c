using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.DeepYeast.Plumbing;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>What a checkpoint says of itself.</summary>
/// <param name="Step">Gradient steps done.</param>
/// <param name="Epoch">Number of the epoch that goes on, from 1; one more than the last where the training was over.</param>
/// <param name="Seed">The seed of what is drawn at random.</param>
/// <param name="Settings">What else a training must have in common with this one to go on from here: see <see cref="TrainingFingerprint"/>.</param>
internal sealed record CheckpointManifest(long Step, int Epoch, int Seed, IReadOnlyDictionary<string, string> Settings);

/// <summary>
/// The file of a checkpoint: 8 bytes that mark it, length of the manifest (int32), the manifest as JSON (UTF-8), the network as
/// <see cref="NetworkStream"/> has it with its length (int64) before, the state of each part of the training, and SHA-256 over all before it.
/// </summary>
internal static class Checkpoint
{
    private const int MaximumManifestBytes = 1 << 20;

    private static ReadOnlySpan<byte> Mark => "DPYCKPT2"u8;

    /// <summary>Writes a whole checkpoint, or leaves the file as it was.</summary>
    public static void Write(string path, CheckpointManifest manifest, Network network, IEnumerable<IResumable> parts) => AtomicFile.Write(path, file =>
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(hashed, 1 << 20))
        using (var writer = new BinaryWriter(buffered))
        {
            writer.Write(Mark);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest);
            writer.Write(json.Length);
            writer.Write(json);
            NetworkStream.WriteSized(writer, network);
            foreach (IResumable part in parts)
                part.Save(writer);
        }
        file.Write(hash.Hash!);
    });

    /// <summary>Whether the file is a checkpoint, whole and unchanged.</summary>
    public static bool IsWhole(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length < Mark.Length + SHA256.HashSizeInBytes)
            return false;
        byte[] mark = new byte[Mark.Length];
        file.ReadExactly(mark);
        if (!Mark.SequenceEqual(mark))
            return false;
        file.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (long left = file.Length - SHA256.HashSizeInBytes; left > 0;)
        {
            int count = (int)Math.Min(buffer.Length, left);
            file.ReadExactly(buffer, 0, count);
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        byte[] stored = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(stored);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(stored);
    }

    /// <summary>Reads what a whole file says of itself.</summary>
    public static CheckpointManifest ReadManifest(string path)
    {
        using BinaryReader reader = Open(path);
        return ReadManifest(path, reader);
    }

    /// <summary>Reads a file that is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="accept">Looks at the manifest first, and throws where the training cannot go on from it.</param>
    /// <param name="parts">The parts in the order in which they were written; they become what was saved.</param>
    /// <returns>The network.</returns>
    public static Network Read(string path, Action<CheckpointManifest> accept, IEnumerable<IResumable> parts)
    {
        using BinaryReader reader = Open(path);
        accept(ReadManifest(path, reader));
        Network network = NetworkStream.ReadSized(reader);
        foreach (IResumable part in parts)
            part.Load(reader);
        return network;
    }

    private static BinaryReader Open(string path)
    {
        var reader = new BinaryReader(new BufferedStream(File.OpenRead(path), 1 << 20));
        reader.BaseStream.Seek(Mark.Length, SeekOrigin.Begin);
        return reader;
    }

    private static CheckpointManifest ReadManifest(string path, BinaryReader reader)
    {
        int length = reader.ReadInt32();
        return length is > 0 and <= MaximumManifestBytes
            ? JsonSerializer.Deserialize<CheckpointManifest>(reader.ReadBytes(length))!
            : throw new FormatException($"Checkpoint '{path}' has a manifest of {length} bytes; it was not written by this version of the library.");
    }
}
