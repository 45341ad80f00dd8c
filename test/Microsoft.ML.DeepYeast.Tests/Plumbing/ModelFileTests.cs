using System.IO.Compression;
using Microsoft.ML.DeepYeast.Plumbing;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>Models on disk: whole, damaged, newer, and half written.</summary>
[TestClass]
public sealed class ModelFileTests
{
    // What a damaged file may make a load allocate; the file itself has some kilobytes.
    private const long MostAllocated = 64 << 20;

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Load_InASecondProcess_GivesTheSameScores()
    {
        using var folder = new TemporaryFolder();
        List<Tiny.Row> rows = Tiny.Rows(70, seed: 4);
        TransformerChain<KeyToValueMappingTransformer> model = Chain();
        _mlContext.Model.Save(model, Tiny.Cells(_mlContext, 3).Schema, folder.File("model.zip"));

        float[][] scores = SecondProcess.Score(folder.File("model.zip"), rows, folder);

        Assert.IsTrue(RowValues.Same(Tiny.Scores(model.Transform(_mlContext.Data.LoadFromEnumerable(rows))), scores));
    }

    [TestMethod]
    public void Load_Preprocessing_KeepsEveryOption()
    {
        var options = new DeepYeastPreprocessingEstimator.Options
        {
            Channels = [ImageChannel.Green],
            Height = 20,
            Width = 24,
            Sizing = CellSizing.CropOrPad,
            Contrast = CellContrast.Percentiles,
            LowPercentile = 2,
            HighPercentile = 90,
        };
        IDataView cells = _mlContext.Data.LoadFromEnumerable(ByteCells.Create(3, 2, 64, 64));
        DeepYeastPreprocessingTransformer model = _mlContext.Transforms.DeepYeastPreprocess(options).Fit(cells);

        ITransformer loaded = Load(Save(model, cells.Schema));

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1, 20, 24), loaded.Transform(cells).Schema["Features"].Type);
        Assert.IsTrue(RowValues.Same(model.Transform(cells).GetColumn<float[]>("Features").ToArray(), loaded.Transform(cells).GetColumn<float[]>("Features").ToArray()));
    }

    [TestMethod]
    public void Load_CutShortAnywhere_ThrowsADocumentedException()
    {
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);

        foreach (int length in Enumerable.Range(0, 40).Select(i => i * file.Length / 40))
            Assert.IsTrue(Try(file[..length], out Exception? error) is null && IsDocumented(error), $"cut to {length} of {file.Length}: {error}");
    }

    [TestMethod]
    public void Load_AnyByteChanged_GivesTheSameScoresOrADocumentedException()
    {
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);
        float[][] expected = Try(file, out _)!;
        Assert.IsNotNull(expected);
        var random = new Random(3);
        var failures = new List<string>();
        (int schemaStart, int schemaEnd) = SchemaEntry(file);

        for (int i = 0; i < 240; i++)
        {
            int position = i * file.Length / 240 + random.Next(file.Length / 240);
            if (position >= schemaStart && position < schemaEnd)
                continue;
            byte[] changed = [.. file];
            changed[position] ^= (byte)(1 << random.Next(8));
            float[][]? scores = Try(changed, out Exception? error);
            if (scores is null ? !IsDocumented(error) : !RowValues.Same(expected, scores))
                failures.Add($"byte {position}: {error?.ToString() ?? "other scores"}");
        }

        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    [TestMethod]
    public void Load_WeightsChanged_ThrowsNamingTheHash()
    {
        byte[] file = Edit(Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema), "Network", bytes => bytes[^5] ^= 1);

        // ML.NET puts a loader's exception into a TargetInvocationException.
        Exception error = Assert.Throws<Exception>(() => Load(file));

        Assert.IsInstanceOfType<FormatException>(error.GetBaseException());
        StringAssert.Contains(error.GetBaseException().Message, "SHA-256 does not match");
    }

    [TestMethod]
    public void Load_AnyBitOfTheSettingsChanged_ThrowsSayingThatTheFileIsDamaged()
    {
        // ML.NET's header has 256 bytes; then comes our block: its length, its hash, and the settings. See ComponentWriter.
        const int header = 256, hash = 32;
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);
        int end = 0;
        Edit(file, "Model.key", bytes => end = header + sizeof(int) + hash + BitConverter.ToInt32(bytes, header));
        Assert.IsGreaterThan(header + sizeof(int) + hash + 50, end);

        for (int position = header; position < end; position++)
        {
            byte[] changed = Edit(file, "Model.key", bytes => bytes[position] ^= (byte)(1 << (position % 8)));
            Assert.IsNull(Try(changed, out Exception? error), $"byte {position}");
            Assert.IsInstanceOfType<FormatException>(error!.GetBaseException(), $"byte {position}: {error}");
            StringAssert.StartsWith(error.GetBaseException().Message, "The model file is damaged: its settings ");
        }
    }

    [TestMethod]
    public void Load_NewerFormat_ThrowsSayingToUpdate()
    {
        // ML.NET's header: 8 bytes of magic, versions, model signature at 16, then the model's version written and readable. See ModelHeader.
        byte[] file = Edit(Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema), "Model.key", bytes =>
        {
            byte[] version = BitConverter.GetBytes(ComponentFormat.Current);
            for (int i = 16; i + 4 <= 256; i += 4)
            {
                if (bytes.AsSpan(i, 4).SequenceEqual(version))
                    bytes[i + 2]++;
            }
        });

        Exception error = Assert.Throws<Exception>(() => Load(file));

        StringAssert.Contains(Messages(error), "The model file was written by a newer Microsoft.ML.DeepYeast: DeepYeastClassifier has format 00020003 and this version reads up to 00010003.");
    }

    [TestMethod]
    public void Load_NetworkEntryMissing_ThrowsNamingIt()
    {
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);
        using var stream = new MemoryStream();
        stream.Write(file);
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
            zip.Entries.Single(entry => entry.Name == "Network").Delete();

        Exception error = Assert.Throws<Exception>(() => Load(stream.ToArray()));

        StringAssert.Contains(Messages(error), "its entry 'Network' is missing");
    }

    [TestMethod]
    public void SaveAtomically_Model_CanBeLoaded()
    {
        using var folder = new TemporaryFolder();

        _mlContext.Model.SaveAtomically(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema, folder.File("model.zip"));

        Assert.IsNotNull(Try(File.ReadAllBytes(folder.File("model.zip")), out _));
    }

    [TestMethod]
    public void SaveAtomically_NullModel_ThrowsAndLeavesTheOlderFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.zip"), "older");

        Assert.ThrowsExactly<ArgumentNullException>(() => _mlContext.Model.SaveAtomically(null!, Tiny.Cells(_mlContext, 3).Schema, folder.File("model.zip")));

        Assert.AreEqual("older", File.ReadAllText(folder.File("model.zip")));
    }

    [TestMethod]
    public void SaveAtomically_MissingFolder_ThrowsNamingIt()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "no such folder", "model.zip");

        var error = Assert.ThrowsExactly<DirectoryNotFoundException>(() => _mlContext.Model.SaveAtomically(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema, path));

        StringAssert.Contains(error.Message, "no such folder");
    }

    [TestMethod]
    public void Write_WriterThrowsInTheMiddle_LeavesTheOlderFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.zip"), "older");

        Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(folder.File("model.zip"), stream =>
        {
            stream.Write(new byte[1000]);
            throw new IOException("No space left on device");
        }));

        Assert.AreSequenceEqual([folder.File("model.zip")], Directory.GetFiles(folder.Path));
        Assert.AreEqual("older", File.ReadAllText(folder.File("model.zip")));
    }

    [TestMethod]
    public void Write_DiskIsFull_SaysSoOfTheFinalName()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(folder.File("model.zip"), _ => throw new IOException("No space left on device")));

        Assert.AreEqual($"'{folder.File("model.zip")}' could not be saved, and nothing was changed: No space left on device", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    // The one folder that even root cannot write to.
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void SaveAtomically_ReadOnlyFolder_SaysSoOfTheFinalName()
    {
        var error = Assert.ThrowsExactly<UnauthorizedAccessException>(() => _mlContext.Model.SaveAtomically(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema, "/sys/model.zip"));

        StringAssert.StartsWith(error.Message, "'/sys/model.zip' could not be saved, and nothing was changed: Access to the path '/sys/model.zip' is denied.");
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(0.0)]
    public void LoadDeepYeastNetwork_CutShort_ThrowsSayingThatTheFileIsDamaged(double share)
    {
        using var folder = new TemporaryFolder();
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);
        File.WriteAllBytes(folder.File("model.zip"), file[..(int)(share * file.Length)]);

        var error = Assert.ThrowsExactly<FormatException>(() => _mlContext.Model.LoadDeepYeastNetwork(folder.File("model.zip")));

        StringAssert.StartsWith(error.Message, "The model file is damaged: ");
        StringAssert.EndsWith(error.Message, "Copy it again from where it came, or train and save anew.");
    }

    [TestMethod]
    public void LoadDeepYeastNetwork_AnyByteChanged_GivesTheNetworkOrSaysThatTheFileIsDamaged()
    {
        using var folder = new TemporaryFolder();
        byte[] file = Save(Tiny.Fit(_mlContext), Tiny.Cells(_mlContext, 3).Schema);
        (int schemaStart, int schemaEnd) = SchemaEntry(file);
        float[] expected = [.. Tiny.Fit(_mlContext).Model.Weights.SelectMany(weight => weight)];

        for (int position = 0; position < file.Length; position += 7)
        {
            if (position >= schemaStart && position < schemaEnd)
                continue;
            byte[] changed = [.. file];
            changed[position] ^= (byte)(1 << (position % 8));
            File.WriteAllBytes(folder.File("model.zip"), changed);
            try
            {
                Assert.AreSequenceEqual(expected, _mlContext.Model.LoadDeepYeastNetwork(folder.File("model.zip")).Weights.SelectMany(weight => weight).ToArray(), $"byte {position}");
            }
            catch (FormatException e)
            {
                StringAssert.StartsWith(e.Message, "The model file is damaged: ", $"byte {position}");
            }
        }
    }

    [TestMethod]
    public void Load_FoldedNetwork_ScoresLikeTheOneThatWasNotFolded()
    {
        Network network = Tiny.Fit(_mlContext).Model;
        IDataView cells = Tiny.Cells(_mlContext, 20, seed: 3);
        float[][] expected = Tiny.Scores(_mlContext.Transforms.DeepYeastClassify(network, ["a", "b", "c"]).Fit(cells).Transform(cells));

        Network folded = network.FoldBatchNormalization();
        ITransformer loaded = Load(Save(_mlContext.Transforms.DeepYeastClassify(folded, ["a", "b", "c"]).Fit(cells), cells.Schema));

        Assert.DoesNotContain(layer => layer is DeepYeast.Layers.BatchNormalization, Network.Of(loaded).Graph.Layers);
        float[][] scores = Tiny.Scores(loaded.Transform(cells));
        Assert.IsTrue(expected.Zip(scores).All(pair => pair.First.Zip(pair.Second).All(values => Math.Abs(values.First - values.Second) < 1e-5)));
    }

    [TestMethod]
    public void Write_OlderFile_IsReplaced()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.zip"), "older");

        AtomicFile.Write(folder.File("model.zip"), stream => stream.Write("new"u8));

        Assert.AreEqual("new", File.ReadAllText(folder.File("model.zip")));
    }

    private TransformerChain<KeyToValueMappingTransformer> Chain()
    {
        IDataView cells = _mlContext.Data.LoadFromEnumerable(Tiny.Rows(48));
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(Tiny.Trainer(_mlContext))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(cells);
    }

    private byte[] Save(ITransformer model, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, schema, stream);
        return stream.ToArray();
    }

    private static ITransformer Load(byte[] file) => new MLContext().Model.Load(new MemoryStream(file), out _);

    /// <summary>Loads and scores; null and the exception where that does not work.</summary>
    private static float[][]? Try(byte[] file, out Exception? error)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        error = null;
        float[][]? scores = null;
        try
        {
            ITransformer model = Load(file);
            scores = Tiny.Scores(model.Transform(new MLContext().Data.LoadFromEnumerable(Tiny.Rows(4))));
            (model as IDisposable)?.Dispose();
        }
        catch (Exception e)
        {
            error = e;
        }
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.IsLessThan(MostAllocated, allocated, $"{allocated} bytes were allocated: {error}");
        return scores;
    }

    // ML.NET wraps what a component's loader throws.
    private static bool IsDocumented(Exception? error) => error switch
    {
        System.Reflection.TargetInvocationException { InnerException: { } inner } => IsDocumented(inner),
        FormatException or InvalidDataException or InvalidOperationException or ArgumentException or IOException or KeyNotFoundException or NotSupportedException => true,
        _ => false,
    };

    // A changed byte in ML.NET's own list of input columns can make ML.NET's reader of it loop without end; nothing of ours runs by then.
    private static (int Start, int End) SchemaEntry(byte[] file)
    {
        ReadOnlySpan<byte> header = "PK\x03\x04"u8, name = "Schema"u8;
        int start = file.AsSpan().IndexOf(name), end = start + name.Length;
        int next = file.AsSpan(end).IndexOf(header), directory = file.AsSpan(end).IndexOf("PK\x01\x02"u8);
        return (start, end + (next < 0 ? directory : Math.Min(next, directory)));
    }

    private static string Messages(Exception? error) => error is null ? "" : $"{error.Message}\n{Messages(error.InnerException)}";

    private static byte[] Edit(byte[] file, string name, Action<byte[]> edit)
    {
        using var stream = new MemoryStream();
        stream.Write(file);
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            ZipArchiveEntry entry = zip.Entries.Single(each => each.Name == name);
            using Stream content = entry.Open();
            byte[] bytes = new byte[content.Length];
            content.ReadExactly(bytes);
            edit(bytes);
            content.Position = 0;
            content.Write(bytes);
        }
        return stream.ToArray();
    }
}
