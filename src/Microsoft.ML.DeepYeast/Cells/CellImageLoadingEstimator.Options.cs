namespace Microsoft.ML.DeepYeast;

public sealed partial class CellImageLoadingEstimator
{
    /// <summary>Settings of the loading. The defaults are one file of two pages of 64 x 64 pixels a cell.</summary>
    public sealed class Options
    {
        /// <summary>The columns of text that name the files: one, whose files have a page for each channel, or one for each channel, whose files have one page.</summary>
        public IReadOnlyList<string> InputColumnNames { get; set; } = [Defaults.InputColumnName];

        /// <summary>The column that is added: vector of floats, (channel, row, column), in the files' own range.</summary>
        public string OutputColumnName { get; set; } = Defaults.OutputColumnName;

        /// <summary>Channels, rows and columns of every cell; DeepYeastPreprocess brings them to another size.</summary>
        public CellShape Shape { get; set; } = CellShape.DeepYeast;

        /// <summary>
        /// The folder that relative paths begin in; null for the process's own. It goes into a saved model and must be there where the model is used, so absolute
        /// paths and null travel better.
        /// </summary>
        public string? ImageFolder { get; set; }

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.InputColumnNames = [.. InputColumnNames];
            return copy;
        }

        internal void Validate()
        {
            ArgumentNullException.ThrowIfNull(InputColumnNames);
            ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
            if (InputColumnNames.Any(string.IsNullOrWhiteSpace))
                throw new ArgumentException($"Option {nameof(InputColumnNames)} has a name that is empty.", nameof(InputColumnNames));
            if (Shape.Channels < 1 || Shape.Height < 1 || Shape.Width < 1 || (long)Shape.Channels * Shape.Height * Shape.Width > Array.MaxLength)
                throw new ArgumentOutOfRangeException(nameof(Shape), $"Option {nameof(Shape)} is {Shape} but each must be at least 1, and all values together at most {Array.MaxLength}.");
            if (InputColumnNames.Count != 1 && InputColumnNames.Count != Shape.Channels)
            {
                throw new ArgumentException(
                    $"Option {nameof(InputColumnNames)} has {InputColumnNames.Count} names ({string.Join(", ", InputColumnNames)}) and option {nameof(Shape)} {Shape.Channels} channels. " +
                    "Name one column, of files with a page for each channel, or a column for each channel.", nameof(InputColumnNames));
            }
        }
    }

    internal static class Defaults
    {
        public const string InputColumnName = DeepYeastPreprocessingEstimator.Defaults.PathColumnName;
        public const string OutputColumnName = DeepYeastPreprocessingEstimator.Defaults.InputColumnName;
    }
}
