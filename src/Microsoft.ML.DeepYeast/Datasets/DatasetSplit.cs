namespace Microsoft.ML.DeepYeast;

/// <summary>A part of a published dataset. No plate and well, and so no protein, is in two parts.</summary>
public enum DatasetSplit
{
    /// <summary>To train on: 65,000 cells of the main dataset, 4,000 of the transfer dataset.</summary>
    Train,

    /// <summary>To choose settings by: 12,500 cells, or 2,000.</summary>
    Validation,

    /// <summary>To report figures of: 12,500 cells, or 4,000.</summary>
    Test,
}
