using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>What a baseline learns from.</summary>
internal enum BaselineInput
{
    /// <summary>Simple statistics of each cell.</summary>
    Statistics,

    /// <summary>What a network, which is not trained on, makes of each cell.</summary>
    NetworkFeatures,
}

/// <summary>Which network is judged as it is, without learning from the experiment's cells.</summary>
internal enum ReadyNetwork
{
    /// <summary>The given one.</summary>
    Given,

    /// <summary>That of the first training on drawn cells.</summary>
    Drawn,

    /// <summary>The same after its second training.</summary>
    DrawnOfMoreCells,
}

/// <summary>What a trial has reached, as its file says it.</summary>
/// <param name="Rung">The rung of the halving, from 0; null where the time ran out on the way to one.</param>
/// <param name="Epochs">Epochs of training done; 0 for a baseline.</param>
/// <param name="Value">The figure of the held-out cells.</param>
/// <param name="Interval">Its 95 % interval; null where there is none.</param>
/// <param name="At">Time since the experiment began.</param>
internal sealed record TrialResult(int? Rung, int Epochs, double Value, ConfidenceInterval? Interval, TimeSpan At);

/// <summary>One way of training, or a network that is ready, tried on every fold: what its file in the experiment's folder says.</summary>
internal sealed record TrialRecord
{
    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    /// <summary>What is trained; null for a network that is ready.</summary>
    public ExperimentTrainer? Trainer { get; init; }

    /// <summary>How a network is trained; null for everything else.</summary>
    public TrialSettings? Settings { get; init; }

    /// <summary>What a baseline learns from; null for everything else.</summary>
    public BaselineInput? Input { get; init; }

    /// <summary>The network that is ready; null where something is trained.</summary>
    public ReadyNetwork? Ready { get; init; }

    public IReadOnlyList<TrialResult> Results { get; init; } = [];

    /// <summary>Time spent on it, by one of those that work side by side.</summary>
    public TimeSpan Runtime { get; init; }

    /// <summary>Why it failed; null if it did not. What it had reached before stands.</summary>
    public string? Error { get; init; }

    /// <summary>Counts the times that models and scores were saved, which are in the names of their files.</summary>
    public int Version { get; init; }

    [JsonIgnore]
    public TrialResult? Latest => Results.Count == 0 ? null : Results[^1];

    /// <summary>The highest rung that was reached; -1 before the first.</summary>
    [JsonIgnore]
    public int Rung => Results.Max(result => result.Rung) ?? -1;
}

/// <summary>What a trial has come to: what its file says, and its figures.</summary>
/// <param name="Record">What its file says.</param>
/// <param name="Figures">The figures of its latest result; null before the first.</param>
internal sealed record TrialState(TrialRecord Record, HeldOutFigures? Figures);

/// <summary>A trial while the experiment goes on.</summary>
/// <param name="state">What it has come to.</param>
/// <param name="hasBegun">Whether it was begun by an earlier run.</param>
internal sealed class Trial(TrialState state, bool hasBegun = false)
{
    private volatile TrialState _state = state;   // as a whole, so that nobody sees the record of one time with the figures of another

    public Trial(TrialRecord record) : this(new TrialState(record, null))
    {
    }

    public TrialState State
    {
        get => _state;
        set => _state = value;
    }

    public TrialRecord Record => _state.Record;

    public int Number => Record.Number;

    /// <summary>Whether it was trained, if only a step: from then on its epochs stay as they are.</summary>
    public bool HasBegun { get; set; } = hasBegun;

    /// <summary>Whether it is being worked on.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Whether there was no time for it, and it is left for another run.</summary>
    public bool IsPostponed { get; set; }

    /// <summary>What the failed training threw, where it was in this process.</summary>
    public Exception? Exception { get; set; }

    public bool HasFailed => Record.Error is not null;

    public bool IsNetwork => Record.Settings is not null;

    public TrialResult? Latest => Record.Latest;

    public int Rung => Record.Rung;

    public TrialResult? At(int rung) => Record.Results.FirstOrDefault(result => result.Rung == rung);

    /// <summary>Its trainer and what that works on, for people.</summary>
    public string Name => Record switch
    {
        { Settings: { } settings } => settings.Describe(),
        { Input: BaselineInput.Statistics } => $"{Record.Trainer} on statistics",
        { Ready: ReadyNetwork.Given } => "the given network as it is",
        { Ready: ReadyNetwork.Drawn } => "the network of drawn cells as it is",
        { Ready: ReadyNetwork.DrawnOfMoreCells } => "the network of more drawn cells as it is",
        _ => $"{Record.Trainer} on network features",
    };
}
