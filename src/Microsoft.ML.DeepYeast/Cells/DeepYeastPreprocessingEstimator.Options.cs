using Microsoft.ML.Data;

namespace Microsoft.ML.DeepYeast;

/// <summary>A colour of an image, or the number of a channel of a vector.</summary>
public enum ImageChannel
{
    /// <summary>Red, or the first channel of a vector. In the reference's cells: mCherry, the cytosol.</summary>
    Red = 0,

    /// <summary>Green, or the second channel of a vector. In the reference's cells: GFP, the tagged protein.</summary>
    Green = 1,

    /// <summary>Blue, or the third channel of a vector.</summary>
    Blue = 2,

    /// <summary>Opacity, or the fourth channel of a vector.</summary>
    Alpha = 3,
}

/// <summary>What is done with a cell that is not of the wanted size.</summary>
public enum CellSizing
{
    /// <summary>Scaled bilinearly; where it shrinks, each new pixel is the weighted mean of all old ones that it covers.</summary>
    Resize,

    /// <summary>The centre is cut out, or black is put around.</summary>
    CropOrPad,

    /// <summary>An error.</summary>
    Refuse,
}

/// <summary>How grey levels are spread before they are scaled to [-1, 1].</summary>
public enum CellContrast
{
    /// <summary>Not at all: 0 to 255 become -1 to 1.</summary>
    None,

    /// <summary>
    /// For each cell and channel, the low percentile becomes -1, the high one 1, and what lies beyond is cut. Any range of input will do.
    /// A channel of one grey level becomes -1.
    /// </summary>
    Percentiles,
}

/// <summary>The order of the values of a vector that holds a cell.</summary>
public enum CellLayout
{
    /// <summary>Told from the vector's three dimensions, of which the smaller of the first and the last counts the channels.</summary>
    Auto,

    /// <summary>(channel, row, column).</summary>
    ChannelsFirst,

    /// <summary>(row, column, channel).</summary>
    ChannelsLast,
}

public sealed partial class DeepYeastPreprocessingEstimator
{
    /// <summary>Settings of a <see cref="DeepYeastPreprocessingEstimator"/>. Values out of range make its constructor throw.</summary>
    public sealed class Options
    {
        /// <summary>Name of the column that is read: an image of any size, or a vector of bytes or floats.</summary>
        public string InputColumnName { get; set; } = Defaults.InputColumnName;

        /// <summary>Name of the column that is added: a vector of floats, (channel, row, column).</summary>
        public string OutputColumnName { get; set; } = Defaults.OutputColumnName;

        /// <summary>Which channels are taken, in this order; at least one.</summary>
        public IReadOnlyList<ImageChannel> Channels { get; set; } = Defaults.Channels;

        /// <summary>Rows of the result in pixels, at least 1.</summary>
        public int Height { get; set; } = CellShape.DeepYeast.Height;

        /// <summary>Columns of the result in pixels, at least 1.</summary>
        public int Width { get; set; } = CellShape.DeepYeast.Width;

        /// <summary>What is done with a cell of another size.</summary>
        public CellSizing Sizing { get; set; } = CellSizing.Resize;

        /// <summary>How grey levels are spread.</summary>
        public CellContrast Contrast { get; set; } = CellContrast.None;

        /// <summary>The percentile that becomes black, in [0, <see cref="HighPercentile"/>).</summary>
        public double LowPercentile { get; set; } = Defaults.LowPercentile;

        /// <summary>The percentile that becomes white, in (<see cref="LowPercentile"/>, 100].</summary>
        public double HighPercentile { get; set; } = Defaults.HighPercentile;

        /// <summary>The order of a vector's values; a vector without three dimensions needs one that is not <see cref="CellLayout.Auto"/>.</summary>
        public CellLayout Layout { get; set; } = CellLayout.Auto;

        /// <summary>A text column that errors about a row quote; it need not be there.</summary>
        public string PathColumnName { get; set; } = Defaults.PathColumnName;

        internal CellShape Shape => new(Channels.Count, Height, Width);

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Channels = [.. Channels];
            return copy;
        }

        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
            ArgumentNullException.ThrowIfNull(PathColumnName);
            ArgumentNullException.ThrowIfNull(Channels);
            if (Channels.Count == 0 || !Channels.All(Enum.IsDefined))
                throw new ArgumentOutOfRangeException(nameof(Channels), $"Option {nameof(Channels)} is [{string.Join(", ", Channels)}] but must name at least one of {string.Join(", ", Enum.GetNames<ImageChannel>())}.");
            if (Height < 1 || Width < 1)
                throw new ArgumentOutOfRangeException(nameof(Height), $"Options {nameof(Height)} and {nameof(Width)} are {Height} and {Width} but must be at least 1.");
            if ((long)Channels.Count * Height * Width > Array.MaxLength)
                throw new ArgumentOutOfRangeException(nameof(Height), $"{Channels.Count} channels of {Height} x {Width} pixels are more than a vector can hold; options {nameof(Height)} and {nameof(Width)} must be smaller.");
            if (!(LowPercentile >= 0 && LowPercentile < HighPercentile && HighPercentile <= 100))
            {
                throw new ArgumentOutOfRangeException(nameof(LowPercentile),
                    FormattableString.Invariant($"Options {nameof(LowPercentile)} and {nameof(HighPercentile)} are {LowPercentile} and {HighPercentile} but must rise within [0, 100]."));
            }
            if (!Enum.IsDefined(Sizing) || !Enum.IsDefined(Contrast) || !Enum.IsDefined(Layout))
                throw new ArgumentOutOfRangeException(nameof(Sizing), $"One of the options {nameof(Sizing)} ({Sizing}), {nameof(Contrast)} ({Contrast}) and {nameof(Layout)} ({Layout}) is not a value of its type.");
        }
    }

    internal static class Defaults
    {
        public const string InputColumnName = "Image";
        public const string OutputColumnName = DeepYeastTrainer.Defaults.FeatureColumnName;
        public const string PathColumnName = "ImagePath";
        // tanelp/deepyeast, README.md: the first channel is red (cytosol), the second green (protein).
        public static readonly IReadOnlyList<ImageChannel> Channels = [ImageChannel.Red, ImageChannel.Green];
        // How 8-bit crops of fluorescence images are commonly stretched: half a percent of black, a few saturated pixels in a thousand.
        public const double LowPercentile = 0.5;
        public const double HighPercentile = 99.8;
    }
}
