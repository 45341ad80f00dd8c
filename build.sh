#!/usr/bin/env bash
# Sets up, builds and runs what this repository holds. "./build.sh -h" lists the verbs.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
name=Microsoft.ML.DeepYeast
verb="${1:-}"
framework=net10.0    # of tests, benchmarks and samples

# TorchSharp's native half is compiled with GCC 13; libstdc++ names what it offers by version.
needed_glibcxx=GLIBCXX_3.4.32

export DOTNET_NOLOGO=1
export DOTNET_CLI_TELEMETRY_OPTOUT="${DOTNET_CLI_TELEMETRY_OPTOUT:-1}"
export TESTINGPLATFORM_TELEMETRY_OPTOUT="${TESTINGPLATFORM_TELEMETRY_OPTOUT:-1}"
export TESTINGPLATFORM_NOBANNER=1
# A bare Debian or Ubuntu has no ICU, without which dotnet refuses to start unless it is told to do without.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-1}"

usage() {
    cat <<'EOF'
usage: ./build.sh VERB [ARGS]

  sample [NAME] [ARGS]  build and run a sample: train (also without a NAME), ...; "sample NAME -h" explains its ARGS
  test [ARGS]           build and run the tests; ARGS go to the test program, as in --filter "FullyQualifiedName~Network"
  bench [ARGS]          build and run the benchmarks
  pack                  write the NuGet package to artifacts/
  setup                 only install what the operating system lacks (the verbs above do it by themselves; needs root or sudo)

TorchBackend=cuda-linux ./build.sh VERB   runs on an NVIDIA GPU (cpu is the default; cuda-windows on Windows)
EOF
}

fail() { echo "build.sh: $1" >&2; exit 1; }

# Runs a command, shows what it wrote only if it fails.
quietly() {
    local log status=0
    log="$(mktemp)"
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

# ---- What the machine needs -------------------------------------------------------------------------------------------------

sdk_version="$(sed -n 's/.*"version": *"\([0-9.]*\)".*/\1/p' "$root/global.json")"

need_dotnet() {
    local place
    if command -v dotnet >/dev/null; then return; fi
    for place in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
        if [ -n "$place" ] && [ -x "$place/dotnet" ]; then PATH="$place:$PATH"; return; fi
    done
    refuse_sdk "and there is no dotnet on the PATH"
}

# Asked in the repository's root, because the nearest global.json decides.
need_sdk() {
    local found
    if (cd "$root" && dotnet --version) >/dev/null 2>&1; then return; fi
    found="$(cd "$root" && dotnet --list-sdks 2>&1)" || fail "dotnet does not start: $found"
    found="$(echo "$found" | sed 's/ .*//' | paste -s -d ' ' -)"
    refuse_sdk "and this dotnet has ${found:-no SDK}"
}

refuse_sdk() {
    fail "the .NET SDK $sdk_version or a later ${sdk_version%.*} one is needed, $1; get it at https://dotnet.microsoft.com/download/dotnet/${sdk_version%.*}"
}

loader_cache() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null || true; }

# The libstdc++.so.6 that the loader takes for a program of this machine's own kind, or nothing.
find_libstdcxx() {
    local folder
    local IFS=:
    for folder in ${LD_LIBRARY_PATH:-}; do
        if [ -e "$folder/libstdc++.so.6" ]; then echo "$folder/libstdc++.so.6"; return; fi
    done
    loader_cache | awk '/libstdc\+\+\.so\.6 .*x86-64/ && !found++ { print $NF }'
}

needs_libstdcxx() {
    local library
    if [ "$verb" = pack ]; then return 1; fi    # runs nothing
    library="$(find_libstdcxx)"
    [ -z "$library" ] || ! LC_ALL=C grep -a -q "$needed_glibcxx" "$library"
}

