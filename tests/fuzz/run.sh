#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [--minutes N] [NAME]... - fuzzes each target of CMakeLists.txt (all if none is named) for N minutes of processor time,
# 10 by default, with libFuzzer, ASan and UBSan, beginning with the kept corpus. One at a time and at the lowest
# priority. New inputs are kept in build/fuzz/corpus/NAME; an input that fails stays in build/fuzz/found, and the status is 1.
# `run.sh --merge NAME` puts the smallest part of what was found that reaches all code back into tests/fuzz/corpus.
# Needs clang-19 and libclang-rt-19-dev; FUZZ_BUILD is the folder to build in, instead of build/fuzz.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${FUZZ_BUILD:-$root/build/fuzz}
minutes=10 merge=
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

while [ $# -gt 0 ]; do
    case $1 in
    --minutes) minutes=${2:?} && shift 2 ;;
    --merge) merge=1 && shift ;;
    -*) echo "usage: run.sh [--minutes N] [--merge] [NAME]..." >&2 && exit 2 ;;
    *) break ;;
    esac
done
targets=$(sed -n 's/^fuzz_target(\([a-z_]*\) .*/\1/p' "$here/CMakeLists.txt")
[ $# -gt 0 ] || set -- $targets
for name; do
    grep -qx "$name" <<<"$targets" || { echo "run.sh: no target '$name'; there are:" $targets >&2; exit 2; }
done

[ -e "$build/build.ninja" ] || CC=${CC:-clang-19} cmake -G Ninja -S "$root" -B "$build" -DMUTRAY_FUZZ=ON \
    -DMUTRAY_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$build.log" || exit 2
ninja -C "$build" "${@/#/fuzz-}" || exit 2

# Sets `used` to the processor seconds of what has been waited for. Not in a subshell, which would speak of itself.
look()
{
    times >"$build/times"
    used=$(awk 'NR == 2 { split($0, t, /[ms ]+/); printf "%d", t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$build/times")
}

failed=0
for name; do
    corpus=$build/corpus/$name
    mkdir -p "$corpus" "$build/found"
    words=() seeds=
    case $name in scan | edit) seeds=$here/../golden/edit/cases ;; esac
    [ ! -e "$here/$name.dict" ] || words=(-dict="$here/$name.dict")
    if [ -n "$merge" ]; then
        # What is there to begin with stays, and only what reaches more is added.
        rm -rf "$build/merged" && mkdir "$build/merged"
        [ -z "$seeds" ] || cp "$seeds"/* "$build/merged/"
        "$build/bin/fuzz-$name" -merge=1 -use_counters=0 -max_len=4096 "$build/merged" "$here/corpus/$name" "$corpus" >"$build/$name.log" 2>&1 ||
            exit 1
        rm -f "$here/corpus/$name"/*
        for file in "$build/merged"/*; do
            [ -n "$seeds" ] && [ -e "$seeds/${file##*/}" ] || cp "$file" "$here/corpus/$name/"
        done
        echo "$name: $(ls "$here/corpus/$name" | wc -l) files"
        continue
    fi
    # Many short legs: targets of the driver keep their memory, as its short processes do; for a command line that is 100 KB.
    look
    begin=$used runs=0 status=0 leg=200000
    [ "$name" != command_line ] || leg=20000
    while [ $status = 0 ] && [ $((used - begin)) -lt $((minutes * 60)) ]; do
        nice -n 19 "$build/bin/fuzz-$name" -max_total_time=60 -runs="$leg" -timeout=20 -rss_limit_mb=3000 -max_len=4096 \
            -artifact_prefix="$build/found/$name-" "${words[@]}" "$corpus" "$here/corpus/$name" $seeds >"$build/$name.log" 2>&1 || status=1
        runs=$((runs + $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$build/$name.log" | tail -1) + 0))
        look
    done
    [ $status = 0 ] || { failed=1; tail -40 "$build/$name.log" >&2; }
    echo "$name: $runs runs, $((used - begin)) s of CPU, $([ $status = 0 ] && echo no finding || echo FAILED, see "$build/found")"
done
exit $failed
