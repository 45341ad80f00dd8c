using System.Reflection;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// What ML.NET expects of every estimator and of its transformer, as its own test suite checks it: schemas promised and delivered,
/// bad input refused when it is given and not when it is read, equal values before and after saving, in any set of columns and cursors.
/// </summary>
internal sealed class EstimatorContract(MLContext mlContext)
{
    /// <summary>Views on which Fit and GetOutputSchema must fail.</summary>
    public IReadOnlyList<IDataView> Invalid { get; init; } = [];

    /// <summary>Views that can be transformed but not fitted on; the estimator's GetOutputSchema must fail on them.</summary>
    public IReadOnlyList<IDataView> TransformOnly { get; init; } = [];

    /// <summary>Views that the fitted transformer must refuse.</summary>
    public IReadOnlyList<IDataView> NotTransformable { get; init; } = [];

    /// <summary>Whether every column of the input is of a type that a model file can name; images are not.</summary>
    public bool InputSchemaIsSaved { get; init; } = true;

    public void Check<T>(IEstimator<T> estimator, IDataView data) where T : class, ITransformer
    {
        SchemaShape promised = estimator.GetOutputSchema(SchemaShape.Create(data.Schema));
        foreach (IDataView bad in Invalid.Concat(TransformOnly))
        {
            MustFail(() => estimator.GetOutputSchema(SchemaShape.Create(bad.Schema)), "GetOutputSchema of the estimator");
            MustFail(() => estimator.Fit(bad), "Fit");
        }

        T transformer = estimator.Fit(data);
        ITransformer loaded = SaveAndLoad(transformer, data.Schema);
        foreach (IDataView good in (IDataView[])[data, .. TransformOnly])
            CheckTransformers(transformer, loaded, good);
        foreach (IDataView bad in Invalid.Concat(NotTransformable))
        {
            foreach (ITransformer each in (ITransformer[])[transformer, loaded])
            {
                MustFail(() => each.GetOutputSchema(bad.Schema), "GetOutputSchema of the transformer");
                MustFail(() => each.Transform(bad), "Transform");
            }
        }
        CheckPromise(promised, SchemaShape.Create(transformer.Transform(data).Schema));
        (loaded as IDisposable)?.Dispose();
        (transformer as IDisposable)?.Dispose();
    }

    private ITransformer SaveAndLoad(ITransformer transformer, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        mlContext.Model.Save(transformer, schema, stream);
        stream.Position = 0;
        ITransformer loaded = mlContext.Model.Load(stream, out DataViewSchema loadedSchema);
        if (InputSchemaIsSaved)
            CheckSameSchema(schema, loadedSchema);
        return loaded;
    }

    private static void CheckTransformers(ITransformer transformer, ITransformer loaded, IDataView data)
    {
        DataViewSchema schema = transformer.GetOutputSchema(data.Schema);
        if (transformer.IsRowToRowMapper)
        {
            IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
            Assert.AreSame(data.Schema, mapper.InputSchema, "The mapper's input schema must be the object that was given.");
            CheckSameSchema(schema, mapper.OutputSchema);
        }
        else
        {
            MustFail(() => transformer.GetRowToRowMapper(data.Schema), "GetRowToRowMapper of what is no row mapper");
        }
        IDataView first = transformer.Transform(data), second = loaded.Transform(data);
        CheckSameSchema(schema, loaded.GetOutputSchema(data.Schema));
        CheckSameSchema(schema, first.Schema);
        CheckSameSchema(schema, second.Schema);
        CheckSameValues(first, second);
    }

    private static void CheckSameSchema(DataViewSchema expected, DataViewSchema actual)
    {
        Assert.AreEqual(Describe(expected), Describe(actual));
        foreach (DataViewSchema.Column column in expected.Concat(actual))
        {
            int value = 0;
            Assert.Throws<InvalidOperationException>(() => column.Annotations.GetValue("no such annotation", ref value), column.Name);
        }
    }

    /// <summary>Names, exact types, and every annotation with its type and values, as text.</summary>
    private static string Describe(DataViewSchema schema)
        => string.Join("\n", schema.Select(column => $"{column.Name}: {column.Type} hidden {column.IsHidden} " + string.Join("; ", column.Annotations.Schema
            .OrderBy(annotation => annotation.Name, StringComparer.Ordinal)
            .Select(annotation => $"{annotation.Name}: {annotation.Type} = {Text(Read(column.Annotations, annotation.Name))}"))));

