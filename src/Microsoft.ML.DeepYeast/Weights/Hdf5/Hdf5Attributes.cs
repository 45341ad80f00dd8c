using System.Text;

namespace Microsoft.ML.DeepYeast.Weights;

/// <summary>Reads the attributes of an object that are text.</summary>
internal static class Hdf5Attributes
{
    /// <summary>The texts of an attribute; none if it is empty, of whatever type; null if there is no such attribute.</summary>
    public static string[]? ReadTexts(Hdf5Object owner, string name)
    {
        foreach (ReadOnlyMemory<byte> message in owner.Messages(Hdf5MessageType.Attribute))
        {
            if (TryReadTexts(owner, message.Span, name, out string[]? texts))
                return texts;
        }
        foreach (ReadOnlyMemory<byte> message in owner.Messages(Hdf5MessageType.AttributeInfo))
            RefuseDenseAttributes(owner, message.Span);
        return null;
    }

    private static bool TryReadTexts(Hdf5Object owner, ReadOnlySpan<byte> message, string name, out string[]? texts)
    {
        Hdf5Bytes file = owner.File;
        var cursor = new Hdf5Cursor(file, message);
        byte version = cursor.Byte(), flags = cursor.Byte();
        if (version is < 1 or > 3)
            throw file.Damaged($"an attribute of '{owner.Path}/' has version {version}");
        int nameSize = cursor.UInt16(), typeSize = cursor.UInt16(), shapeSize = cursor.UInt16();
        cursor.Skip(version == 3 ? 1 : 0);
        // Version 1 fills each part up to a multiple of 8 bytes.
        int Padded(int size) => version == 1 ? (size + 7) / 8 * 8 : size;
        texts = null;
        if (TrimText(cursor.Take(Padded(nameSize))[..nameSize]) != name)
            return false;
        if (version > 1 && flags != 0)
            throw file.Refused($"the attribute '{name}' of '{owner.Path}/' shares its type or shape with another object");

        Hdf5Type type = Hdf5Type.Read(file, cursor.Take(Padded(typeSize))[..typeSize]);
        ulong[] dimensions = Hdf5Shape.Read(file, cursor.Take(Padded(shapeSize))[..shapeSize]);
        if (!Hdf5Shape.TryCount(dimensions, type.Size, cursor.Left, out int count))
            throw file.Damaged($"the attribute '{name}' of '{owner.Path}/' declares the shape ({string.Join(", ", dimensions)}) but has {cursor.Left} bytes");
        if (count > 0 && !type.IsFixedText && !type.IsVariableText)
            throw file.Refused($"the attribute '{name}' of '{owner.Path}/' is {type.Description} instead of text");
        var heaps = new Hdf5TextHeaps(file);
        texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> value = cursor.Take((int)type.Size);
            ReadOnlySpan<byte> text = type.IsFixedText ? value : heaps.Find(value);
            file.Charge(text.Length);
            texts[i] = TrimText(text);
        }
        return true;
    }

    // Text is padded with zeros, or with blanks as Fortran does; a name that ends in a blank is nobody's.
    private static string TrimText(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).TrimEnd(' ');
    }

    private static void RefuseDenseAttributes(Hdf5Object owner, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(owner.File, message);
        cursor.Skip(1);
        byte flags = cursor.Byte();
        cursor.Skip((flags & 0x01) != 0 ? 2 : 0);
        if (cursor.UInt64() != Hdf5Object.Nowhere)
            throw owner.File.Refused($"the attributes of '{owner.Path}/' are stored in a heap, which Keras does not do");
    }
}
