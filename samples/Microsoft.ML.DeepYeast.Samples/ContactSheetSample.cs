using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepYeast;
using SkiaSharp;

namespace DeepYeastSamples;

/// <summary>Puts cells of each class beside each other on one picture, drawn ones or those of a CSV.</summary>
internal static class ContactSheetSample
{
    private const int CellSize = 64;
    private const int Gap = 2;
    private const int BytesPerPixel = 4;

    private static readonly Option<string> OutOption = new("--out")
    {
        Description = "Where the picture is saved.",
        HelpName = "FILE.png",
        DefaultValueFactory = _ => "models/contact-sheet.png",
    };
    private static readonly Option<int> PerClassOption = new("--per-class")
    {
        Description = "Cells a class.",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };
    private static readonly Option<int> ScaleOption = new("--scale")
    {
        Description = "Pixels of the picture for a pixel of a cell, along each side.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string> ClassesOption = new Option<string>("--classes")
    {
        Description = "Classes that are drawn: the 12 main ones, the 4 of the transfer set, or all.",
        DefaultValueFactory = _ => "main",
    }.AcceptOnlyFromAmong("main", "transfer", "all");
    private static readonly Option<bool> ChannelsOption = new("--channels") { Description = "Beside each cell also its red and its green channel in grey." };
    private static readonly Option<int> SeedOption = new("--seed")
    {
        Description = "Seed of the drawn cells.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description = "Show the cells of this CSV instead of drawn ones, to compare. Its column 'path' names the images.",
        HelpName = "FILE.csv",
    };
    private static readonly Option<string> LabelOption = new("--label")
    {
        Description = "The column of --data that holds the class.",
        HelpName = "COLUMN",
        DefaultValueFactory = _ => "label",
    };
    private static readonly Option<string?> AugmentOption = Augmentations.CreateOption("Of one cell a class, first itself and then as a training could see it", "cells as they are");

    public static Command Command()
    {
        var command = new Command("contact-sheet", "Draws a few cells of each class and saves them as one picture, a row a class.")
        {
            OutOption, PerClassOption, ScaleOption, ClassesOption, ChannelsOption, SeedOption, DataOption, LabelOption, AugmentOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        int perClass = AtLeastOne(PerClassOption), scale = AtLeastOne(ScaleOption);
        CellAugmentation? augmentation = Augmentations.Find(parsed.GetValue(AugmentOption));
        int cellsPerClass = augmentation is null ? perClass : 1;
        var mlContext = new MLContext();
        IDataView cells;
        if (parsed.GetValue(DataOption) is { } data)
        {
            if (parsed.GetResult(ClassesOption) is { Implicit: false })
                throw new UserErrorException("--classes chooses among drawn cells, but --data says to show those of a file.");
            IReadOnlyList<CellFile> files = CellFile.ReadCsv(data, parsed.GetRequiredValue(LabelOption));
            cells = CellSets.LoadImages(mlContext, mlContext.Data.LoadFromEnumerable(files.GroupBy(cell => cell.Label).SelectMany(group => Spread([.. group], cellsPerClass))));
        }
        else
        {
            IReadOnlyList<string> classes = parsed.GetValue(ClassesOption) switch
            {
                "main" => LocalizationClasses.Main,
                "transfer" => LocalizationClasses.Transfer,
                _ => [.. LocalizationClasses.Main, .. LocalizationClasses.Transfer],
            };
            cells = mlContext.Data.CreateSyntheticYeastCells(cellsPerClass * classes.Count, parsed.GetValue(SeedOption), classes);
        }

        string path = parsed.GetRequiredValue(OutOption);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Save(path, augmentation is null ? ReadRows(cells) : Augment(mlContext, cells, augmentation, perClass), perClass, scale, parsed.GetValue(ChannelsOption));

        int AtLeastOne(Option<int> option)
            => parsed.GetValue(option) is >= 1 and int value ? value : throw new UserErrorException($"{option.Name} is {parsed.GetValue(option)} but must be at least 1.");
    }

    /// <summary>A class's cells over the length of a list, which often holds neighbours together.</summary>
    private static IEnumerable<CellFile> Spread(CellFile[] cells, int count)
        => cells.Length <= count ? cells : Enumerable.Range(0, count).Select(i => cells[(int)((long)i * cells.Length / count)]);

    /// <summary>The classes in alphabetical order, each with the pixels of its cells.</summary>
    private static List<(string Class, List<SKBitmap> Cells)> ReadRows(IDataView cells)
    {
        var rows = new SortedDictionary<string, List<SKBitmap>>(StringComparer.Ordinal);
        DataViewSchema.Column imageColumn = cells.Schema["Image"], labelColumn = cells.Schema["Label"];
        using DataViewRowCursor cursor = cells.GetRowCursor([imageColumn, labelColumn]);
        var getImage = cursor.GetGetter<MLImage>(imageColumn);
        var getLabel = cursor.GetGetter<ReadOnlyMemory<char>>(labelColumn);
        MLImage image = null!;
        ReadOnlyMemory<char> label = default;
        while (cursor.MoveNext())
        {
            getImage(ref image);
            getLabel(ref label);
            if (!rows.TryGetValue(label.ToString(), out List<SKBitmap>? bitmaps))
                rows.Add(label.ToString(), bitmaps = []);
            bitmaps.Add(Picture.ToBitmap(image));
        }
        return [.. rows.Select(row => (row.Key, row.Value))];
    }

    /// <summary>The classes in alphabetical order, each with one cell and changes of it.</summary>
    private static List<(string Class, List<SKBitmap> Cells)> Augment(MLContext mlContext, IDataView cells, CellAugmentation augmentation, int count)
    {
        IDataView features = mlContext.Transforms.DeepYeastPreprocess().Fit(cells).Transform(cells);
        return [.. features.GetColumn<string>("Label").Zip(features.GetColumn<float[]>("Features")).OrderBy(cell => cell.First, StringComparer.Ordinal).Select(cell =>
            (cell.First, (List<SKBitmap>)[ToBitmap(cell.Second), .. Enumerable.Range(1, count - 1).Select(seed => ToBitmap(augmentation.Apply(cell.Second, CellShape.DeepYeast, seed)))]))];
    }

    private static SKBitmap ToBitmap(float[] features)
    {
        byte[] greys = [.. features.Select(feature => (byte)Math.Round((feature / 2 + 0.5) * byte.MaxValue))];
        int plane = CellSize * CellSize;
        var bitmap = new SKBitmap(new SKImageInfo(CellSize, CellSize, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < plane; i++)
            bitmap.SetPixel(i % CellSize, i / CellSize, new SKColor(greys[i], greys[plane + i], 0));
        return bitmap;
    }

    private static void Save(string path, List<(string Class, List<SKBitmap> Cells)> rows, int perClass, int scale, bool channels)
    {
        int cellSize = CellSize * scale, step = cellSize + Gap, picturesPerCell = channels ? 3 : 1;
        using var font = new SKFont(SKTypeface.Default, 13);
        using var white = new SKPaint(font) { Color = SKColors.White, IsAntialias = true };
        // Without a font on the machine Skia draws nothing and says nothing; then the console tells the order.
        bool hasText = rows.All(row => font.ContainsGlyphs(row.Class) && white.MeasureText(row.Class) > 0);
        int labelWidth = hasText ? (int)rows.Max(row => white.MeasureText(row.Class)) + 16 : 0;

        using var sheet = new SKBitmap(new SKImageInfo(labelWidth + perClass * picturesPerCell * step, rows.Count * step, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(new SKColor(40, 40, 40));
        for (int r = 0; r < rows.Count; r++)
        {
            if (hasText)
                canvas.DrawText(rows[r].Class, 8, r * step + cellSize / 2 + 5, font, white);
            for (int c = 0; c < rows[r].Cells.Count; c++)
            {
                using SKBitmap cell = rows[r].Cells[c];
                for (int picture = 0; picture < picturesPerCell; picture++)
                {
                    int left = labelWidth + (c * picturesPerCell + picture) * step;
                    using var paint = new SKPaint { ColorFilter = picture == 0 ? null : Grey(channel: picture - 1) };
                    canvas.DrawBitmap(cell, SKRect.Create(left, r * step, cellSize, cellSize), paint);   // nearest neighbour: pixels stay pixels
                }
            }
        }

        int fewest = rows.Min(row => row.Cells.Count), most = rows.Max(row => row.Cells.Count);
        WholeFile.Write(path, file => sheet.Encode(file, SKEncodedImageFormat.Png, quality: 100));
        Console.WriteLine($"Saved {path}: {rows.Count} classes, {(fewest < most ? $"{fewest} to {most}" : $"{most}")} cells each.");
        if (!hasText)
            Console.WriteLine($"There is no font on this machine to write names with. From top to bottom: {string.Join(", ", rows.Select(row => row.Class))}.");
    }

    /// <summary>Shows one channel, 0 red or 1 green, as grey.</summary>
    private static SKColorFilter Grey(int channel)
    {
        float[] row = new float[BytesPerPixel + 1];   // red, green, blue, opacity, constant
        row[channel] = 1;
        return SKColorFilter.CreateColorMatrix([.. row, .. row, .. row, 0, 0, 0, 1, 0]);
    }
}
