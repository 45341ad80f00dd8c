using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepYeast.Training;

/// <summary>
/// Gathers cells in (row, column, channel) order, in blocks so that nothing is copied as it grows. Cells are kept as bytes as long as every
/// value is exactly a grey level of 8 bits, which is a quarter of the memory; the first that is not turns the store to floats.
/// </summary>
internal sealed class CellStore(CellShape shape)
{
    private const int BytesPerBlock = 64 << 20;

    private readonly int _rowsPerBlock = Math.Max(1, BytesPerBlock / (shape.Size * sizeof(float)));
    private readonly List<byte[]> _greys = [];
    private readonly List<float[]> _floats = [];
    private bool _grey = true;

    public int Count { get; private set; }

    /// <summary>Adds a cell given in (channel, row, column) order.</summary>
    public void Add(ReadOnlySpan<float> cell)
    {
        int row = Count % _rowsPerBlock;
        if (row == 0)
            AddBlock();
        if (_grey && !TryAddGrey(cell, row))
            TurnToFloats();
        if (!_grey)
            ToChannelsLast(cell, _floats[^1].AsSpan(row * shape.Size, shape.Size));
        Count++;
    }

    /// <summary>All cells as (N, H, W, C) on the device, bytes or floats, in no dispose scope.</summary>
    public Tensor ToTensor(Device device)
    {
        using var scope = NewDisposeScope();
        Tensor all = empty([Count, shape.Height, shape.Width, shape.Channels], _grey ? ScalarType.Byte : float32, device);
        for (int block = 0, start = 0; start < Count; block++, start += _rowsPerBlock)
        {
            int rows = Math.Min(_rowsPerBlock, Count - start);
            Tensor source = _grey ? tensor(_greys[block]) : tensor(_floats[block]);
            all.narrow(0, start, rows).view(-1).copy_(source.narrow(0, 0, (long)rows * shape.Size));
            source.Dispose();
        }
        return all.DetachFromDisposeScope();
    }

    private void AddBlock()
    {
        if (_grey)
            _greys.Add(new byte[_rowsPerBlock * shape.Size]);
        else
            _floats.Add(new float[_rowsPerBlock * shape.Size]);
    }

    private bool TryAddGrey(ReadOnlySpan<float> cell, int row)
    {
        Span<byte> target = _greys[^1].AsSpan(row * shape.Size, shape.Size);
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
        foreach (byte[] block in _greys)
            _floats.Add(Array.ConvertAll(block, grey => GreyLevels.ToFeature(grey)));
        _greys.Clear();
        _grey = false;
    }
}
