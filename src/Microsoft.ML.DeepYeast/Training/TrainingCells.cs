using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Cells and their classes, ready to be picked batch by batch: all on the device that computes, or, where a GPU has no room for them, on the host, from where
/// each batch goes to the GPU while it still computes the one before.
/// </summary>
internal sealed class TrainingCells : IDisposable
{
    private const int RowsPerBlock = 256;

    // So many times the cells must fit on a GPU: what else a training needs, activations above all, is left as much again.
    private const int Room = 2;

    private readonly Tensor _cells;     // (N, H, W, C): bytes where every value is a grey level of 8 bits, else floats
    private readonly Tensor _classes;   // (N), int64, beside the cells
    private readonly Device _device;
    private readonly Lazy<byte[]> _hash;

    /// <param name="cells">(N, H, W, C), bytes or floats; owned from now on.</param>
    /// <param name="classes">(N), int64, on the same device; owned from now on.</param>
    /// <param name="device">Where batches are needed.</param>
    public TrainingCells(Tensor cells, Tensor classes, Device device)
    {
        (_cells, _classes, _device) = (cells, classes, device);
        _hash = new(ComputeHash);
    }

    public int Count => (int)_classes.shape[0];

    /// <summary>Whether the cells stay on the host and batches go to a GPU one by one.</summary>
    public bool AreStaged => _cells.device_type != _device.type;

    /// <summary>Where that many bytes of cells lie best for a device that computes: there if it has the room, which is tried, else on the host.</summary>
    public static Device Place(long bytes, Device device)
    {
        if (device.type == DeviceType.CPU)
            return device;
        try
        {
            empty(Room * bytes, uint8, device).Dispose();
            return device;
        }
        catch (ExternalException e) when (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            return CPU;
        }
    }

    /// <summary>Row numbers as <see cref="Pick"/> takes them.</summary>
    public Tensor Rows(int[] rows) => tensor(rows, dtype: int64).to(_cells.device);

    /// <summary>The cells of these rows as (n, C, H, W) floats with channels-last strides, and their classes (n).</summary>
    /// <param name="rows">Row numbers (n), a part of what <see cref="Rows"/> gave.</param>
    /// <param name="augmenter">Changes the cells at random; null for the cells as they are.</param>
    public (Tensor Cells, Tensor Classes) Pick(Tensor rows, CellAugmenter? augmenter)
    {
        Tensor cells = ToDevice(_cells.index_select(0, rows));
        if (augmenter is not null)
            cells = augmenter.Move(cells);
        if (cells.dtype == ScalarType.Byte)
            cells = GreyLevels.ToFeatures(cells.to(float32));
        if (augmenter is not null)
            cells = augmenter.ChangeValues(cells);
        return (cells.permute(0, 3, 1, 2), ToDevice(_classes.index_select(0, rows)));
    }

    /// <summary>The cells of these rows, each in (channel, row, column) order, as they are read.</summary>
    public IEnumerable<float[]> Read(IReadOnlyList<int> rows)
    {
        foreach (int[] block in rows.Chunk(RowsPerBlock))
        {
            float[] values;
            using (NewDisposeScope())
            using (no_grad())
                values = Pick(Rows(block), augmenter: null).Cells.contiguous().cpu().data<float>().ToArray();
            int size = values.Length / block.Length;
            for (int i = 0; i < block.Length; i++)
                yield return values[(i * size)..((i + 1) * size)];
        }
    }

    // From pinned memory, which libtorch keeps until the copy is over, so that the host need not wait.
    private Tensor ToDevice(Tensor batch) => AreStaged ? batch.pin_memory().to(_device, non_blocking: true) : batch;

    /// <summary>The class index of every row, on the host.</summary>
    public long[] Classes()
    {
        using var classes = _classes.cpu();
        return classes.data<long>().ToArray();
    }

    /// <summary>SHA-256 over all values and classes.</summary>
    public byte[] Hash() => _hash.Value;

    private byte[] ComputeHash()
    {
        const int rowsPerBlock = 4096;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int start = 0; start < Count; start += rowsPerBlock)
        {
            using var scope = NewDisposeScope();
            int rows = Math.Min(rowsPerBlock, Count - start);
            hash.AppendData(_cells.narrow(0, start, rows).cpu().bytes);
            hash.AppendData(_classes.narrow(0, start, rows).cpu().bytes);
        }
        return hash.GetHashAndReset();
    }

    public void Dispose()
    {
        _cells.Dispose();
        _classes.Dispose();
    }
}
