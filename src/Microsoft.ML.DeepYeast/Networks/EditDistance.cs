namespace Microsoft.ML.DeepYeast;

/// <summary>How far apart two names are, to suggest the one that was meant.</summary>
internal static class EditDistance
{
    /// <summary>Insertions, deletions and substitutions that turn one into the other, ignoring case (Levenshtein, 1966).</summary>
    public static int Between(string first, string second)
    {
        int[] previous = [.. Enumerable.Range(0, second.Length + 1)];
        for (int i = 1; i <= first.Length; i++)
        {
            int[] current = new int[second.Length + 1];
            current[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int substitution = char.ToUpperInvariant(first[i - 1]) == char.ToUpperInvariant(second[j - 1]) ? 0 : 1;
                current[j] = Math.Min(previous[j - 1] + substitution, 1 + Math.Min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[^1];
    }
}
