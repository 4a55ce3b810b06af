#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a stress program against a real destination: checks what it needs, asks, runs, tells where to look.
# Called by run_lock_production_stress_test.sh and its twin as: run_stress_test.sh PROGRAM [duration] [workers] [--yes]
#
# Where the programs are: $MUTRAY_BUILD (mutray's build folder, default build/ of this checkout). What is missing there
# is built first. Exit status: the program's; 1 when a check fails or the answer is no; 2 for wrong usage.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${MUTRAY_BUILD:-$root/build}
bin=$build/samples/stress
program=$1
shift

duration= workers= yes=
for word in "$@"; do
    case $word in
    --yes) yes=1 ;;
    --*) echo "unknown option $word; usage: run_$program.sh [duration] [workers] [--yes]" >&2; exit 2 ;;
    *) if [ -z "$duration" ]; then duration=$word; elif [ -z "$workers" ]; then workers=$word
       else echo "too many arguments; usage: run_$program.sh [duration] [workers] [--yes]" >&2; exit 2; fi ;;
    esac
done
duration=${duration:-120}
workers=${workers:-8}

fail() {
    echo "✗ $1" >&2
    exit 1
}

echo "$program: checks"
if [ -n "${DD_API_KEY:-}" ]; then
    echo "✓ agentless: key $(printf %s "$DD_API_KEY" | sed 's/./*/g'), site ${DD_SITE:-datadoghq.com}"
elif [ -n "${DD_AGENT_HOST:-}" ]; then
    agent=http://$DD_AGENT_HOST:${DD_TRACE_AGENT_PORT:-8126}
    command -v curl >/dev/null || fail 'curl is needed to check the agent: install it'
    curl --silent --output /dev/null --max-time 5 "$agent/info" ||
        fail "no agent answers at $agent: start it, or correct DD_AGENT_HOST and DD_TRACE_AGENT_PORT"
    echo "✓ agent: $agent answers"
else
    fail 'no destination: export DD_AGENT_HOST=localhost, or export DD_API_KEY=… DD_SITE=datadoghq.com'
fi

if [ ! -x "$bin/$program" ]; then
    echo "  building $program (once)"
    [ -f "$build/CMakeCache.txt" ] ||
        cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null ||
        fail "cmake could not configure $build"
    cmake --build "$build" --target stress >/dev/null || fail "building failed: cmake --build $build --target stress"
fi
echo "✓ instrumented program: $bin/$program"

if [ -z "$yes" ]; then
    printf 'Runs %s s with %s workers per phase and uploads the profile. Continue? [y/N] ' "$duration" "$workers"
    read -r answer || answer=
    case $answer in
    [Yy]*) ;;
    *) echo "Nothing was run."; exit 1 ;;
    esac
fi

status=0
"$bin/$program" "$duration" "$workers" || status=$?
if [ "$status" -eq 0 ]; then
    echo "✓ $program is done"
else
    echo "✗ $program ended with status $status" >&2
fi
exit "$status"