# OpenSSL and the certificate authorities: the package restore speaks https. libgomp is inside libtorch's package.
missing_packages() {
    if ! loader_cache | grep 'libssl\.so\.[13]' >/dev/null; then echo openssl; fi
    if [ ! -e /etc/ssl/certs/ca-certificates.crt ] && [ -z "${SSL_CERT_FILE:-}${SSL_CERT_DIR:-}" ]; then echo ca-certificates; fi
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# A source that cannot be reached is no reason to stop as long as the packages come from another one: the installation tells.
apt_update() { quietly apt_get update || echo "build.sh: apt-get update failed (above); going on with the package lists at hand." >&2; }

apt_install() { quietly apt_get install -y "$@" || fail "apt-get install $* failed (above); put that right and try again."; }

# Debian 12: libstdc++6 comes from Debian 13, and with it the C library it needs. Everything else stays as it is (priority 50).
install_libstdcxx_debian12() {
    local line mirror=http://deb.debian.org/debian key=/usr/share/keyrings/debian-archive-keyring.gpg named_key=""
    # The mirror that this machine uses already, and the keyring that its entry names.
    # shellcheck disable=SC2016 # apt-get fills these in
    line="$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI) $(SOURCESENTRY)' 'Created-By: Packages' 2>/dev/null |
        awk '$1 == "bookworm" && $2 == "main" && !found++ { sub(/:[0-9]+$/, "", $4); print $3, $4 }' || true)"
    if [ -n "$line" ]; then
        mirror="${line% *}"
        named_key="$(sed -n 's/.*[Ss]igned-[Bb]y *[:=] *\(\/[^] ,]*\).*/\1/p' "${line##* }" | sed -n 1p)"
    fi
    if [ -n "$named_key" ]; then key="$named_key"; fi
    if ! has_trixie; then
        write_trixie_source "$mirror" "$key"
        apt_update
    fi
    if ! has_trixie; then    # a frozen or partial mirror
        write_trixie_source http://deb.debian.org/debian "$key"
        apt_update
    fi
    apt_install -t trixie libstdc++6
}

has_trixie() { apt-cache policy | grep 'n=trixie,' >/dev/null; }

write_trixie_source() {
    cat >/etc/apt/preferences.d/deepyeast-trixie <<'EOF'
Package: *
Pin: release n=trixie
Pin-Priority: 50
EOF
    cat >/etc/apt/sources.list.d/deepyeast-trixie.sources <<EOF
Types: deb
URIs: $1
Suites: trixie
Components: main
Signed-By: $2
EOF
    chmod 644 /etc/apt/preferences.d/deepyeast-trixie /etc/apt/sources.list.d/deepyeast-trixie.sources
}

# Ubuntu 22.04: the toolchain team's archive holds libstdc++6 of GCC 13 for it.
install_libstdcxx_ubuntu2204() {
    if ! command -v add-apt-repository >/dev/null; then apt_install software-properties-common; fi
    # Unpacks the archive's key and updates the package lists.
    quietly add-apt-repository -y ppa:ubuntu-toolchain-r/test || fail "add-apt-repository ppa:ubuntu-toolchain-r/test failed (above)."
    apt_install libstdc++6
}

# shellcheck source=/dev/null
os_release() { (. /etc/os-release 2>/dev/null && eval "echo \"\${$1:-}\""); }

# Debian and Ubuntu by the name of their release; Ubuntu's children (Mint, Pop!_OS) name Ubuntu's.
os_codename() {
    local codename
    codename="$(os_release UBUNTU_CODENAME)"
    if [ -z "$codename" ] && [ "$(os_release ID)" = debian ]; then codename="$(os_release VERSION_CODENAME)"; fi
    echo "${codename:-other}"
}

# Installs what is missing, as root.
setup_as_root() {
    local packages
    packages="$(missing_packages | paste -s -d ' ' -)"
    if [ -n "$packages" ]; then
        echo "Installing $packages ..."
        apt_update
        # shellcheck disable=SC2086 # package names, one word each
        apt_install $packages
    fi
    if ! needs_libstdcxx; then return; fi
    apt_update
    case "$(os_codename)" in
        bookworm)
            echo "Installing libstdc++6 from Debian 13, as TorchSharp needs it newer than Debian 12's ..."
            install_libstdcxx_debian12 ;;
        jammy)
            echo "Installing libstdc++6 from ppa:ubuntu-toolchain-r/test, as TorchSharp needs it newer than Ubuntu 22.04's ..."
            install_libstdcxx_ubuntu2204 ;;
        *)
            echo "Installing libstdc++6 ..."
            apt_install libstdc++6 ;;
    esac
    if needs_libstdcxx; then
        fail "$(find_libstdcxx) still lacks $needed_glibcxx; is an older libstdc++.so.6 on LD_LIBRARY_PATH?"
    fi
}

# What setup would install, in words; nothing when the machine is ready.
missing_in_words() {
    { missing_packages; if needs_libstdcxx; then echo "libstdc++6 of GCC 13"; fi; } | paste -s -d , - | sed 's/,/, /g'
}

# Debian 12 and later, Ubuntu 22.04 and later. Older ones lack the C library as well, others lack apt-get.
can_install() {
    command -v apt-get >/dev/null || return 1
    case "$(os_codename)" in
        other | buster | bullseye | bionic | focal) return 1 ;;
    esac
}

