#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [--only NAME]... [--step STEP]... [--again] [--record] - builds real programs plain and through mutray, runs them
# and their own tests both ways, and prints what came of it. A project is a recipe in projects/NAME.sh:
#
#   package    the Debian package whose source it is        needs      packages needed to build it
#   configure  prepares the build; the compiler is in CC    compile    builds, with $jobs jobs; this is timed
#   loads      builds load programs against it (may be missing)
#   workload   runs it for some seconds, so that starting and ending are little of it, checks what it does, and has it end
#              in order; the processes that count are started with $timed in front; the same work each time
#   exercise   runs more of its locks, for the names; workload, if missing
#   suite      builds and runs its own tests; verdicts reads what that printed and prints a line for each test, TEST RESULT
#   again      runs one test of the suite (may be missing)
#
# Functions run in the source folder; $scratch is a folder of their own, $tools has our load programs, sample_data makes
# something to compress. $flags is how to compile, or $align, if the project knows for itself but for that. A recipe without `suite` is built, named and timed only. The steps (steps.sh):
#
#   build      both builds: CPU time of the one through mutray relative to the plain one; new warnings, which must be none
#   census     lock calls an independent count finds in what the compiler sees, against what `mutray status` accounts for
#   names      of the locks in a profile of everything; held against truth/NAME.txt
#   suite      its own tests, plain and instrumented with profiling on
#   overhead   CPU time of the workload with profiling on, relative to the plain program
#
# Everything is kept below ~/.cache/mutray/realworld (MUTRAY_WORK), so that what was done is not done again: a step that
# has a result is skipped, unless --again is given or --step names it. Without `build` among the steps, programs are tried
# as they are, with the runtime beside MUTRAY_BIN; with it, what another mutray or recipe built is built anew, and what was
# found with it is forgotten. --record writes RESULTS.md, from the newest result of each step. `run.sh --step overhead
# --record` measures the times again, in minutes.
#
# MUTRAY_BIN is the folder of the mutray to try (build/bin), MUTRAY_JOBS the number of jobs, MUTRAY_ROUNDS that of the rounds
# of `overhead`. Exit status: 0, 1 if something is wrong, 77 if the sources could not be fetched.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${MUTRAY_BIN:-$root/build/bin}
work=${MUTRAY_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/mutray/realworld}
jobs=${MUTRAY_JOBS:-2}
tools=$work/tools
all_steps=(build census names suite overhead)
# Where code falls in cache lines makes up to a tenth of the time of a program with one hot loop (SQLite's), in either
# direction, and would be taken for what mutray costs. Both builds begin functions and loops on a line's beginning.
align='-falign-functions=64 -falign-loops=64'
flags="-O2 -g $align"
. "$here/fetch.sh"
. "$here/steps.sh"

die()
{
    echo "run.sh: $*" >&2
    exit 2
}

# Makes $scratch/data, some megabytes that are neither noise nor all the same, for programs that compress.
sample_data()
{
    [ ! -e "$scratch/data" ] || return 0
    awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "%d customer %d bought %d pieces\n", i, i * 7919 % 9973, i % 17 }' \
        >"$scratch/data.new" && mv "$scratch/data.new" "$scratch/data"
}

build_tools()
{
    local source
    mkdir -p "$tools" || return 1
    for source in cputime loads/cacheload loads/httpload; do
        gcc -O2 -o "$tools/${source#loads/}.$$" "$here/$source.c" -pthread || return 1
        mv "$tools/${source#loads/}.$$" "$tools/${source#loads/}"
    done
}

# One project, in a subshell so that recipes cannot disturb each other.
project()
{
    local name=$1 verdict=0 step
    scratch=$work/$name
    mkdir -p "$scratch"
    exec 8>"$scratch/lock"
    flock -n 8 || { echo "$name: another run.sh is at it"; return 1; }
    exercise() { workload; }
    . "$here/projects/$name.sh"
    # shellcheck disable=SC2086
    for need in $needs; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$need" 2>/dev/null)" = installed ] ||
            { echo "$name: skipped, needs the package $need"; return 77; }
    done
    for step in "${steps[@]}"; do
        declare -F suite >/dev/null || [ "$step" != suite ] || continue
        # shellcheck disable=SC2310
        prepare || return $?
        [ "$step" != build ] && { [ $again = 1 ] || [ ! -e "$scratch/$step.result" ]; } || continue
        (cd "$scratch" && "step_$step" >"$scratch/$step.new")
        finish "$step" $?
    done
    python3 "$here/results.py" row "$scratch" || verdict=1
    return $verdict
}

# A result is what the step printed, `key value` lines, from when and what it is, and, last, so that there is no half of one,
# the step's exit status. A step that said nothing did not come to a result; what was one before is none any more.
finish()
{
    local step=$1 status=$2
    rm -f "$scratch/$step.result"
    if [ -s "$scratch/$step.new" ]; then
        echo "date $(date -u +%Y-%m-%d)" >>"$scratch/$step.new" &&
            echo "commit $(git -C "$root" describe --always --abbrev=10 --exclude='*' --dirty=+ 2>/dev/null)" >>"$scratch/$step.new" &&
            echo "status $status" >>"$scratch/$step.new" &&
            mv "$scratch/$step.new" "$scratch/$step.result"
    fi
    [ "$status" = 0 ] && [ -e "$scratch/$step.result" ] || verdict=1
}

chosen=() steps=() again=0 record=0
while [ $# -gt 0 ]; do
    case $1 in
    --only)
        [ -e "$here/projects/${2:-}.sh" ] || die "no project '${2:-}'; there are: $(cd "$here/projects" && ls | sed 's/\.sh$//' | xargs)"
        chosen+=("$2")
        shift 2
        ;;
    --step)
        [[ " ${all_steps[*]} " == *" ${2:-} "* ]] || die "no step '${2:-}'; there are: ${all_steps[*]}"
        steps+=("$2") again=1
        shift 2
        ;;
    --again) again=1; shift ;;
    --record) record=1; shift ;;
    *) die "usage: run.sh [--only NAME]... [--step STEP]... [--again] [--record]" ;;
    esac
done
[ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(cd "$here/projects" && ls | sed 's/\.sh$//')
[ ${#steps[@]} -gt 0 ] || steps=("${all_steps[@]}")
[ -x "$bin/mutray-cc" ] || die "no mutray-cc in $bin; build mutray first, or set MUTRAY_BIN"
build_tools || die "cannot build the load programs"

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
if [ $record = 1 ]; then
    python3 "$here/results.py" table "$work" "$here/projects" >"$work/RESULTS.md" || exit 1
    mv "$work/RESULTS.md" "$here/RESULTS.md"
fi
[ $tried = 1 ] || exit 77
exit $wrong
