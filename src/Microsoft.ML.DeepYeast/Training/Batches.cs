namespace Microsoft.ML.DeepYeast.Training;

/// <summary>How rows are cut into batches.</summary>
internal static class Batches
{
    /// <summary>
    /// Start and length of each batch. None has one row alone, since its batch-norm variance would be 0 / 0: a lone last row joins the
    /// batch before it.
    /// </summary>
    public static IReadOnlyList<(int Start, int Count)> Cut(int rowCount, int batchSize)
    {
        var batches = new List<(int Start, int Count)>();
        for (int start = 0; start < rowCount;)
        {
            int left = rowCount - start;
            int count = left == batchSize + 1 ? left : Math.Min(batchSize, left);
            batches.Add((start, count));
            start += count;
        }
        return batches;
    }
}
