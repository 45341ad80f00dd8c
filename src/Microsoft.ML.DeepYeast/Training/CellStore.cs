using System.Runtime.InteropServices;
using Microsoft.ML.DeepYeast.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Gathers cells in (row, column, channel) order, in blocks so that nothing is copied as it grows. Cells are kept as bytes as long as every
/// value is exactly a grey level of 8 bits, which is a quarter of the memory; the first that is not turns the store to floats.
/// </summary>
internal sealed class CellStore(CellShape shape) : IDisposable
{
    private const int BytesPerBlock = 64 << 20;

    private readonly int _rowsPerBlock = Math.Max(1, BytesPerBlock / (shape.Size * sizeof(float)));
    private readonly List<Tensor> _blocks = [];   // each (rows, H, W, C) on the host
    private bool _grey = true;

    public int Count { get; private set; }

    /// <summary>Bytes that the cells take.</summary>
    public long Size => (long)Count * shape.Size * (_grey ? 1 : sizeof(float));

    /// <summary>Adds a cell given in (channel, row, column) order.</summary>
    public void Add(ReadOnlySpan<float> cell)
    {
        int row = Count % _rowsPerBlock;
        if (row == 0)
            _blocks.Add(empty([_rowsPerBlock, shape.Height, shape.Width, shape.Channels], _grey ? uint8 : float32).DetachFromDisposeScope());
        if (_grey && !TryAddGrey(cell, row))
            TurnToFloats();
        if (!_grey)
            ToChannelsLast(cell, MemoryMarshal.Cast<byte, float>(_blocks[^1].bytes).Slice(row * shape.Size, shape.Size));
        Count++;
    }

    /// <summary>All cells as (N, H, W, C) on a device, bytes or floats, in no dispose scope. The store is empty then: each block is freed once it is copied.</summary>
    public Tensor TakeTensor(Device device)
    {
        using var scope = NewDisposeScope();
        Tensor all = empty([Count, shape.Height, shape.Width, shape.Channels], _grey ? uint8 : float32, device);
        for (int start = 0; start < Count; start += _rowsPerBlock)
        {
            int rows = Math.Min(_rowsPerBlock, Count - start);
            Tensor block = _blocks[start / _rowsPerBlock];
            all.narrow(0, start, rows).copy_(block.narrow(0, 0, rows));
            block.Dispose();
            NativeHeap.Trim();
        }
        _blocks.Clear();
        Count = 0;
        return all.DetachFromDisposeScope();
    }

    private bool TryAddGrey(ReadOnlySpan<float> cell, int row)
    {
        Span<byte> target = _blocks[^1].bytes.Slice(row * shape.Size, shape.Size);
        int plane = shape.Height * shape.Width;
        for (int i = 0; i < cell.Length; i++)
        {
            if (!GreyLevels.TryFromFeature(cell[i], out target[i % plane * shape.Channels + i / plane]))
                return false;
        }
        return true;
    }

    private void ToChannelsLast(ReadOnlySpan<float> cell, Span<float> target)
    {
        int plane = shape.Height * shape.Width;
        for (int i = 0; i < cell.Length; i++)
            target[i % plane * shape.Channels + i / plane] = cell[i];
    }

    private void TurnToFloats()
    {
        for (int i = 0; i < _blocks.Count; i++)
        {
            using Tensor greys = _blocks[i];
            _blocks[i] = GreyLevels.ToFeatures(greys.to(float32)).DetachFromDisposeScope();
        }
        _grey = false;
    }

    public void Dispose()
    {
        foreach (Tensor block in _blocks)
            block.Dispose();
    }
}
