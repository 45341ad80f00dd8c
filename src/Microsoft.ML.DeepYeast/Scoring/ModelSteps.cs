namespace Microsoft.ML.DeepYeast.Scoring;

/// <summary>Steps of a fitted pipeline.</summary>
internal static class ModelSteps
{
    /// <summary>The last step of a kind: the transformer itself, or one in a chain, however deep.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static T FindLast<T>(ITransformer model) where T : class, ITransformer
    {
        ArgumentNullException.ThrowIfNull(model);
        return TryFindLast<T>(model) ?? throw new ArgumentException(
            $"The model, a {model.GetType().Name}, has no step with a network of this library. Give one with a {nameof(DeepYeastPredictionTransformer)} in it.", nameof(model));
    }

    /// <summary>The same; null where there is none.</summary>
    public static T? TryFindLast<T>(ITransformer model) where T : class, ITransformer => model switch
    {
        T step => step,
        IEnumerable<ITransformer> chain => chain.Reverse().Select(TryFindLast<T>).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
