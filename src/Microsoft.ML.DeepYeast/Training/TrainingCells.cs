using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Cells and their classes on the device, ready to be picked batch by batch.</summary>
internal sealed class TrainingCells : IDisposable
{
    private readonly Tensor _cells;     // (N, H, W, C): bytes where every value is a grey level of 8 bits, else floats
    private readonly Tensor _classes;   // (N), int64

    public TrainingCells(Tensor cells, Tensor classes)
    {
        _cells = cells;
        _classes = classes;
    }

    public int Count => (int)_classes.shape[0];

    /// <summary>The cells of these rows as (n, C, H, W) floats with channels-last strides, and their classes (n).</summary>
    /// <param name="rows">Row numbers (n), int64.</param>
    /// <param name="augmenter">Changes the cells at random; null for the cells as they are.</param>
    public (Tensor Cells, Tensor Classes) Pick(Tensor rows, CellAugmenter? augmenter)
    {
        Tensor cells = _cells.index_select(0, rows);
        if (augmenter is not null)
            cells = augmenter.Move(cells);
        if (cells.dtype == ScalarType.Byte)
            cells = GreyLevels.ToFeatures(cells.to(float32));
        if (augmenter is not null)
            cells = augmenter.ChangeValues(cells);
        return (cells.permute(0, 3, 1, 2), _classes.index_select(0, rows));
    }

    /// <summary>The class index of every row, on the host.</summary>
    public long[] Classes()
    {
        using var classes = _classes.cpu();
        return classes.data<long>().ToArray();
    }

    /// <summary>SHA-256 over all values and classes.</summary>
    public byte[] Hash()
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
