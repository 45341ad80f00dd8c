namespace Microsoft.ML.DeepYeast.Training;

/// <summary>A part of a training that changes as the training goes on, and can be put away and taken up again.</summary>
internal interface IResumable
{
    /// <summary>Writes all that <see cref="Load"/> needs.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Becomes what was saved by a part that was made with the same settings.</summary>
    void Load(BinaryReader reader);
}