need_system() {
    local missing me="$root/build.sh"
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) ;;
        Darwin-arm64 | MINGW*-x86_64 | MSYS*-x86_64) return ;;
        *) fail "TorchSharp has no native library for $(uname -s) on $(uname -m); it has them for Linux and Windows on x64 and for macOS on arm64." ;;
    esac
    missing="$(missing_in_words)"
    if [ -z "$missing" ]; then return; fi
    if ! can_install; then
        if ! needs_libstdcxx; then return; fi    # the rest is where we do not know to look
        missing="$(find_libstdcxx)"
        fail "TorchSharp needs a libstdc++.so.6 with $needed_glibcxx (GCC 13), and ${missing:-this system} has none; use Debian 12, Ubuntu 22.04, Fedora 38 or later, or put the folder of a newer libstdc++.so.6 on LD_LIBRARY_PATH."
    fi
    if [ "$(id -u)" -eq 0 ]; then
        setup_as_root
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        echo "Asking sudo to install what is missing: $missing ..."
        sudo "$me" setup || fail "$missing could not be installed; type this as root, then try again: $me setup"
        if [ -n "$(missing_in_words)" ]; then fail "$(find_libstdcxx) still lacks $needed_glibcxx; is it on LD_LIBRARY_PATH?"; fi
    else
        fail "missing: $missing; type this as root, then try again: $me setup"
    fi
}

# .NET itself stands on the system's libraries, so they come before its version is asked.
need_tools() { need_dotnet; need_system; need_sdk; }

# ---- What is built ----------------------------------------------------------------------------------------------------------

# Without ICU the SDK doubts the cultures of its packages' translations, unless it is told to take any.
quiet_dotnet() {
    (cd "$root" && DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY=false quietly dotnet "$@" -c Release -v minimal -nologo -clp:NoSummary)
}

build() {
    local first=""
    if [ ! -e "$root/$1/obj/project.assets.json" ]; then first=" (the first time with all its packages, some 400 MB)"; fi
    echo "Building $1$first ..."
    quiet_dotnet build "$1" || fail "$1 does not build (above)."
}

# The rest of the command line goes to the program, in the folder where the user is; Ctrl-C and exit code are the program's.
run() {
    local project="$1"
    shift
    exec dotnet exec "$root/$project/bin/Release/$framework/$(basename "$project").dll" "$@"
}

sample() {
    local project="samples/$name.Samples"
    case "${1:-}" in
        "" | -*) set -- train "$@" ;;
    esac
    need_tools
    build "$project"
    run "$project" "$@"
}

bench() {
    local project="test/$name.Benchmarks"
    need_tools
    build "$project"
    run "$project" "$@"
}

# How many tests of a result file have one of these outcomes.
count() { { LC_ALL=C grep -a -o -E "<UnitTestResult [^>]*outcome=\"($1)\"" "$2" || true; } | wc -l | tr -d ' '; }

tests() {
    local project="test/$name.Tests" results="$root/artifacts/test-results" argument
    local status=0 passed=0 failed=0 skipped=0
    need_tools
    if [ -z "${DEEPYEAST_TEST_DATA:-}" ] && [ -d "$root/../shared/data" ]; then
        DEEPYEAST_TEST_DATA="$(cd "$root/../shared/data" && pwd)"
        export DEEPYEAST_TEST_DATA
    fi
    build "$project"
    for argument in "$@"; do
        case "$argument" in
            -h | -\? | --help) run "$project" --help ;;
            --info | --list-tests) run "$project" "$@" ;;
        esac
    done

    rm -rf "$results"
    mkdir -p "$results"
    trap : INT    # Ctrl-C ends the test program; what it did until then is still counted
    dotnet exec "$root/$project/bin/Release/$framework/$name.Tests.dll" \
        --results-directory "$results" --report-trx --report-trx-filename tests.trx "$@" || status=$?

    if [ -f "$results/tests.trx" ]; then
        passed="$(count Passed "$results/tests.trx")"
        skipped="$(count 'NotExecuted|Inconclusive' "$results/tests.trx")"
        failed=$(($(count '[A-Za-z]+' "$results/tests.trx") - passed - skipped))
    fi
    if [ $((passed + failed)) -eq 0 ] && { [ "$status" -eq 0 ] || [ "$status" -eq 8 ]; }; then    # 8: the platform's own "no test ran"
        echo "No test ran."
        status=8
    elif [ "$failed" -eq 0 ] && [ "$status" -ne 0 ]; then
        echo "The test program did not come to its end (exit code $status), which counts as a failure."
        failed=1
    elif [ "$failed" -gt 0 ] && [ "$status" -eq 0 ]; then
        status=2
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$status"
}

pack() {
    need_tools
    echo "Packing $name into artifacts/ ..."
    mkdir -p "$root/artifacts"
    rm -f "$root"/artifacts/*.nupkg "$root"/artifacts/*.snupkg
    quiet_dotnet pack "src/$name" -o artifacts || fail "$name does not pack (above)."
    (cd "$root" && ls artifacts/*.nupkg artifacts/*.snupkg)
}

if [ $# -gt 0 ]; then shift; fi
case "$verb" in
    sample) sample "$@" ;;
    test) tests "$@" ;;
    bench) bench "$@" ;;
    pack) pack "$@" ;;
    setup) need_system ;;
    -h | --help | help) usage ;;
    "") usage >&2; exit 2 ;;
    *) echo "build.sh: unknown verb '$verb'; the verbs are sample, test, bench, pack and setup (-h explains them)." >&2; exit 2 ;;
esac
