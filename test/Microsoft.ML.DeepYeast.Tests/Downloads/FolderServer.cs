using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Serves the files of a folder over HTTP on a port of this machine, as well or badly as a test asks for. It speaks to the socket: HttpListener would not lie about a length.</summary>
internal sealed class FolderServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly string _folder;
    private readonly Task _serving;

    public FolderServer(string folder)
    {
        _folder = folder;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>What was asked for: the name of the file, and the byte to begin with.</summary>
    public List<(string Name, long From)> Requests { get; } = [];

    /// <summary>Positions in the archive at which the connection ends, each of them once.</summary>
    public SortedSet<long> ArchiveEndsAt { get; } = [];

    public bool HonoursRanges { get; set; } = true;

    /// <summary>Added to the lengths of archives that are announced.</summary>
    public int ArchiveLengthError { get; set; }

    /// <summary>Whether a byte of each archive is another one.</summary>
    public bool AltersArchive { get; set; }

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait();
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)   // stopped
            {
                return;
            }
            using (client)
            {
                try
                {
                    await AnswerAsync(client.GetStream());
                    client.Client.Shutdown(SocketShutdown.Send);
                }
                catch (IOException)
                {
                    // The other side has hung up, as a cancelled download does.
                }
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        (string path, long from) = await ReadRequestAsync(stream);
        string file = Path.Combine(_folder, path.TrimStart('/'));
        Requests.Add((Path.GetFileName(path), from));
        if (!File.Exists(file))
        {
            await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return;
        }
        bool isArchive = file.EndsWith(".tar.gz", StringComparison.Ordinal);
        using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (HonoursRanges && from > 0 && from >= content.Length)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                FormattableString.Invariant($"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{content.Length}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")));
            return;
        }
        content.Position = HonoursRanges ? from : 0;
        long length = content.Length - content.Position + (isArchive ? ArchiveLengthError : 0);
        string status = content.Position > 0 ? $"206 Partial Content\r\nContent-Range: bytes {content.Position}-{content.Length - 1}/{content.Length}" : "200 OK";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            FormattableString.Invariant($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: \"v1\"\r\nConnection: close\r\n\r\n")));
        long end = content.Length;
        if (isArchive && ArchiveEndsAt.FirstOrDefault(at => at > content.Position) is > 0 and long cut)
        {
            ArchiveEndsAt.Remove(cut);
            end = cut;
        }
        byte[] buffer = new byte[64 << 10];
        while (content.Position < end)
        {
            int count = content.Read(buffer, 0, (int)Math.Min(buffer.Length, end - content.Position));
            if (isArchive && AltersArchive && content.Position == content.Length)
                buffer[count - 1] ^= 1;
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task<(string Path, long From)> ReadRequestAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string path = (await reader.ReadLineAsync())!.Split(' ')[1];
        long from = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } header)
        {
            if (header.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                from = long.Parse(header["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        }
        return (path, from);
    }
}
