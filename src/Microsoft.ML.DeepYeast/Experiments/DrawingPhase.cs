namespace Microsoft.ML.DeepYeast.Experiments;

/// <summary>How far the training on drawn cells is.</summary>
internal enum DrawingState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The first training is to come.</summary>
    Waiting,

    /// <summary>A worker is at the first one.</summary>
    Running,

    /// <summary>Its network knows the experiment's classes: whether a second training is worth the time depends on how well it does as it is.</summary>
    Judging,

    /// <summary>A worker is at the second one, and the others wait.</summary>
    RunningAlone,

    /// <summary>There is a network, which is not trained any more.</summary>
    Done,
}

/// <summary>The steps of the training on drawn cells: one training, and a second one where it is worth the time.</summary>
/// <param name="isWanted">Whether there is to be any.</param>
/// <param name="knowsClasses">Whether the experiment's classes are ones that can be drawn.</param>
/// <param name="trainingCount">Number of trainings that earlier runs have done.</param>
/// <param name="secondHasBegun">Whether an earlier run has begun the second.</param>
internal sealed class DrawingPhase(bool isWanted, bool knowsClasses = false, int trainingCount = 0, bool secondHasBegun = false)
{
    public DrawingState State { get; private set; } = !isWanted ? DrawingState.None
        : trainingCount == 0 ? DrawingState.Waiting
        : trainingCount == 1 && knowsClasses ? DrawingState.Judging : DrawingState.Done;

    /// <summary>Whether the experiment's classes are ones that can be drawn.</summary>
    public bool KnowsClasses => knowsClasses;

    /// <summary>Whether the second training has begun, so that it is worth its end.</summary>
    public bool SecondHasBegun => secondHasBegun;

    /// <summary>Whether the network is that of the second training.</summary>
    public bool SecondIsDone { get; private set; } = trainingCount == DrawnNetwork.MostTrainings;

    /// <summary>A worker begins the training that is next.</summary>
    public void Begin() => State = State == DrawingState.Judging ? DrawingState.RunningAlone : DrawingState.Running;

    /// <summary>The training is over.</summary>
    /// <param name="succeeded">Whether it gave a network.</param>
    public void End(bool succeeded)
    {
        SecondIsDone = succeeded && State == DrawingState.RunningAlone;
        State = State == DrawingState.RunningAlone ? DrawingState.Done   // the first network stands
            : !succeeded ? DrawingState.None
            : knowsClasses ? DrawingState.Judging : DrawingState.Done;
    }

    /// <summary>There is to be no second training.</summary>
    public void Settle()
    {
        if (State == DrawingState.Judging)
            State = DrawingState.Done;
    }
}
