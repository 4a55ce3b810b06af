# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# The steps of run.sh. Each prints its result, lines of `key value`, speaks of trouble on standard error, and fails if what
# it looks at is wrong.

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

# What the compiler said in a build, the same wherever the build is, however files were reached and in whatever order.
diagnostics()
{
    grep -hE '(warning|error|note):' "$scratch/$1.compile.log" | sed "s|$scratch/$1/||g" | sort -u
}

# build KIND COMPILER: unpacks, configures and compiles once; leaves the CPU time in KIND.cpu and, before anything else is
# built there, what `mutray status` says of it in KIND.json.
build()
{
    local folder=$scratch/$1
    [ ! -s "$folder.cpu" ] || return 0
    rm -f "$folder".*
    fetch "$package" "$folder" || return $?
    cd "$folder" || return 1
    export CC=$2
    configure >"$folder.configure.log" 2>&1 || { echo "configure failed, see $folder.configure.log" >&2; return 1; }
    measured "$folder.compile.log" compile >"$folder.cpu.new" ||
        { echo "build failed, see $folder.compile.log" >&2; return 1; }
    [ "$1" = plain ] || "$bin/mutray" status --json . >"$folder.json" || { echo "nothing is instrumented" >&2; return 1; }
    ! declare -F loads >/dev/null || loads >"$folder.loads.log" 2>&1 ||
        { echo "the load does not build, see $folder.loads.log" >&2; return 1; }
    [ -s "$folder.cpu.new" ] && echo "$3" >"$folder.maker" && mv "$folder.cpu.new" "$folder.cpu"
}

# made_by KIND MAKER: forgets a build that something else made, and all that was found with it.
made_by()
{
    local step
    [ "$2" != "$(cat "$scratch/$1.maker" 2>/dev/null)" ] || return 0
    rm -f "$scratch/$1.cpu" "$scratch/suite.$1"
    for step in "${all_steps[@]}"; do rm -f "$scratch/$step.result"; done
}

