using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;
using static Microsoft.ML.Data.AnnotationUtils;

namespace Microsoft.ML.DeepYeast.Plumbing;

/// <summary>The classes behind a label column: how many, and what they are called where the key column says so.</summary>
internal sealed class ClassLabels : IEquatable<ClassLabels>
{
    private readonly KeyValues? _values;

    private ClassLabels(int count, KeyValues? values) => (Count, _values) = (count, values);

    public int Count { get; }

    /// <summary>The key values as text, in the order of the keys; null where the key column has none.</summary>
    public IReadOnlyList<string>? Names => _values?.Names;

    /// <summary>Whether the key values are text.</summary>
    public bool AreText => _values?.Type.ItemType is TextDataViewType;

    /// <summary>Reads them off a label column that <see cref="LabelColumn.Check"/> has passed.</summary>
    public static ClassLabels Of(DataViewSchema.Column label)
    {
        var key = (KeyDataViewType)label.Type;
        return new((int)key.Count, LabelColumn.TryGetValues(label, out VectorDataViewType? type) ? KeyValues.Of(type, label.Annotations, Kinds.KeyValues) : null);
    }

    /// <summary>Classes of the given names, in the order of the keys.</summary>
    public static ClassLabels Of(IReadOnlyList<string> names)
    {
        ReadOnlyMemory<char>[] texts = [.. names.Select(name => name.AsMemory())];
        return new(texts.Length, KeyValues.Of(texts));
    }

    /// <exception cref="ArgumentException">There is no name, or one is empty or comes twice.</exception>
    public static void CheckNames(IReadOnlyList<string> classNames)
    {
        if (classNames.Count == 0)
            throw new ArgumentException("There are no class names. Give a name for each class, in the order of their indices.", nameof(classNames));
        if (classNames.Any(string.IsNullOrEmpty))
            throw new ArgumentException($"A class has no name: ({string.Join(", ", classNames)}).", nameof(classNames));
        if (classNames.Distinct(StringComparer.Ordinal).Count() != classNames.Count)
            throw new ArgumentException($"A class name is given twice: {string.Join(", ", classNames)}.", nameof(classNames));
    }

    /// <summary>What the slots of a score column stand for, as text; null where it does not say.</summary>
    public static IReadOnlyList<string>? NamesOf(DataViewSchema.Column score)
    {
        DataViewSchema annotations = score.Annotations.Schema;
        foreach (string kind in new[] { Kinds.SlotNames, Kinds.TrainingLabelValues })
        {
            if (annotations.GetColumnOrNull(kind)?.Type is VectorDataViewType { IsKnownSize: true } type && type.Size == ((VectorDataViewType)score.Type).Size)
                return KeyValues.Of(type, score.Annotations, kind).Names;
        }
        return null;
    }

    /// <summary>Adds the annotations that say what a predicted key stands for.</summary>
    public void AddKeyValuesTo(DataViewSchema.Annotations.Builder annotations) => _values?.AddTo(annotations, Kinds.KeyValues);

    /// <summary>Makes a column of a row type a key with these values.</summary>
    public void Define(SchemaDefinition.Column column)
    {
        column.ColumnType = new KeyDataViewType(typeof(uint), Count);
        _values?.AddTo(column);
    }

    /// <summary>Adds the annotations that say what a slot of the scores stands for.</summary>
    public void AddSlotNamesTo(DataViewSchema.Annotations.Builder annotations)
    {
        if (AreText)
            _values!.AddTo(annotations, Kinds.SlotNames);
        _values?.AddTo(annotations, Kinds.TrainingLabelValues);
    }

    public void Save(IHostEnvironment environment, BinaryWriter writer)
    {
        writer.Write(Count);
        writer.Write(_values is not null);
        _values?.Save(environment, writer.BaseStream);
    }

    /// <exception cref="FormatException">What is there is not labels.</exception>
    public static ClassLabels Load(IHostEnvironment environment, BinaryReader reader)
    {
        int count = reader.ReadInt32();
        KeyValues? values = reader.ReadBoolean() ? KeyValues.Load(environment, reader.BaseStream) : null;
        if (count < 2 || (values is not null && values.Type.Size != count))
            throw NetworkStream.Damaged($"it says {count} classes and has {values?.Type.Size ?? 0} class names");
        return new(count, values);
    }

    public bool Equals(ClassLabels? other) => other is not null && Count == other.Count && Equals(_values, other._values);

    public override bool Equals(object? obj) => Equals(obj as ClassLabels);

    public override int GetHashCode() => Count;

    /// <summary>Key values of any primitive type.</summary>
    private abstract class KeyValues(VectorDataViewType type)
    {
        public VectorDataViewType Type { get; } = type;

        public abstract IReadOnlyList<string> Names { get; }

        public static KeyValues Of(VectorDataViewType type, DataViewSchema.Annotations annotations, string kind) => Create(type, annotations, kind);

        public static KeyValues Of(ReadOnlyMemory<char>[] texts)
            => Create(new VectorDataViewType(TextDataViewType.Instance, texts.Length), new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts));

        public static KeyValues Load(IHostEnvironment environment, Stream stream)
        {
            var binary = new BinarySaver(environment, new BinarySaver.Arguments());
            if (!binary.TryLoadTypeAndValue(stream, out DataViewType type, out object value) || type is not VectorDataViewType vector)
                throw NetworkStream.Damaged("its class names cannot be read");
            return Create(vector, value);
        }

        public abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string name);

        public abstract void AddTo(SchemaDefinition.Column column);

        public abstract void Save(IHostEnvironment environment, Stream stream);

        private static KeyValues Create(VectorDataViewType type, params object[] source)
            => (KeyValues)Activator.CreateInstance(typeof(KeyValues<>).MakeGenericType(type.ItemType.RawType), [type, .. source])!;
    }

    private sealed class KeyValues<T> : KeyValues, IEquatable<KeyValues<T>>
    {
        private VBuffer<T> _values;

        public KeyValues(VectorDataViewType type, DataViewSchema.Annotations annotations, string kind) : base(type) => annotations.GetValue(kind, ref _values);

        public KeyValues(VectorDataViewType type, VBuffer<T> values) : base(type) => _values = values;

        public override IReadOnlyList<string> Names => [.. _values.DenseValues().Select(value => FormattableString.Invariant($"{value}"))];

        public override void AddTo(DataViewSchema.Annotations.Builder annotations, string name)
            => annotations.Add(name, Type, (ref VBuffer<T> value) => _values.CopyTo(ref value));

        public override void AddTo(SchemaDefinition.Column column) => column.AddAnnotation(Kinds.KeyValues, _values, Type);

        public override void Save(IHostEnvironment environment, Stream stream)
        {
            var binary = new BinarySaver(environment, new BinarySaver.Arguments());
            if (!binary.TryWriteTypeAndValue(stream, Type, ref _values, out _))
                throw new NotSupportedException($"Class names of type {Type.ItemType} cannot be saved. Use labels of text or numbers.");
        }

        public bool Equals(KeyValues<T>? other) => other is not null && Type.Equals(other.Type) && Names.SequenceEqual(other.Names);

        public override bool Equals(object? obj) => Equals(obj as KeyValues<T>);

        public override int GetHashCode() => Type.GetHashCode();
    }
}
