namespace Microsoft.ML.DeepYeast.Training;

/// <summary>Sets rows aside for validation.</summary>
internal static class ValidationSplit
{
    /// <summary>Sets a share of each class's rows aside, drawn at random, rounded to the nearest whole row; one at least stays.</summary>
    public static (int[] Training, int[] Held) Split(long[] classes, double fraction, Random random)
    {
        var training = new List<int>();
        var held = new List<int>();
        foreach (IGrouping<long, int> rows in Enumerable.Range(0, classes.Length).GroupBy(row => classes[row]).OrderBy(group => group.Key))
        {
            int[] shuffled = [.. rows];
            random.Shuffle(shuffled);
            int count = Math.Min(shuffled.Length - 1, (int)Math.Round(fraction * shuffled.Length, MidpointRounding.AwayFromZero));
            held.AddRange(shuffled.Take(count));
            training.AddRange(shuffled.Skip(count));
        }
        return ([.. training], [.. held]);
    }
}
