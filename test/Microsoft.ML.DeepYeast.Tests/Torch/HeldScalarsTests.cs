using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.DeepYeast.Tests;

/// <summary>
/// TorchSharp makes a native scalar of each number, and reads its address before the call that takes it: what nothing holds until the end of the call may be freed during it. It happens once in some thousand
/// short trainings side by side, so this reads the built library instead of waiting for it.
/// </summary>
[TestClass]
public sealed class HeldScalarsTests
{
    [TestMethod]
    public void Library_Calls_NoneOfTorchSharpThatMakesAScalarOfItsOwn()
    {
        using ModuleDefinition library = Read(typeof(DeepYeastTrainer)), torchSharp = Read(typeof(TorchSharp.Scalar));
        HashSet<string> makers = MakersOfScalars(torchSharp);
        Assert.Contains("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::add_(TorchSharp.torch/Tensor)", makers);
        Assert.DoesNotContain("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::mul_(TorchSharp.Scalar)", makers);

        string[] calls = [.. Calls(library).Where(call => makers.Contains(call.Called.FullName)).Select(call => $"{call.User.FullName} calls {call.Called.FullName}")];

        Assert.IsEmpty(calls, $"Give them scalars that are held, or take those of TensorSums:\n{string.Join("\n", calls)}");
    }

    [TestMethod]
    public void Library_Scalars_AreKeptWhereTheyAreMade()
    {
        using ModuleDefinition library = Read(typeof(DeepYeastTrainer));
        (MethodDefinition User, MethodReference Called, Instruction At)[] made = [.. Calls(library).Where(call => IsConversion(call.Called))];
        Assert.IsGreaterThan(20, made.Length);

        string[] loose = [.. made.Where(call => call.At.Next.OpCode.Code is not (>= Code.Stloc_0 and <= Code.Stloc_3 or Code.Stloc_S or Code.Stloc or Code.Stfld or Code.Stsfld)).Select(call => call.User.FullName)];

        Assert.IsEmpty(loose, $"Put them into variables with using, or into fields:\n{string.Join("\n", loose)}");
    }

    /// <summary>Methods that turn a number into a scalar for a call, and those that call them.</summary>
    private static HashSet<string> MakersOfScalars(ModuleDefinition torchSharp)
    {
        (string User, MethodReference Called)[] calls = [.. Calls(torchSharp).Where(call => call.User.DeclaringType.FullName == "TorchSharp.torch/Tensor" || call.User.DeclaringType.FullName == "TorchSharp.torch")
            .Select(call => (call.User.FullName, call.Called))];
        HashSet<string> makers = [.. calls.Where(call => IsConversion(call.Called)).Select(call => call.User)];
        int before;
        do
        {
            before = makers.Count;
            makers.UnionWith(calls.Where(call => makers.Contains(call.Called.FullName)).Select(call => call.User));
        }
        while (makers.Count > before);
        return makers;
    }

    private static bool IsConversion(MethodReference method) => method.Name == "op_Implicit" && method.ReturnType.FullName == "TorchSharp.Scalar";

    private static IEnumerable<(MethodDefinition User, MethodReference Called, Instruction At)> Calls(ModuleDefinition module)
        => from type in module.GetTypes()
           from method in type.Methods
           where method.HasBody
           from instruction in method.Body.Instructions
           where instruction.Operand is MethodReference
           select (method, (MethodReference)instruction.Operand, instruction);

    private static ModuleDefinition Read(Type type) => ModuleDefinition.ReadModule(type.Assembly.Location);
}
