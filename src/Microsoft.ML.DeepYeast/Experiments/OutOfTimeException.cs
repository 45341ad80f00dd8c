namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>The time of an experiment ran out before a trial had anything to judge; another run may go on with it.</summary>
internal sealed class OutOfTimeException(Exception? inner = null) : Exception("The time ran out before there was anything to judge.", inner);
