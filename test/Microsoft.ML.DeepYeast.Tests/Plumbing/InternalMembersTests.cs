using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// The library is compiled against publicized copies of two assemblies of ML.NET, so only at run time would it show that a newer
/// ML.NET has dropped an internal member. These tests read the built library and look every member up in the real assemblies.
/// </summary>
[TestClass]
public sealed class InternalMembersTests
{
    private static readonly string[] s_opened = ["Microsoft.ML.Core", "Microsoft.ML.Data"];

    [TestMethod]
    public void Members_AllUsed_ExistInTheReferencedMlNet()
    {
        string[] missing = [.. Uses().Where(use => use.Definition is null).Select(use => use.Name).Distinct()];

        Assert.IsEmpty(missing, $"ML.NET has no longer: {string.Join("; ", missing)}");
    }

    [TestMethod]
    public void InternalMembers_AllUsed_AreThoseOfTheList()
    {
        string[] actual = [.. Uses().Where(IsInternal).Select(use => use.Name).Distinct().Order(StringComparer.Ordinal)];
        using var reader = new StreamReader(typeof(InternalMembersTests).Assembly.GetManifestResourceStream("InternalMembers.txt")!);
        string[] listed = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

        string[] added = [.. actual.Except(listed)], dropped = [.. listed.Except(actual)];

        Assert.IsTrue(added.Length == 0 && dropped.Length == 0,
            $"Plumbing/InternalMembers.txt should be changed on purpose.\nUsed but not listed:\n{string.Join("\n", added)}\nListed but not used:\n{string.Join("\n", dropped)}");
    }

    [TestMethod]
    public void InternalMembers_AllUsed_AreUsedInPlumbing()
    {
        string[] elsewhere = [.. Uses().Where(use => IsInternal(use) && !use.User.StartsWith("Microsoft.ML.DeepYeast.Plumbing.", StringComparison.Ordinal))
            .Select(use => $"{use.User}: {use.Name}").Distinct().Order(StringComparer.Ordinal)];

        // ModelSaveContext is in the signature of the public interface ICanSaveModel; ISingleFeaturePredictionTransformer (without a type
        // argument) is what PermutationFeatureImportance looks for in a chain, so the transformer itself must be one.
        string[] unavoidable = ["Microsoft.ML.DeepYeast.DeepYeastPredictionTransformer: Microsoft.ML.ISingleFeaturePredictionTransformer"];
        Assert.AreSequenceEqual(unavoidable, elsewhere);
    }

    private sealed record Use(string User, string Name, IMemberDefinition? Definition);

    /// <summary>Every type and member of the opened assemblies that the library names, and the outermost type that names it.</summary>
    private static List<Use> Uses()
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        using var module = ModuleDefinition.ReadModule(typeof(DeepYeastTrainer).Assembly.Location, new ReaderParameters { AssemblyResolver = resolver });
        var uses = new List<Use>();
        foreach (CustomAttribute attribute in module.Assembly.CustomAttributes)
            AddMember("Microsoft.ML.DeepYeast.Plumbing.(assembly attributes)", attribute.Constructor);
        foreach (TypeDefinition type in module.GetTypes())
        {
            TypeDefinition outermost = type;
            while (outermost.DeclaringType is { } outer)
                outermost = outer;
            string user = outermost.FullName;
            AddType(user, type.BaseType);
            foreach (InterfaceImplementation implemented in type.Interfaces)
                AddType(user, implemented.InterfaceType);
            foreach (FieldDefinition field in type.Fields)
                AddType(user, field.FieldType);
            foreach (CustomAttribute attribute in type.CustomAttributes.Concat(type.Properties.SelectMany(property => property.CustomAttributes)))
                AddMember(user, attribute.Constructor);
            foreach (MethodDefinition method in type.Methods)
                AddMethod(user, method);
        }
        return [.. uses.DistinctBy(use => (use.User, use.Name))];

        void AddMethod(string user, MethodDefinition method)
        {
            foreach (MethodReference overridden in method.Overrides)
                AddMember(user, overridden);
            AddType(user, method.ReturnType);
            foreach (ParameterDefinition parameter in method.Parameters)
                AddType(user, parameter.ParameterType);
            if (!method.HasBody)
                return;
            foreach (VariableDefinition variable in method.Body.Variables)
                AddType(user, variable.VariableType);
            foreach (Instruction instruction in method.Body.Instructions)
            {
                if (instruction.Operand is TypeReference named)
                    AddType(user, named);
                else if (instruction.Operand is MemberReference member)
                    AddMember(user, member);
            }
        }

        void AddMember(string user, MemberReference member)
        {
            AddType(user, member.DeclaringType);
            if (member is GenericInstanceMethod generic)
            {
                foreach (TypeReference argument in generic.GenericArguments)
                    AddType(user, argument);
            }
            if (!IsOpened(member.DeclaringType))
                return;
            IMemberDefinition? definition = member switch
            {
                MethodReference method => Found(() => method.Resolve()),
                FieldReference field => Found(() => field.Resolve()),
                _ => null,
            };
            uses.Add(new(user, $"{member.DeclaringType.GetElementType().FullName}.{member.Name}", definition));
        }

        void AddType(string user, TypeReference? type)
        {
            if (type is null or GenericParameter)
                return;
            if (type is GenericInstanceType generic)
            {
                foreach (TypeReference argument in generic.GenericArguments)
                    AddType(user, argument);
            }
            TypeReference element = type.GetElementType();
            if (element != type)
                AddType(user, element);
            else if (IsOpened(type))
                uses.Add(new(user, type.FullName, Found(() => type.Resolve())));
        }
    }

    private static bool IsOpened(TypeReference type) => s_opened.Contains(type.GetElementType().Scope.Name.Replace(".dll", "", StringComparison.Ordinal));

    private static IMemberDefinition? Found(Func<IMemberDefinition> resolve)
    {
        try
        {
            return resolve();
        }
        catch (ResolutionException)
        {
            return null;
        }
    }

    private static bool IsInternal(Use use) => use.Definition switch
    {
        TypeDefinition type => !IsVisible(type),
        MethodDefinition method => !(method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) || !IsVisible(method.DeclaringType),
        FieldDefinition field => !(field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) || !IsVisible(field.DeclaringType),
        _ => false,
    };

    private static bool IsVisible(TypeDefinition type)
        => (type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamilyOrAssembly) && (type.DeclaringType is null || IsVisible(type.DeclaringType));
}
