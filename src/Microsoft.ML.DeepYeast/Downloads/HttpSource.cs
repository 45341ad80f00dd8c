using System.Net;
using System.Net.Http.Headers;

namespace Microsoft.ML.DeepYeast.Downloads;

/// <summary>Fetches a file over HTTP, and where a part of it is there already, only the rest (RFC 9110, sections 13.1.5 and 14).</summary>
internal sealed class HttpSource(Uri address, HttpClient client, TimeSpan patience)
{
    /// <summary>Appends what is missing, or begins anew if the server cannot send the rest of the same version.</summary>
    /// <param name="part">What is there so far.</param>
    /// <param name="isVerified">Whether a checksum will tell if parts of two versions were put together, so that a server need not name its versions.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept.</param>
    /// <exception cref="HttpRequestException">The server cannot be reached, or does not give the file.</exception>
    /// <exception cref="IOException">The connection ended early, nothing came for too long, or more came than announced.</exception>
    public async Task FetchAsync(PartialFile part, bool isVerified, CancellationToken cancellationToken)
    {
        if (part.Length > 0 && !(isVerified || part.Tag is not null))
            part.Clear();
        using HttpResponseMessage response = await SendAsync(part, cancellationToken).ConfigureAwait(false);
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && range?.Length == part.Length)
            return;
        bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && range?.From == part.Length && (isVerified || VersionOf(response) == part.Tag);
        if (!goesOn && part.Length > 0 && response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.PartialContent)
        {
            part.Clear();
            await FetchAsync(part, isVerified, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (!goesOn && response.StatusCode != HttpStatusCode.OK)
            throw new HttpRequestException($"{address} answers {(int)response.StatusCode} ({response.ReasonPhrase}) instead of the file. Check the address, or give that of a mirror.", null, response.StatusCode);
        if (!goesOn)
        {
            part.Clear();
            part.Tag = VersionOf(response);
        }
        await ReceiveAsync(part, response, goesOn ? range!.Length : response.Content.Headers.ContentLength, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(PartialFile part, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new("identity"));   // positions in a compressed stream would mean nothing
        if (part.Length > 0)
        {
            request.Headers.Range = new(part.Length, null);
            if (part.Tag is { } tag)
                request.Headers.TryAddWithoutValidation("If-Range", tag);
        }
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{address} did not answer within {client.Timeout.TotalSeconds} s.", e);
        }
    }

    private async Task ReceiveAsync(PartialFile part, HttpResponseMessage response, long? total, CancellationToken cancellationToken)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        bool fits = await part.AppendAsync(buffer => ReadAsync(body, buffer, part, total, cancellationToken), total, cancellationToken).ConfigureAwait(false);
        if (!fits)
        {
            part.Clear();
            throw new IOException($"{address} sent more than the {total} bytes that it announced; they were deleted. Try again, or fetch the file from a mirror.");
        }
        if (part.Length < total)
            throw Interrupted("The connection ended", part, total);
    }

    private async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, PartialFile part, long? total, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(patience);
        try
        {
            return await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Interrupted($"Nothing came for {patience.TotalSeconds} s", part, total, e);
        }
        catch (IOException e)
        {
            throw Interrupted("The connection broke", part, total, e);
        }
    }

    private IOException Interrupted(string what, PartialFile part, long? total, Exception? cause = null)
        => new($"{what} after {part.Length} of {total?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"} bytes of {address}. They are kept: the same call goes on from there.", cause);

    // What If-Range takes: a strong tag or a date.
    private static string? VersionOf(HttpResponseMessage response)
        => response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
}