    private static object? Read(DataViewSchema.Annotations annotations, string name)
    {
        DataViewSchema.Column column = annotations.Schema[name];
        return RowValues.Reader(new AnnotationRow(annotations), column)();
    }

    private static string Text(object? value) => value is Array values ? string.Join(", ", values.Cast<object>()) : $"{value}";

    private static void CheckSameValues(IDataView first, IDataView second)
    {
        DataViewSchema schema = first.Schema;
        foreach (Func<int, bool> active in (Func<int, bool>[])[_ => true, column => column % 2 == 0, column => column % 2 == 1])
        {
            using DataViewRowCursor a = first.GetRowCursor(schema.Where(column => active(column.Index)));
            using DataViewRowCursor b = second.GetRowCursor(second.Schema.Where(column => active(column.Index)));
            Assert.AreSame(schema, a.Schema, "A cursor's schema must be its view's object.");
            var readers = schema.Where(column => active(column.Index))
                .Select(column => (column.Name, A: RowValues.Reader(a, column), B: RowValues.Reader(b, second.Schema[column.Index]))).ToArray();
            CheckRows(a, [b], () =>
            {
                foreach (var (name, readA, readB) in readers)
                    Assert.IsTrue(RowValues.Same(readA(), readB()), $"Column '{name}' differs in row {a.Position}.");
            });
        }

        // One cursor against as many full ones as there are columns, all at once, each asked for another column.
        using DataViewRowCursor one = first.GetRowCursor(schema);
        DataViewRowCursor[] many = [.. schema.Select(_ => second.GetRowCursor(second.Schema))];
        var pairs = schema.Select((column, i) => (column.Name, One: RowValues.Reader(one, column), Other: RowValues.Reader(many[i], second.Schema[i]))).ToArray();
        CheckRows(one, many, () =>
        {
            foreach (var (name, readOne, readOther) in pairs)
                Assert.IsTrue(RowValues.Same(readOne(), readOther()), $"Column '{name}' differs in row {one.Position} of simultaneous cursors.");
        });
        foreach (DataViewRowCursor cursor in many)
            cursor.Dispose();
        Assert.AreSequenceEqual(RowValues.Ids(first, schema), RowValues.Ids(first, []), "Row ids must not depend on the columns asked for.");
    }

    private static void CheckRows(DataViewRowCursor leader, DataViewRowCursor[] others, Action checkRow)
    {
        ValueGetter<DataViewRowId> getId = leader.GetIdGetter();
        ValueGetter<DataViewRowId>[] getOtherIds = [.. others.Select(other => other.GetIdGetter())];
        var seen = new HashSet<DataViewRowId>();
        while (leader.MoveNext())
        {
            DataViewRowId id = default, otherId = default;
            getId(ref id);
            Assert.IsTrue(seen.Add(id), $"Row id {id} comes twice.");
            for (int i = 0; i < others.Length; i++)
            {
                Assert.IsTrue(others[i].MoveNext(), "A cursor ended early.");
                Assert.AreEqual(leader.Position, others[i].Position);
                getOtherIds[i](ref otherId);
                Assert.AreEqual(id, otherId);
            }
            checkRow();
        }
        Assert.IsFalse(others.Any(other => other.MoveNext()), "A cursor has more rows.");
    }

    private static void CheckPromise(SchemaShape promised, SchemaShape delivered)
    {
        Assert.AreSequenceEqual(delivered.Select(column => column.Name), promised.Select(column => column.Name), SequenceOrder.InAnyOrder);
        foreach (SchemaShape.Column column in delivered)
        {
            Assert.IsTrue(promised.TryFindColumn(column.Name, out SchemaShape.Column promise));
            Assert.IsTrue(column.IsCompatibleWith(promise) && promise.IsCompatibleWith(column), $"Column '{column.Name}' is not what the estimator promised.");
        }
    }

    /// <summary>ML.NET takes two kinds of exceptions as refusals of bad input.</summary>
    private static void MustFail(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Exception cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            Assert.IsTrue(cause is ArgumentOutOfRangeException or InvalidOperationException, $"{what} refused bad input with {cause}");
            return;
        }
        Assert.Fail($"{what} accepted bad input.");
    }

    /// <summary>Annotations as the one row that they are.</summary>
    private sealed class AnnotationRow(DataViewSchema.Annotations annotations) : DataViewRow
    {
        public override DataViewSchema Schema => annotations.Schema;

        public override long Position => 0;

        public override long Batch => 0;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => annotations.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;
    }
}
