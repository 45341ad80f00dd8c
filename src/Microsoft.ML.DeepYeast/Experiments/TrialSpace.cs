using System.Globalization;
using System.Reflection;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>Draws settings of trials out of the ranges and choices that <see cref="TrialSettings"/> declares.</summary>
internal sealed class TrialSpace
{
    // Share of the range, or of its logarithm, that a number moves by about.
    private const double Step = 0.15;
    // Share of the settings that change from parent to child.
    private const double ChangedShare = 0.35;
    // Spread of drawn learning rates about the one that the range test suggests, as a standard deviation of the natural logarithm.
    private const double RateSpread = 0.8;

    private static readonly TrialSettings s_initial = new();

    private readonly Dimension[] _dimensions;
    private readonly string[] _networks;

    /// <param name="trainers">Which architectures to draw from; none of them for those that a starting network has.</param>
    /// <param name="hasGiven">Whether trainings may begin with the given network.</param>
    /// <param name="hasDrawn">Whether they may begin with the one that was trained on drawn cells.</param>
    public TrialSpace(ICollection<ExperimentTrainer> trainers, bool hasGiven, bool hasDrawn)
    {
        _networks = [.. trainers.Where(ExperimentTrainers.IsNetwork).Select(trainer => $"{trainer}")];
        string[] starts =
        [
            .. _networks.Length > 0 ? [TrialSettings.Scratch] : Array.Empty<string>(),
            .. hasGiven ? [TrialSettings.Given] : Array.Empty<string>(),
            .. hasDrawn ? [TrialSettings.Drawn] : Array.Empty<string>(),
        ];
        _dimensions = [.. typeof(TrialSettings).GetProperties().Select(property => new Dimension(property, property.Name switch
        {
            nameof(TrialSettings.Network) when _networks.Length > 0 => _networks,
            nameof(TrialSettings.StartingPoint) => starts,
            _ => null,
        }))];
    }

    /// <summary>Settings from anywhere in the space.</summary>
    public TrialSettings Draw(Random random)
    {
        var settings = new TrialSettings();
        foreach (Dimension dimension in _dimensions)
            dimension.Draw(settings, random);
        return WithoutIdle(settings);
    }

    /// <summary>Draws a learning rate near one that suits.</summary>
    public void DrawRate(TrialSettings settings, double suggested, Random random)
        => Named(nameof(TrialSettings.LearningRate)).Set(settings, suggested * Math.Exp(RateSpread * Normal(random)));

    /// <summary>Settings of which some are others than those of a parent, and at least one is.</summary>
    public TrialSettings DrawNear(TrialSettings parent, Random random)
    {
        TrialSettings child = parent with { };
        while (child == parent)
        {
            foreach (Dimension dimension in _dimensions.Where(_ => random.NextDouble() < ChangedShare))
                dimension.Move(child, random);
            if (child.Optimizer != parent.Optimizer)   // whose rates are of another size
                DrawRate(child, child.UsualRate, random);
            if (child.StartingPoint == TrialSettings.Scratch && !_networks.Contains(child.Network))   // the parent's, whose own counted for nothing
                Named(nameof(TrialSettings.Network)).Draw(child, random);
            child = WithoutIdle(child);
        }
        return child;
    }

    private Dimension Named(string name) => _dimensions.First(dimension => dimension.Name == name);

    // A starting network has an architecture of its own, and some architectures one width: settings that differ in what says nothing are the same.
    private static TrialSettings WithoutIdle(TrialSettings settings) => settings switch
    {
        { StartingPoint: not TrialSettings.Scratch } => settings with { Network = s_initial.Network, Width = s_initial.Width, Dropout = s_initial.Dropout },
        { HasWidth: false } => settings with { Width = s_initial.Width, Dropout = s_initial.Dropout },
        _ => settings,
    };

    // Box and Muller.
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A property with the values that it may have.</summary>
    private sealed class Dimension
    {
        private readonly PropertyInfo _property;
        private readonly object[]? _choices;
        private readonly double _low, _high;
        private readonly bool _logarithmic;

        /// <param name="property">The property.</param>
        /// <param name="allowed">Which of its choices are open; null for all.</param>
        public Dimension(PropertyInfo property, IReadOnlyList<string>? allowed)
        {
            _property = property;
            switch (property.GetCustomAttributes().FirstOrDefault(attribute => attribute is RangeAttribute or ChoiceAttribute or BooleanChoiceAttribute))
            {
                case RangeAttribute range:
                    _logarithmic = range.LogBase;
                    (_low, _high) = (Scaled(Convert.ToDouble(range.Min, CultureInfo.InvariantCulture)), Scaled(Convert.ToDouble(range.Max, CultureInfo.InvariantCulture)));
                    break;
                case ChoiceAttribute choice:
                    _choices = [.. choice.Candidates.Where(candidate => allowed is null || allowed.Contains(candidate))];
                    break;
                case BooleanChoiceAttribute:
                    _choices = [false, true];
                    break;
                default:
                    throw new InvalidOperationException($"{nameof(TrialSettings)}.{property.Name} declares neither a range nor a choice.");
            }
        }

        public string Name => _property.Name;

        public void Draw(TrialSettings settings, Random random)
            => SetScaledOrChoice(settings, random, () => _low + (_high - _low) * random.NextDouble());

        public void Move(TrialSettings settings, Random random) => SetScaledOrChoice(settings, random, () =>
            Math.Clamp(Scaled(Convert.ToDouble(_property.GetValue(settings), CultureInfo.InvariantCulture)) + Step * (_high - _low) * Normal(random), _low, _high));

        /// <summary>Sets a number, into the range where it lies outside.</summary>
        public void Set(TrialSettings settings, double value) => SetScaled(settings, Math.Clamp(Scaled(value), _low, _high));

        private void SetScaledOrChoice(TrialSettings settings, Random random, Func<double> scaled)
        {
            if (_choices is null)
                SetScaled(settings, scaled());
            else
                _property.SetValue(settings, _choices[random.Next(_choices.Length)]);
        }

        private void SetScaled(TrialSettings settings, double scaled)
        {
            double value = _logarithmic ? Math.Exp(scaled) : scaled;
            _property.SetValue(settings, _property.PropertyType == typeof(int) ? (object)(int)Math.Round(value) : Rounded(value));
        }

        private double Scaled(double value) => _logarithmic ? Math.Log(value) : value;

        // Three digits are enough for a search, and can be read.
        private static double Rounded(double value)
            => double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
