namespace Microsoft.ML.DeepYeast;

/// <summary>A figure of the validation cells that a training can go by.</summary>
public enum MonitoredFigure
{
    /// <summary>Share of the cells whose class is right; more is better.</summary>
    ValidationAccuracy,

    /// <summary>Mean cross-entropy; less is better.</summary>
    ValidationLoss,
}
