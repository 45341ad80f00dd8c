@echo off
rem Builds and runs what this repository holds; "build.cmd -h" lists the verbs. The same as build.sh, for Windows.
setlocal EnableExtensions
set "root=%~dp0"
set "name=Microsoft.ML.DeepYeast"
set "framework=net10.0"
set "DOTNET_NOLOGO=1"
if not defined DOTNET_CLI_TELEMETRY_OPTOUT set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
if not defined TESTINGPLATFORM_TELEMETRY_OPTOUT set "TESTINGPLATFORM_TELEMETRY_OPTOUT=1"
set "TESTINGPLATFORM_NOBANNER=1"

set "verb=%~1"
if "%verb%"=="" ( call :usage 1>&2 & exit /b 2 )
if "%verb%"=="-h" goto :usage
if "%verb%"=="--help" goto :usage
if "%verb%"=="help" goto :usage
for %%v in (sample test bench pack) do if "%verb%"=="%%v" goto :start
echo build.cmd: unknown verb '%verb%'; the verbs are sample, test, bench and pack (-h explains them).>&2
exit /b 2

:usage
echo usage: build.cmd VERB [ARGS]
echo.
echo   sample [NAME] [ARGS]  build and run a sample: train (also without a NAME), ...; "sample NAME -h" explains its ARGS
echo   test [ARGS]           build and run the tests; ARGS go to the test program, as in --filter "FullyQualifiedName~Network"
echo   bench [ARGS]          build and run the benchmarks
echo   pack                  write the NuGet package to artifacts\
echo.
echo set TorchBackend=cuda-windows   runs on an NVIDIA GPU (cpu is the default)
exit /b 0

:start
pushd "%root%"
dotnet --version >nul 2>nul
if errorlevel 1 (
    popd
    echo build.cmd: the .NET SDK 10.0.100 or a later 10.0 one is needed and was not found; get it at https://dotnet.microsoft.com/download/dotnet/10.0>&2
    exit /b 1
)
popd

rem Everything behind the verb, as it was typed.
set "rest=%*"
call set "rest=%%rest:*%1=%%"
goto :%verb%

:sample
set "project=samples\%name%.Samples"
set "first=%~2"
if "%first%"=="" set "rest=train"
if "%first:~0,1%"=="-" set "rest=train %rest%"
goto :run

:bench
set "project=test\%name%.Benchmarks"
goto :run

:run
call :build || exit /b 1
for %%p in ("%root%%project%") do set "program=%%~np%%~xp"
dotnet exec "%root%%project%\bin\Release\%framework%\%program%.dll" %rest%
exit /b %errorlevel%

:test
set "project=test\%name%.Tests"
if not defined DEEPYEAST_TEST_DATA if exist "%root%..\shared\data\" for %%d in ("%root%..\shared\data") do set "DEEPYEAST_TEST_DATA=%%~fd"
call :build || exit /b 1
set "results=%root%artifacts\test-results"
if exist "%results%" rmdir /s /q "%results%"
mkdir "%results%"
dotnet exec "%root%%project%\bin\Release\%framework%\%name%.Tests.dll" --results-directory "%results%" --report-trx --report-trx-filename tests.trx %rest%
set "TEST_STATUS=%errorlevel%"
rem The last line, "N passed, N failed, N skipped", from the result file; the exit code is 0 only if tests ran and none failed.
set "TEST_RESULTS=%results%\tests.trx"
powershell -NoProfile -ExecutionPolicy Bypass -Command ^
    "$status = [int]$env:TEST_STATUS; $all = @();" ^
    "if (Test-Path -LiteralPath $env:TEST_RESULTS) { $all = @(([xml](Get-Content -Raw -Encoding UTF8 -LiteralPath $env:TEST_RESULTS)).TestRun.Results.UnitTestResult | Where-Object { $_ } | ForEach-Object { $_.outcome }) };" ^
    "$passed = @($all | Where-Object { $_ -eq 'Passed' }).Count;" ^
    "$skipped = @($all | Where-Object { $_ -in 'NotExecuted', 'Inconclusive' }).Count;" ^
    "$failed = $all.Count - $passed - $skipped;" ^
    "if ($passed + $failed -eq 0 -and $status -in 0, 8) { 'No test ran.'; $status = 8 }" ^
    "elseif ($failed -eq 0 -and $status -ne 0) { ('The test program did not come to its end (exit code ' + $status + '), which counts as a failure.'); $failed = 1 }" ^
    "elseif ($failed -gt 0 -and $status -eq 0) { $status = 2 };" ^
    "('{0} passed, {1} failed, {2} skipped' -f $passed, $failed, $skipped); exit $status"
exit /b %errorlevel%

:pack
echo Packing %name% into artifacts\ ...
if not exist "%root%artifacts" mkdir "%root%artifacts"
del /q "%root%artifacts\*.nupkg" "%root%artifacts\*.snupkg" 2>nul
set "project=src\%name%"
set "what=pack"
set "more=-o artifacts"
call :quietly || exit /b 1
dir /b "%root%artifacts\*.nupkg" "%root%artifacts\*.snupkg"
exit /b 0

:build
echo Building %project% ...
set "what=build"
set "more="

:quietly
rem Shows what dotnet wrote only if it fails.
set "log=%TEMP%\deepyeast-%RANDOM%%RANDOM%.log"
pushd "%root%"
dotnet %what% "%project%" -c Release -v minimal -nologo -clp:NoSummary %more% >"%log%" 2>&1
set "status=%errorlevel%"
popd
if not "%status%"=="0" ( type "%log%" >&2 & echo build.cmd: %project% does not build ^(above^).>&2 )
del "%log%" >nul 2>nul
exit /b %status%
