using System.Net;
using System.Security.Cryptography;
using Microsoft.ML.DeepYeast.Downloads;

namespace Microsoft.ML.DeepYeast.Tests;

[TestClass]
public sealed class FileDownloadTests
{
    private const string Address = "http://example.org/weights.h5";

    private readonly byte[] _content = new byte[10_000];
    private readonly TemporaryFolder _folder = new();
    private readonly FakeServer _server;
    private readonly string _path, _md5;

    public FileDownloadTests()
    {
        new Random(1).NextBytes(_content);
        _server = new(_content);
        _path = _folder.File("new/weights.h5");
        _md5 = Convert.ToHexString(MD5.HashData(_content)).ToLowerInvariant();
    }

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public async Task RunAsync_NothingThere_FetchesTheFileAlone()
    {
        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
        AssertFiles("weights.h5");
    }

    [TestMethod]
    public async Task RunAsync_GoodFileThere_AsksNobody()
    {
        await FetchAsync();

        await FetchAsync();

        Assert.HasCount(1, _server.Requests);
    }

    [TestMethod]
    public async Task RunAsync_Md5InCapitals_IsTheSame() => await FetchAsync(md5: _md5.ToUpperInvariant());

    [TestMethod]
    public async Task RunAsync_OtherFileThere_ThrowsWithBothMd5sAndLeavesIt()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path, "mine");

        var error = await Assert.ThrowsExactlyAsync<FormatException>(() => FetchAsync());

        StringAssert.Contains(error.Message, $"exists with the MD5 {Convert.ToHexString(MD5.HashData("mine"u8)).ToLowerInvariant()}, but {_md5} is expected. Delete it");
        Assert.AreEqual("mine", File.ReadAllText(_path));
        Assert.IsEmpty(_server.Requests);
    }

    [TestMethod]
    public async Task RunAsync_OtherFileThereAndNoMd5_TakesItAsItIs()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path, "mine");

        await FetchAsync(md5: null);

        Assert.AreEqual("mine", File.ReadAllText(_path));
    }

    [TestMethod]
    [DataRow(Ending.Ends, "The connection ended after 4321 of 10000 bytes of http://example.org/weights.h5. They are kept: the same call goes on from there.")]
    [DataRow(Ending.Breaks, "The connection broke after 4321 of 10000 bytes")]
    [DataRow(Ending.StaysSilent, "Nothing came for 0.2 s after 4321 of 10000 bytes")]
    public async Task RunAsync_Interrupted_ThrowsAndTheNextCallFetchesTheRest(Ending ending, string message)
    {
        (_server.EndsAfter, _server.Ending) = (4321, ending);
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => FetchAsync());
        StringAssert.Contains(error.Message, message);
        AssertFiles("weights.h5.part", "weights.h5.part.tag");
        _server.EndsAfter = null;

        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
        Assert.AreEqual(("bytes=4321-", "\"v1\""), _server.Requests[^1]);
        AssertFiles("weights.h5");
    }

    [TestMethod]
    public async Task RunAsync_CutAtRandomBytes_EndsWithTheRightMd5()
    {
        var random = new Random(2);
        int interruptions = 0;
        while (!File.Exists(_path))
        {
            _server.EndsAfter = random.Next(1, 1500);
            try
            {
                await FetchAsync();
            }
            catch (IOException)
            {
                interruptions++;
            }
        }

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
        Assert.IsGreaterThan(5, interruptions);
    }

    [TestMethod]
    public async Task RunAsync_ServerKnowsNoRanges_BeginsAnew()
    {
        await InterruptAsync();
        _server.SupportsRanges = false;

        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
        Assert.AreEqual("bytes=4321-", _server.Requests[^1].Range);
    }

    [TestMethod]
    public async Task RunAsync_FileChangedOnTheServer_BeginsAnew()
    {
        await InterruptAsync(md5: null);
        (_server.Tag, _server.Content) = ("\"v2\"", [1, 2, 3]);

        await FetchAsync(md5: null);

        Assert.AreSequenceEqual(new byte[] { 1, 2, 3 }, File.ReadAllBytes(_path));
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("W/\"weak\"")]
    public async Task RunAsync_NeitherVersionNorMd5_BeginsAnew(string? tag)
    {
        _server.Tag = tag;
        await InterruptAsync(md5: null);

        await FetchAsync(md5: null);

        Assert.AreEqual((null, null), _server.Requests[^1]);
        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
    }

    [TestMethod]
    public async Task RunAsync_NoVersionButAnMd5_FetchesTheRest()
    {
        _server.Tag = null;
        await InterruptAsync();

        await FetchAsync();

        Assert.AreEqual(("bytes=4321-", null), _server.Requests[^1]);
    }

    [TestMethod]
    public async Task RunAsync_AllBytesThereAlready_OnlyChecksThem()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllBytes($"{_path}.part", _content);

        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
        Assert.HasCount(1, _server.Requests);
    }

    [TestMethod]
    public async Task RunAsync_MoreBytesThereThanTheFileHas_BeginsAnew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllBytes($"{_path}.part", new byte[20_000]);

        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
    }

    [TestMethod]
    public async Task RunAsync_AnswerBeginsElsewhere_BeginsAnew()
    {
        await InterruptAsync();
        _server.RangeError = 1;

        await FetchAsync();

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
    }

    [TestMethod]
    public async Task RunAsync_WrongBytes_ThrowsWithBothMd5sAndDeletesThem()
    {
        _server.Content = [.. _content[1..], 0];

        var error = await Assert.ThrowsExactlyAsync<FormatException>(() => FetchAsync());

        StringAssert.Contains(error.Message, $"What came from {Address} has the MD5 {Convert.ToHexString(MD5.HashData(_server.Content)).ToLowerInvariant()}, but {_md5} is expected; it was deleted.");
        AssertFiles();
    }

    [TestMethod]
    public async Task RunAsync_MoreThanAnnounced_ThrowsAndDeletesThem()
    {
        _server.LengthError = -500;

        var error = await Assert.ThrowsExactlyAsync<IOException>(() => FetchAsync());

        StringAssert.Contains(error.Message, "sent more than the 9500 bytes that it announced");
        AssertFiles();
    }

    [TestMethod]
    public async Task RunAsync_LessThanAnnounced_Throws()
    {
        _server.LengthError = 500;

        var error = await Assert.ThrowsExactlyAsync<IOException>(() => FetchAsync());

        StringAssert.Contains(error.Message, "The connection ended after 10000 of 10500 bytes");
    }

    [TestMethod]
    public async Task RunAsync_NotFound_ThrowsNamingAddressAndStatusAndLeavesNothing()
    {
        _server.Fails = HttpStatusCode.NotFound;

        var error = await Assert.ThrowsExactlyAsync<HttpRequestException>(() => FetchAsync());

        Assert.AreEqual("http://example.org/weights.h5 answers 404 (Not Found) instead of the file. Check the address, or give that of a mirror.", error.Message);
        AssertFiles();
    }

    [TestMethod]
    public async Task RunAsync_Cancelled_KeepsWhatCame()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new Reports(report =>
        {
            if (report.Bytes >= 3000)
                cancellation.Cancel();
        });

        await Assert.ThrowsAsync<OperationCanceledException>(() => FetchAsync(progress: progress, cancellationToken: cancellation.Token));

        Assert.AreEqual(3000, new FileInfo($"{_path}.part").Length);
    }

    [TestMethod]
    public async Task RunAsync_Progress_GoesFromWhatWasThereToTheEnd()
    {
        await InterruptAsync();
        var reports = new List<DownloadProgress>();

        await FetchAsync(progress: new Reports(reports.Add));

        Assert.AreEqual(new DownloadProgress(4321, 10_000), reports[0]);
        Assert.AreEqual(new DownloadProgress(5321, 10_000), reports[1]);
        Assert.AreEqual(new DownloadProgress(10_000, 10_000), reports[^1]);
    }

    [TestMethod]
    public async Task RunAsync_AnotherDownloadIsWriting_ThrowsIOException()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        using var other = new FileStream($"{_path}.part", FileMode.Create, FileAccess.Write, FileShare.None);

        await Assert.ThrowsExactlyAsync<IOException>(() => FetchAsync());
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task RunAsync_LocalFile_IsCopiedAndChecked(bool asAddress)
    {
        string source = _folder.File("source file%20.h5");
        File.WriteAllBytes(source, _content);

        await new FileDownload(asAddress ? new Uri(source).AbsoluteUri : source, _path) { Md5 = _md5 }.RunAsync(default);

        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
    }

    [TestMethod]
    public async Task RunAsync_NoSuchLocalFile_ThrowsFileNotFoundAndLeavesNothing()
    {
        await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => new FileDownload(_folder.File("gone.h5"), _path).RunAsync(default));

        AssertFiles();
    }

    [TestMethod]
    [DataRow("ftp://example.org/weights.h5")]
    [DataRow("://")]
    public void Constructor_AddressOfAnotherKind_Throws(string source)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new FileDownload(source, _path));

        StringAssert.Contains(error.Message, $"'{source}' is no address that files can be fetched from. Give one with http, https or file");
    }

    [TestMethod]
    [DataRow("c42d")]
    [DataRow("c42d8788ba006f9c82725fffe3b096bx")]
    public async Task RunAsync_NoMd5_Throws(string md5)
    {
        var error = await Assert.ThrowsExactlyAsync<ArgumentException>(() => FetchAsync(md5: md5));

        StringAssert.Contains(error.Message, $"The MD5 '{md5}' must be 32 hexadecimal digits.");
    }

    [TestMethod]
    public async Task DownloadAsync_RealServerThatDropsTheConnection_GoesOnAndEndsWithTheRightMd5()
    {
        using var listener = new HttpListener();
        string address = Listen(listener);
        Task serving = ServeAsync(listener, requests: 2);

        await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(address, _path, _md5));
        string path = await PublishedWeights.DownloadAsync(address, _path, _md5);
        await serving;

        Assert.AreEqual(_path, path);
        Assert.AreSequenceEqual(_content, File.ReadAllBytes(_path));
    }

    [TestMethod]
    public async Task DownloadAsync_NobodyListens_ThrowsHttpRequestException()
    {
        string address;
        using (var listener = new HttpListener())
            address = Listen(listener);

        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => PublishedWeights.DownloadAsync(address, _path));
    }

    [TestMethod]
    public async Task DownloadDeepYeastAsync_AnotherFileComes_ThrowsNamingThePublishedMd5()
    {
        using var client = new HttpClient(_server, disposeHandler: false);

        var error = await Assert.ThrowsExactlyAsync<FormatException>(() => PublishedWeights.DownloadDeepYeastAsync(_path, client: client));

        StringAssert.Contains(error.Message, "but c42d8788ba006f9c82725fffe3b096b6 is expected");
    }

    // The first answer stops after a third of the bytes that it announces; the second is for the rest.
    private async Task ServeAsync(HttpListener listener, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            HttpListenerContext context = await listener.GetContextAsync();
            string? range = context.Request.Headers["Range"];
            int from = range is null ? 0 : int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            context.Response.StatusCode = range is null ? 200 : 206;
            context.Response.Headers["ETag"] = "\"v1\"";
            if (range is not null)
                context.Response.Headers["Content-Range"] = $"bytes {from}-{_content.Length - 1}/{_content.Length}";
            context.Response.ContentLength64 = _content.Length - from;
            await context.Response.OutputStream.WriteAsync(_content.AsMemory(from, i == 0 ? _content.Length / 3 : _content.Length - from));
            await context.Response.OutputStream.FlushAsync();
            if (i == 0)
                context.Response.Abort();
            else
                context.Response.Close();
        }
    }

    private static string Listen(HttpListener listener)
    {
        var random = new Random();
        while (true)
        {
            string address = $"http://localhost:{random.Next(20_000, 60_000)}/";
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return $"{address}weights.h5";
            }
            catch (HttpListenerException)
            {
                listener.Prefixes.Clear();   // somebody has this port
            }
        }
    }

    private async Task InterruptAsync(string? md5 = "known")
    {
        _server.EndsAfter = 4321;
        await Assert.ThrowsExactlyAsync<IOException>(() => FetchAsync(md5));
        _server.EndsAfter = null;
    }

    private async Task FetchAsync(string? md5 = "known", IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var client = new HttpClient(_server, disposeHandler: false);
        await new FileDownload(Address, _path) { Md5 = md5 == "known" ? _md5 : md5, Client = client, Progress = progress, Patience = TimeSpan.FromSeconds(0.2) }.RunAsync(cancellationToken);
    }

    private void AssertFiles(params string[] names)
        => Assert.AreSequenceEqual(names, Directory.GetFiles(Path.GetDirectoryName(_path)!).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray());

    private sealed class Reports(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