# Makes both builds unless they are there.
prepare()
{
    local name=${scratch##*/} recipe maker new
    recipe=$({ cat "$here"/projects/{"$name","${name%-*}"}.sh "$here"/loads/*.c 2>/dev/null; echo "$flags"; } | sha256sum)
    maker=$({ cat "$bin"/mutray{,-edit,-stage}; echo "$recipe"; } | sha256sum)
    if [[ " ${steps[*]} " == *" build "* && -z ${built:-} ]]; then
        made_by plain "$recipe"
        made_by mutray "$maker"
        [ $again = 0 ] || rm -f "$scratch"/{plain,mutray}.cpu "$scratch/build.result"
    fi
    built=yes
    [ ! -e "$scratch/build.result" ] || return 0
    (build plain gcc "$recipe")
    case $? in
    0) ;;
    77) echo "$name: skipped"; return 77 ;;
    *) return 1 ;;
    esac
    (build mutray "$bin/mutray-cc gcc" "$maker") || return 1
    new=$(comm -13 <(diagnostics plain) <(diagnostics mutray))
    [ -z "$new" ] || printf 'new: %s\n' "$new" >&2
    {
        echo "plain $(cat "$scratch/plain.cpu")"
        echo "mutray $(cat "$scratch/mutray.cpu")"
        echo "warnings $(printf %s "$new" | grep -c '^')"
        echo "version $(sed -nE '1,20s/^Version: //p' "$cache/$package/"*.dsc)"
    } >"$scratch/build.new"
    [ -z "$new" ]
    finish build $?
}

# The third build: each unit is compiled without optimising, and its text as the compiler sees it is counted.
step_census()
{
    local counted=$scratch/census counter
    counter=$(cat "$here"/census_cc.* "$scratch/plain.maker" | sha256sum)
    if [ "$counter" != "$(cat "$counted.done" 2>/dev/null)" ]; then
        rm -rf "$counted.units"
        fetch "$package" "$counted" || return 1
        (
            cd "$counted" || exit 1
            export CC="$here/census_cc.sh $counted.units gcc"
            configure && compile
        ) >"$counted.log" 2>&1 || { echo "the counted build failed, see $counted.log" >&2; return 1; }
        echo "$counter" >"$counted.done"
    fi
    python3 "$here/census.py" "$counted" "$counted.units" "$scratch/mutray" "$scratch/mutray.json"
}

# runs FOLDER FUNCTION [VARIABLE=VALUE]...: in an environment that has nothing of ours but these.
runs()
{
    local folder=$1 function=$2 name
    shift 2
    (
        cd "$folder" || exit 1
        for name in $(compgen -e DD_) $(compgen -e MUTRAY_); do unset "$name"; done
        export LC_ALL=C LD_LIBRARY_PATH=$bin/../lib "$@"
        "$function"
    )
}

step_names()
{
    local name=${scratch##*/} timed="$tools/cputime $scratch/names.cpu"
    rm -rf "$scratch/profiles"
    mkdir "$scratch/profiles"
    CC="$bin/mutray-cc gcc" runs "$scratch/mutray" exercise DD_PROFILING_OUTPUT_PPROF="$scratch/profiles/p" \
        DD_PROFILING_CAPTURE_PCT=100 >"$scratch/exercise.log" 2>&1 ||
        { echo "the load failed, see $scratch/exercise.log" >&2; return 1; }
    python3 "$here/check_names.py" "$here/truth/$name.txt" "$scratch/mutray" "$scratch"/profiles/*.pprof
    local verdict=$?
    "$bin/mutray" report --top 5 "$scratch"/profiles/*.pprof >"$scratch/report.txt" 2>&1 || verdict=1
    return $verdict
}

suite_of()
{
    local kind=$1 compiler=$2
    shift 2
    CC=$compiler runs "$scratch/$kind" suite "$@" >"$scratch/suite.$kind.log" 2>&1
    verdicts <"$scratch/suite.$kind.log" | sort >"$scratch/suite.$kind.new" && mv "$scratch/suite.$kind.new" "$scratch/suite.$kind"
}

# A test that fails now and then, plain too, is given three more tries each way, alone: what can pass, passes.
settled()
{
    local kind=$1 test=$2 compiler=$3
    shift 3
    grep -qxE "$test (ok|OK|PASS|Passed|SUCCESS)" "$scratch/suite.$kind" && { echo "$test passes"; return; }
    for _ in 1 2 3; do
        CC=$compiler runs "$scratch/$kind" again_one "$@" | verdicts | grep -qE "^$test (ok|OK|PASS|Passed|SUCCESS)" &&
            { echo "$test passes"; return; }
    done
    echo "$test fails"
}

step_suite()
{
    local timed= test profiled="DD_PROFILING_OUTPUT_PPROF=$scratch/suite.profiles/p" compiler="$bin/mutray-cc gcc" differ=
    rm -rf "$scratch/suite.profiles"
    mkdir "$scratch/suite.profiles"
    [ -s "$scratch/suite.plain" ] || suite_of plain gcc
    rm -f "$scratch/suite.mutray"
    suite_of mutray "$compiler" "$profiled"
    [ -s "$scratch/suite.plain" ] && [ -e "$scratch/suite.mutray" ] || { echo "no test ran, see $scratch/suite.plain.log" >&2; return 1; }
    for test in $(comm -3 "$scratch/suite.plain" "$scratch/suite.mutray" | awk '{ print $1 }' | sort -u); do
        again_one() { again "$test"; }
        declare -F again >/dev/null && [ "$(settled plain "$test" gcc)" = "$(settled mutray "$test" "$compiler" "$profiled")" ] ||
            differ="$differ $test"
    done
    echo "tests_plain $(tally "$scratch/suite.plain")"
    echo "tests_mutray $(tally "$scratch/suite.mutray")"
    echo "repeated $(comm -3 "$scratch/suite.plain" "$scratch/suite.mutray" | awk '{ print $1 }' | sort -u | xargs)"
    echo "profiles $(find "$scratch/suite.profiles" -name '*.pprof' | wc -l)"
    echo "differ$differ"
    find "$scratch/suite.profiles" -name '*.pprof' | grep -q . || { echo "no profile was written" >&2; return 1; }
    [ -z "$differ" ] || { echo "tests that differ:$differ" >&2; return 1; }
}

# "356: OK 350, FAILED 6"
tally()
{
    awk '{ $1 = ""; count[$0]++ } END { for (verdict in count) printf "%s%s %d", n++ ? ", " : "", substr(verdict, 2), count[verdict] }' "$1"
}

# Rounds of plain, default and everything, each a few seconds after the other and in another order each time, so that they
# meet the same machine; and with the same words in the environment, which is on the stack.
step_overhead()
{
    local rounds=${MUTRAY_ROUNDS:-9} round mode timed="$tools/cputime $scratch/cpu"
    rm -f "$scratch"/times.*
    rm -rf "$scratch/overhead.profiles"
    mkdir "$scratch/overhead.profiles"
    local orders=('plain default full' 'default full plain' 'full plain default') on="DD_PROFILING_OUTPUT_PPROF=$scratch/overhead.profiles/p"
    for round in $(seq "$rounds"); do
        for mode in ${orders[round % 3]}; do
            rm -f "$scratch/cpu"
            case $mode in
            plain) runs "$scratch/plain" workload "$on" ;;
            default) runs "$scratch/mutray" workload "$on" ;;
            full) runs "$scratch/mutray" workload "$on" DD_PROFILING_CAPTURE_PCT=100 ;;
            esac >"$scratch/workload.log" 2>&1 || { echo "the load failed, see $scratch/workload.log" >&2; return 1; }
            awk '{ sum += $1 } END { print sum }' "$scratch/cpu" >>"$scratch/times.$mode" || return 1
        done
        find "$scratch/overhead.profiles" -name '*.pprof' | grep -q . || { echo "no profile was written" >&2; return 1; }
        rm -f "$scratch"/overhead.profiles/*
    done
    python3 "$here/results.py" medians "$scratch"/times.{plain,default,full}
}
