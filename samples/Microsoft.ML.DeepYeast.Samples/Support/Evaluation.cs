using Microsoft.ML.DeepYeast;
using Spectre.Console;

namespace DeepYeastSamples;

/// <summary>How good a model is on one class; null where there is nothing to divide by.</summary>
/// <param name="Class">Name of the class.</param>
/// <param name="Precision">Of the cells that were said to be of the class, the share that is.</param>
/// <param name="Recall">Of the cells of the class, the share that was found.</param>
/// <param name="F1">Harmonic mean of the two.</param>
/// <param name="Support">Number of cells of the class.</param>
internal sealed record ClassFigures(string Class, double? Precision, double? Recall, double? F1, int Support);

/// <summary>How good a model is on test cells.</summary>
/// <param name="Accuracy">Share of the cells whose class was found.</param>
/// <param name="MacroAccuracy">Mean of the classes' recalls.</param>
/// <param name="LogLoss">Mean of -ln(probability given to the true class).</param>
/// <param name="Classes">The classes in the order of the scores.</param>
/// <param name="Confusion">Numbers of cells: a row a true class, a column a predicted one.</param>
internal sealed record Evaluation(double Accuracy, double MacroAccuracy, double LogLoss, IReadOnlyList<ClassFigures> Classes, IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    public static Evaluation Of(CellEvaluation evaluation)
    {
        return new(evaluation.Accuracy, evaluation.BalancedAccuracy, evaluation.LogLoss, [.. evaluation.Classes.Select(FiguresOf)], evaluation.Confusion);

        // The library gives 0 where nothing is divided by nothing.
        ClassFigures FiguresOf(ClassEvaluation figures, int i)
        {
            bool isPredicted = evaluation.Confusion.Any(row => row[i] > 0), isThere = figures.Support > 0;
            return new(figures.ClassName, isPredicted ? figures.Precision : null, isThere ? figures.Recall : null, isPredicted || isThere ? figures.F1 : null, figures.Support);
        }
    }

    public void Show()
    {
        int cells = Classes.Sum(figures => figures.Support);
        AnsiConsole.WriteLine($"\nOn {cells:N0} test cells: accuracy {Accuracy:F3}, mean over classes {MacroAccuracy:F3}, log-loss {LogLoss:F3}.");
        AnsiConsole.Write(ClassTable());
        AnsiConsole.WriteLine("Confusion (rows: true class, columns: predicted class):");
        AnsiConsole.Write(Tables.Confusion([.. Classes.Select(figures => figures.Class)], Confusion));
    }

    private Table ClassTable()
    {
        Table table = Tables.Create("Class", "Precision", "Recall", "F1", "Support");
        foreach (ClassFigures figures in Classes)
            table.AddRow(Markup.Escape(figures.Class), Text(figures.Precision), Text(figures.Recall), Text(figures.F1), $"{figures.Support}");
        return table;
    }

    private static string Text(double? share) => share is null ? "-" : $"{share:F3}";
}
