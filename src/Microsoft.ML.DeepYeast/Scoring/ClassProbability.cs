namespace Microsoft.ML.DeepYeast;

/// <summary>A class and the probability that a network gives it.</summary>
/// <param name="ClassName">Name of the class; where the label had keys without values, the key: 1 is the first class.</param>
/// <param name="Probability">In [0, 1].</param>
public readonly record struct ClassProbability(string ClassName, float Probability);
