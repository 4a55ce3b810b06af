#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [--only NAME]... - builds real programs plain and through mutray, runs them, and prints a row for each:
#
#   build      CPU time of the build through mutray, relative to the plain one
#   warnings   lines the compiler said that it does not say in a plain build: must be 0
#   sites      what `mutray status` says about lock calls found, named and skipped
#   names      of the locks in the profile, held against the list made by hand (truth/NAME.txt), where there is one
#
# and the top of the report. A project is a recipe in projects/NAME.sh:
#
#   package    the Debian package whose source it is        needs      packages needed to build it
#   program    the file that is examined by `mutray status`
#   configure  prepares the build; the compiler is in CC    compile    builds with $jobs jobs
#   exercise   runs the program for some seconds, checks what it does, and has it end in order
#
# The functions run in the source folder; $scratch is a folder of their own, $tools has our load programs, sample_data
# writes something to compress.
# Plain builds are kept under build/realworld and used again. Exit status: 0, 1 if something is wrong, 77 if the sources
# could not be fetched. MUTRAY_BIN is the folder of the mutray to try (build/bin), MUTRAY_JOBS the number of jobs.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${MUTRAY_BIN:-$root/build/bin}
work=${MUTRAY_WORK:-$root/build/realworld}
jobs=${MUTRAY_JOBS:-2}
tools=$work/tools
. "$here/fetch.sh"

die()
{
    echo "run.sh: $*" >&2
    exit 2
}

# measured LOG COMMAND...: runs it with its words in LOG and prints the CPU seconds used.
measured()
{
    local log=$1
    shift
    (
        "$@" >"$log" 2>&1 || exit 1
        times >"$log.times" # not in a pipe, where it would speak of another shell
        awk 'NR == 2 { split($0, t, /[ms ]+/); print t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$log.times"
    )
}

# Some megabytes that are neither noise nor all the same, for programs that compress.
sample_data()
{
    awk 'BEGIN { for (i = 0; i < 400000; i++) printf "%d customer %d bought %d pieces\n", i, i * 7919 % 9973, i % 17 }'
}

# What the compiler said, the same however the files were reached and in whatever order.
diagnostics()
{
    grep -hE '(warning|error|note):' "$1" | sort -u
}

# build FOLDER COMPILER: unpacks, configures and compiles once; leaves the CPU time in FOLDER.cpu.
build()
{
    local folder=$1
    [ ! -e "$folder.cpu" ] || return 0
    fetch "$package" "$folder" || return 77
    cd "$folder" || return 1
    export CC=$2
    configure >"$folder.configure.log" 2>&1 || { echo "configure failed, see $folder.configure.log"; return 1; }
    measured "$folder.compile.log" compile >"$folder.cpu.new" || { echo "build failed, see $folder.compile.log"; return 1; }
    mv "$folder.cpu.new" "$folder.cpu"
}

profile()
{
    cd "$scratch/mutray" || return 1
    rm -f "$scratch"/*.pprof
    DD_PROFILING_OUTPUT_PPROF=$scratch/profile DD_PROFILING_CAPTURE_PCT=100 exercise >"$scratch/exercise.log" 2>&1 ||
        { echo "the load failed, see $scratch/exercise.log"; return 1; }
    ls "$scratch"/profile.*.pprof >/dev/null 2>&1 || { echo "no profile was written"; return 1; }
}

# One project, in a subshell so that recipes cannot disturb each other.
project()
{
    local name=$1 verdict=0 names='no list' new sites
    scratch=$work/$name
    mkdir -p "$scratch"
    . "$here/projects/$name.sh"
    # shellcheck disable=SC2086
    for need in $needs; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$need" 2>/dev/null)" = installed ] ||
            { echo "$name: skipped, needs the package $need"; return 77; }
    done

    (build "$scratch/plain" gcc)
    case $? in
    0) ;;
    77) echo "$name: skipped, its source could not be fetched (see $cache.log)"; return 77 ;;
    *) return 1 ;;
    esac
    rm -f "$scratch/mutray.cpu"
    (build "$scratch/mutray" "$bin/mutray-cc gcc") || return 1
    (profile) || return 1

    new=$(comm -13 <(diagnostics "$scratch/plain.compile.log") <(diagnostics "$scratch/mutray.compile.log"))
    [ -z "$new" ] || { echo "$new" >&2; verdict=1; }
    if [ -e "$here/truth/$name.txt" ]; then
        names=$(python3 "$here/check_names.py" "$here/truth/$name.txt" "$scratch/mutray" "$scratch"/profile.*.pprof) || verdict=1
    fi
    printf '%s: build %s, %s new warnings, %s\n' "$name" \
        "$(awk 'NR == FNR { plain = $1; next } { printf "x%.2f (%.1f s of CPU, plain %.1f s)", $1 / plain, $1, plain }' \
            "$scratch/plain.cpu" "$scratch/mutray.cpu")" "$(printf %s "$new" | grep -c '^')" "$names"
    sites=$("$bin/mutray" status "$scratch/mutray/$program") || verdict=1
    echo "${sites##*$'\n'}"
    "$bin/mutray" report --top 10 "$scratch"/profile.*.pprof || verdict=1
    return $verdict
}

chosen=()
while [ $# -gt 0 ]; do
    case $1 in
    --only)
        [ -e "$here/projects/${2:-}.sh" ] || die "no project '${2:-}'; there are: $(cd "$here/projects" && ls | sed 's/\.sh$//' | xargs)"
        chosen+=("$2")
        shift 2
        ;;
    *) die "usage: run.sh [--only NAME]..." ;;
    esac
done
[ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(cd "$here/projects" && ls | sed 's/\.sh$//')
[ -x "$bin/mutray-cc" ] || die "no mutray-cc in $bin; build mutray first, or set MUTRAY_BIN"
mkdir -p "$tools"
gcc -O2 -o "$tools/cacheload" "$here/cacheload.c" -pthread || die "cannot build cacheload"

# Wrong beats skipped, and skipped counts only where nothing could be tried.
tried=0 wrong=0
for name in "${chosen[@]}"; do
    (project "$name")
    case $? in
    0) tried=1 ;;
    77) ;;
    *) tried=1 wrong=1 ;;
    esac
done
[ $tried = 1 ] || exit 77
exit $wrong
