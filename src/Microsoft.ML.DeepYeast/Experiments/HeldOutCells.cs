using Microsoft.ML.DeepYeast.Datasets;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The true classes of the cells that trials are judged by.</summary>
internal sealed class HeldOutCells
{
    private readonly int[][] _groups;   // cells of each group; a single one where there are no groups

    /// <param name="classes">The class of each cell.</param>
    /// <param name="groups">The group of each cell; null where cells stand for themselves.</param>
    /// <param name="classCount">Number of classes.</param>
    public HeldOutCells(int[] classes, IReadOnlyList<int>? groups, int classCount)
    {
        (Classes, ClassCount) = (classes, classCount);
        _groups = [.. Enumerable.Range(0, classes.Length).GroupBy(cell => groups?[cell] ?? 0).Select(group => (int[])[.. group])];
        GroupOfCells = groups;
    }

    public int[] Classes { get; }

    public int ClassCount { get; }

    /// <summary>The group of each cell; null where cells stand for themselves.</summary>
    public IReadOnlyList<int>? GroupOfCells { get; }

    /// <summary>Whether there is anything to resample: a single group, or a single cell, says nothing of others.</summary>
    public bool CanResample => _groups.Length > 1 || (GroupOfCells is null && Classes.Length > 1);

    /// <summary>
    /// Draws as many groups as there are, and of each as many cells as it has, with replacement both times. Of few groups, resamples of groups alone would say too little: so these intervals are
    /// wider than those of <see cref="CellEvaluation"/>.
    /// </summary>
    /// <param name="random">Draws them.</param>
    /// <param name="times">How often each cell was drawn.</param>
    public void Resample(CellRandom random, int[] times)
    {
        Array.Clear(times);
        for (int draw = 0; draw < _groups.Length; draw++)
        {
            int[] group = _groups[random.Count(0, _groups.Length - 1)];
            for (int i = 0; i < group.Length; i++)
                times[group[random.Count(0, group.Length - 1)]]++;
        }
    }
}
