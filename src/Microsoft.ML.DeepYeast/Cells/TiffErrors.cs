using System.Globalization;
using BitMiracle.LibTiff.Classic;

namespace Microsoft.ML.DeepYeast;

/// <summary>
/// Keeps what LibTiff says of a file, which it would write to the console. LibTiff has one handler for the whole process, so this one passes on what other users of
/// LibTiff cause; what is ours it knows by the thread, since LibTiff starts none.
/// </summary>
internal sealed class TiffErrors : TiffErrorHandler
{
    [ThreadStatic]
    private static List<string>? t_errors;

    private static readonly TiffErrors s_handler = new();

    private readonly TiffErrorHandler _others;

    private TiffErrors() => _others = Tiff.SetErrorHandler(this) ?? new TiffErrorHandler();   // LibTiff's own, which it would make later

    /// <summary>Until the end of the scope, what goes wrong on this thread is kept.</summary>
    public static Scope Keep()
    {
        _ = s_handler;   // sets itself
        return new(t_errors = []);
    }

    public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
    {
        if (t_errors is { } errors)
            errors.Add(string.Format(CultureInfo.InvariantCulture, format, args));
        else
            _others.ErrorHandler(tif, method, format, args);
    }

    public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
        if (t_errors is null)
            _others.ErrorHandlerExt(tif, clientData, method, format, args);
    }

    public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
    {
        if (t_errors is null)
            _others.WarningHandler(tif, method, format, args);
    }

    public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
        if (t_errors is null)
            _others.WarningHandlerExt(tif, clientData, method, format, args);
    }

    /// <summary>What went wrong so far.</summary>
    public readonly struct Scope(List<string> errors) : IDisposable
    {
        /// <exception cref="InvalidDataException">Something did.</exception>
        public void ThrowIfAny()
        {
            if (errors.Count > 0)
                throw Damaged();
        }

        /// <summary>An error with all that LibTiff said.</summary>
        public InvalidDataException Damaged() => TiffErrors.Damaged(errors.Count > 0 ? string.Join("; ", errors) : "LibTiff does not say why");

        public void Dispose() => t_errors = null;
    }

    public static InvalidDataException Damaged(string why, Exception? cause = null)
        => new($"is no TIFF file, or it is damaged: {why.TrimEnd('.')}. Copy it again from where it came; PNG and JPEG are for LoadImages.", cause);
}
