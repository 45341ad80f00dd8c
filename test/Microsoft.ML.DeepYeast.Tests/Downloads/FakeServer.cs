using System.Net;
using System.Net.Http.Headers;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Answers requests for one file in memory, as well or badly as a test asks for.</summary>
internal sealed class FakeServer(byte[] content) : HttpMessageHandler
{
    /// <summary>What was asked for, for example <c>bytes=5-</c> and the version; null for all of it.</summary>
    public List<(string? Range, string? IfRange)> Requests { get; } = [];

    public byte[] Content { get; set; } = content;

    public string? Tag { get; set; } = "\"v1\"";

    public bool SupportsRanges { get; set; } = true;

    public HttpStatusCode? Fails { get; set; }

    /// <summary>Bytes of a body after which the connection ends; null for none.</summary>
    public int? EndsAfter { get; set; }

    /// <summary>Whether, instead of ending, the connection breaks or stays silent there.</summary>
    public Ending Ending { get; set; }

    /// <summary>Added to the length that is announced.</summary>
    public int LengthError { get; set; }

    /// <summary>Where a partial answer begins instead of where it should.</summary>
    public int RangeError { get; set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? ifRange = request.Headers.IfRange?.ToString();
        Requests.Add((request.Headers.Range?.ToString(), ifRange));
        if (Fails is { } status)
            return Task.FromResult(new HttpResponseMessage(status));

        long from = request.Headers.Range?.Ranges.Single().From ?? 0;
        bool partial = request.Headers.Range is not null && SupportsRanges && (ifRange is null || ifRange == Tag);
        if (partial && from >= Content.Length)
        {
            var refused = new HttpResponseMessage(HttpStatusCode.RequestedRangeNotSatisfiable) { Content = new ByteArrayContent([]) };
            refused.Content.Headers.ContentRange = new(Content.Length);
            return Task.FromResult(refused);
        }
        byte[] body = partial ? Content[((int)from + RangeError)..] : Content;
        var response = new HttpResponseMessage(partial ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new StreamContent(new Body(body[..Math.Min(body.Length, EndsAfter ?? body.Length)], EndsAfter is null ? Ending.Ends : Ending)),
        };
        response.Content.Headers.ContentLength = body.Length + LengthError;
        if (partial)
            response.Content.Headers.ContentRange = new(from + RangeError, Content.Length - 1, Content.Length);
        if (Tag is not null)
            response.Headers.ETag = EntityTagHeaderValue.Parse(Tag);
        return Task.FromResult(response);
    }

    private sealed class Body(byte[] content, Ending ending) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Read(buffer.Span[..Math.Min(buffer.Length, 1000)]);
            if (count == 0 && ending == Ending.Breaks)
                throw new IOException("Connection reset by peer.");
            if (count == 0 && ending == Ending.StaysSilent)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            return count;
        }
    }
}

/// <summary>What a connection does when it has nothing more to give.</summary>
public enum Ending
{
    Ends,
    Breaks,
    StaysSilent,
}
