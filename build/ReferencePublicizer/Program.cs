// Writes copies of assemblies in which what is internal or private protected is public, for the compiler alone:
//   ReferencePublicizer OUTPUT-FOLDER RESPONSE-FILE
// The response file names, a line each, "publicize PATH" for an assembly to copy and "search FOLDER" for where its references lie.
using Mono.Cecil;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: ReferencePublicizer OUTPUT-FOLDER RESPONSE-FILE");
    return 2;
}

string outputFolder = args[0];
string[][] lines = File.ReadAllLines(args[1]).Where(line => line.Length > 0).Select(line => line.Split(' ', 2)).ToArray();

using var resolver = new DefaultAssemblyResolver();
foreach (string folder in lines.Where(line => line[0] == "search").Select(line => line[1]).Distinct())
    resolver.AddSearchDirectory(folder);

Directory.CreateDirectory(outputFolder);
foreach (string path in lines.Where(line => line[0] == "publicize").Select(line => line[1]))
{
    using var assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = resolver });
    foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        Publicize(type);
    assembly.Write(Path.Combine(outputFolder, Path.GetFileName(path)));
}
return 0;

// Private members stay private: a field and a property of one name would both surface and clash, and nothing needs them.
static void Publicize(TypeDefinition type)
{
    if (type.IsNestedAssembly || type.IsNestedFamilyAndAssembly || type.IsNestedFamilyOrAssembly)
        type.IsNestedPublic = true;
    else if (type.IsNotPublic && !type.IsNested)
        type.IsPublic = true;

    foreach (MethodDefinition method in type.Methods)
    {
        if (method.IsAssembly || method.IsFamilyAndAssembly || method.IsFamilyOrAssembly)
            method.IsPublic = true;
    }
    foreach (FieldDefinition field in type.Fields)
    {
        if (field.IsAssembly || field.IsFamilyAndAssembly || field.IsFamilyOrAssembly)
            field.IsPublic = true;
    }
}
